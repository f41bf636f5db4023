// Boots an app whose sessions are to live in a folder, without the rights of root.
import { createLogger, PlanetCore } from 'gravito-core'
import { OrbitSession } from '../../packages/orbit/src/index.ts'
// Before the rights have gone: nobody may read the sources.
import '../../packages/orbit/src/stores/file.ts'

const [path = ''] = process.argv.slice(2)
if (process.getuid?.() === 0) process.seteuid?.(65_534)

const session = { driver: 'file', file: { path } } as const
const told = await PlanetCore.boot({
  config: { session },
  orbits: [new OrbitSession()],
  routes: () => {},
  logger: createLogger('silent'),
}).then(() => 'booted', String)
process.stdout.write(`${JSON.stringify(told)}\n`)

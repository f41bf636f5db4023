// Boots an app with sessions in a folder, without root permissions.
import { createLogger, PlanetCore } from 'gravito-core'
import { OrbitSession } from '../../packages/orbit/src/index.ts'
// This must run before the process gives up root permissions, because the new user cannot read the sources.
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

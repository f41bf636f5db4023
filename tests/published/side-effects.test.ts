import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../guide/processes.ts'
import { type Consumer, openConsumer } from './consumer.ts'

const lookForEffects = fileURLToPath(new URL('look-for-effects.mjs', import.meta.url))

let consumer: Consumer

beforeAll(async () => {
  consumer = await openConsumer()
}, 60_000)

afterAll(() => consumer?.remove())

/**
 * The bundle of a module that only imports the package. If rolldown ignores `sideEffects: false` in the
 * manifest, it checks every statement.
 */
async function bundled(name: string, code: string, believe: boolean): Promise<string> {
  const input = await consumer.write(`${crypto.randomUUID()}.ts`, code)
  const bundle = await rolldown({
    input,
    cwd: consumer.folder,
    platform: 'node',
    external: (id) => /^[\w@]/.test(id) && id !== name,
    treeshake: believe || { moduleSideEffects: true },
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  await bundle.close()
  return output.map((file) => (file.type === 'chunk' ? file.code.trim() : '')).join('\n')
}

const entries = [
  ['gravito-core', 'PlanetCore', 'Liftoff'],
  ['@gravito/orbit', 'session', 'SessionOptions'],
  ['@gravito/orbit/admin', 'sessionAdmin', 'SessionAdminOptions'],
  ['@gravito/orbit/client', 'csrfFetch', 'CsrfFetchOptions'],
  ['@gravito/orbit/jsx', 'Flash', 'FlashProps'],
  ['@gravito/orbit/testing', 'describeSessionStore', 'Fault'],
  ['@gravito/orbit/cache', 'cacheStore', 'SessionCache'],
  ['@gravito/orbit/cloudflare', 'd1Store', 'D1StoreOptions'],
  ['@gravito/orbit/file', 'fileStore', 'FileStoreOptions'],
  ['@gravito/orbit/move', 'moveSessions', 'MoveOptions'],
  ['@gravito/orbit/redis', 'redisStore', 'RedisStoreOptions'],
  ['@gravito/orbit/sql', 'sqlStore', 'SqlStoreOptions'],
  ['@gravito/orbit/sqlite', 'sqliteStore', 'SqliteStoreOptions'],
  ['@gravito/stasis', 'createCache', 'CacheOptions'],
] as const

describe.each(entries)('in the bundle of %s', (name, value, type) => {
  it('an app that imports a type bundles nothing', async () => {
    const code = `import { type ${type} } from '${name}'\nexport type Kept = ${type}`

    expect(await bundled(name, code, true)).toBe('export{};')
  })

  it.each([
    ['as package.json declares', true],
    ['even if package.json is ignored', false],
  ])('an app that does not use its import bundles nothing, %s', async (_, believe) => {
    for (const names of [`{ ${value} }`, '* as all']) {
      expect(await bundled(name, `import ${names} from '${name}'`, believe)).toBe('export{};')
    }
  })

  it('an app that uses its import bundles it', async () => {
    const code = `import { ${value} } from '${name}'\nconsole.log(${value})`

    expect((await bundled(name, code, true)).length).toBeGreaterThan(500)
  })
})

it.each(['gravito-core', '@gravito/orbit', '@gravito/stasis'])(
  'importing the modules of %s changes no shared objects, and starts nothing',
  async (name) => {
    const dist = join(consumer.folder, 'node_modules', name, 'dist')
    const files = (await readdir(dist, { recursive: true })).filter((file) => file.endsWith('.js'))
    const paths = files.map((file) => join(dist, file))

    const { code, stdout, output } = await run(process.execPath, [lookForEffects, ...paths], dist)

    expect(files.length).toBeGreaterThan(10)
    expect(code, output).toBe(0)
    // The program also ends by itself. Otherwise there would be no output to read.
    expect(JSON.parse(stdout)).toEqual({ changed: [], started: [] })
  },
)

it('the check for effects finds a global, a listener, a changed prototype and a timer', async () => {
  const file = join(consumer.folder, 'effects.mjs')
  await writeFile(
    file,
    `globalThis.left = 1
     process.on('SIGHUP', () => {})
     Array.prototype.last = () => {}
     setTimeout(() => process.exit(), 50)`,
  )

  const { stdout } = await run(process.execPath, [lookForEffects, file], consumer.folder)

  const { changed, started } = JSON.parse(stdout)
  expect(changed.join()).toMatch(/left.*last.*listeners SIGHUP/)
  expect(started).toContain('Timeout')
})

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { createClient, createCluster, createSentinel } from 'redis'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { SessionConfigError } from '../../packages/orbit/src/errors.ts'
import { type RedisStoreOptions, redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { freePort, type RedisServer, startRedis } from '../servers/redis.ts'
import { newRecord, newText } from './redis-setting.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

let folder: string

/** The driver as it is built, outside of the repository and its node_modules. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gravito-redis-package-'))
  const orbit = join(root, 'packages', 'orbit')
  const project = join(folder, 'tsconfig.json')
  const configuration = {
    extends: join(orbit, 'tsconfig.build.json'),
    compilerOptions: {
      outDir: join(folder, 'dist'),
      rootDir: join(orbit, 'src'),
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    files: [join(orbit, 'src', 'stores', 'redis.ts')],
    include: [],
  }
  await writeFile(project, JSON.stringify(configuration))
  await run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', project])
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await mkdir(join(folder, 'node_modules'))
  for (const name of ['hono', 'devalue']) await install(name)
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

function install(name: string): Promise<void> {
  return symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
}

/** Runs a module beside the built package in a process of its own; returns what it printed. */
async function node(source: string, env: Record<string, string> = {}): Promise<string> {
  const file = join(folder, `${newText()}.mjs`)
  const head = "import { redisStore } from './dist/stores/redis.js'\n"
  await writeFile(file, head + source)
  const { stdout } = await run(process.execPath, [file], {
    env: { ...process.env, ...env },
    timeout: 15_000,
  })
  return stdout.trim()
}

describe('The package "redis"', () => {
  it('is asked for at boot, by the command that installs it, where it is missing', async () => {
    const printed = await node(`
      const store = redisStore({ url: 'redis://127.0.0.1:1' })
      await store.ready().catch((error) => console.log(error.code, error.message))
      await store.close()
    `)
    expect(printed).toContain('session-config')
    expect(printed).toContain('npm i redis')
  })

  it('is not blamed for missing where it is there and cannot be loaded, as in a bundle', async () => {
    const place = join(folder, 'node_modules', 'redis')
    await mkdir(place)
    const problem = 'Dynamic require of "node:crypto" is not supported'
    await writeFile(join(place, 'package.json'), '{ "main": "index.js" }')
    await writeFile(join(place, 'index.js'), `throw new Error('${problem}')`)
    const printed = await node(`
      const store = redisStore({ url: 'redis://127.0.0.1:1' })
      await store.ready().catch((error) => console.log(error.code, error.message))
      await store.close()
    `)
    await rm(place, { recursive: true })
    expect(printed).toContain(`session-config session.driver is "redis"`)
    expect(printed).toContain(`cannot be loaded: ${problem}.`)
    expect(printed).not.toContain('npm i redis')
  })

  it('is not blamed for missing where a package is missing that it needs', async () => {
    const place = join(folder, 'node_modules', 'redis')
    await mkdir(place)
    await writeFile(join(place, 'package.json'), '{ "main": "index.js" }')
    await writeFile(join(place, 'index.js'), `require('@redis/client')`)
    const printed = await node(`
      const store = redisStore({ url: 'redis://127.0.0.1:1' })
      await store.ready().catch((error) => console.log(error.message))
      await store.close()
    `)
    await rm(place, { recursive: true })
    expect(printed).toContain("cannot be loaded: Cannot find module '@redis/client'")
  })

  it('is not in the declarations of ours, nor is anything of Node', async () => {
    const files = await readdir(join(folder, 'dist', 'stores', 'redis'))
    const declarations = files.filter((file) => file.endsWith('.d.ts')).map((f) => join('redis', f))
    for (const file of ['redis.d.ts', ...declarations]) {
      const text = await readFile(join(folder, 'dist', 'stores', file), 'utf8')
      expect(text).not.toMatch(/from '(?:redis|node:)|import\("?'?(?:redis|node:)|types="node"/)
    }
  })

  it('may hand over a single client, a Cluster or a Sentinel pool', () => {
    type Client = NonNullable<RedisStoreOptions['client']>
    expectTypeOf<ReturnType<typeof createClient>>().toExtend<Client>()
    expectTypeOf<ReturnType<typeof createCluster>>().toExtend<Client>()
    expectTypeOf<ReturnType<typeof createSentinel>>().toExtend<Client>()
  })
})

describe('The address of a Redis', () => {
  it('is refused at once where it is none, without being shown', () => {
    for (const url of ['localhost:6379', 'http://host', 'redis://:hush hush@ho st:99999999']) {
      const attempt = () => redisStore({ url })
      expect(attempt).toThrow(SessionConfigError)
      expect(attempt).not.toThrow(/hush|localhost:6379/)
    }
  })

  it('is REDIS_URL where the app says nothing', async () => {
    await install('redis')
    await install('@redis')
    const server = await startRedis()
    const printed = await node(
      `
        const store = redisStore()
        await store.ready()
        console.log(await store.secret('a secret of the test'))
        await store.close()
      `,
      { REDIS_URL: server.url },
    )
    expect(printed).toBe('a secret of the test')
    expect(await (await server.look()).get('session:{secret}')).toBe('a secret of the test')
    await server.stop()
  })

  it('is an encrypted one with rediss://, for a certificate that is trusted only', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-keyout', key, '-out', cert]
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject])
    const tlsPort = await freePort()
    const certificate = ['--tls-cert-file', cert, '--tls-key-file', key]
    const noClients = ['--tls-auth-clients', 'no']
    const server = await startRedis(['--tls-port', String(tlsPort), ...certificate, ...noClients])
    const source = `
      const store = redisStore({ url: 'rediss://127.0.0.1:${tlsPort}' })
      console.log(await store.secret('told in private').catch((error) => error.message))
      await store.close()
    `
    expect(await node(source, { NODE_EXTRA_CA_CERTS: cert })).toBe('told in private')
    expect(await node(source)).toContain('self-signed certificate')
    await server.stop()
  })
})

type Looker = Awaited<ReturnType<RedisServer['look']>>
const secretKey = 'session:{secret}'

describe('What Redis keeps', () => {
  it('half a character in one payload harms nothing else', async () => {
    const server = await startRedis()
    const store = redisStore({ url: server.url })
    const [odd, next] = [newText(), newText()]
    const record = newRecord()
    await store.create(odd, newRecord({ payload: '1:\ud83d' }))
    await store.create(next, record)
    expect((await store.load(odd))?.payload).toMatch(/^1:/)
    expect(await store.load(next)).toEqual(record)
    await store.close()
    await server.stop()
  })

  it('a session in the format of a newer version is not overwritten', async () => {
    const server = await startRedis()
    const store = redisStore({ url: server.url })
    const key = newText()
    const looker = await server.look()
    await looker.set(`session:record:${key}`, '2 something\nnew')
    await expect(store.load(key)).rejects.toThrow('a format that this version does not know')
    await expect(store.create(key, newRecord())).rejects.toThrow('does not know')
    expect(await looker.get(`session:record:${key}`)).toBe('2 something\nnew')
    await store.close()
    await server.stop()
  })

  it.each<[string, (looker: Looker) => Promise<unknown>]>([
    ['a list', (looker) => looker.rPush(secretKey, 'x')],
    ['no text', (looker) => looker.set(secretKey, Buffer.of(255, 254, 0))],
    ['empty', (looker) => looker.set(secretKey, '')],
  ])('a secret that is %s makes way for another, the same for all', async (_, plant) => {
    const server = await startRedis()
    const stores = [redisStore({ url: server.url }), redisStore({ url: server.url })] as const
    await plant(await server.look())
    const told = await Promise.all(
      stores.map(async (store, index) => {
        const proposal = `proposal ${index} `.repeat(5)
        const standing = await store.secret?.(proposal)
        return standing?.startsWith('proposal') ? standing : store.secret?.(proposal, standing)
      }),
    )
    expect(told[0]).toMatch(/^proposal/)
    expect(told[1]).toBe(told[0])
    for (const store of stores) await store.close()
    await server.stop()
  })

  it('a clock of the app that is years behind the server’s ends no session', async () => {
    const server = await startRedis()
    const store = redisStore({ url: server.url, now: () => 1_000 })
    const key = newText()
    const times = { createdAt: 1_000, lastActivityAt: 1_000, expiresAt: 61_000 }
    const record = newRecord({ ...times, owner: newText() })
    await store.create(key, record)
    expect(await store.load(key)).toEqual(record)
    expect(await (await server.look()).pTTL(`session:record:${key}`)).toBeLessThan(120_000)
    await store.close()
    await server.stop()
  })
})

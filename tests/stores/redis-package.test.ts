import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, startRedis } from '../servers/redis.ts'
import { newText } from './redis-setting.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

let folder: string

/** The built driver, outside of the repository and its node_modules. */
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

/** Runs a module next to the built package in a separate process, and returns its output. */
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
  it('is named at boot with the command that installs it, if it is missing', async () => {
    const printed = await node(`
      const store = redisStore({ url: 'redis://127.0.0.1:1' })
      await store.ready().catch((error) => console.log(error.code, error.message))
      await store.close()
    `)
    expect(printed).toContain('session-config')
    expect(printed).toContain('npm i redis')
  })

  it('is not reported as missing if it exists and cannot be loaded, as in a bundle', async () => {
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
    expect(printed).toContain('session-config session.driver "redis" needs the package "redis"')
    expect(printed).toContain(`cannot be loaded: ${problem}.`)
    expect(printed).not.toContain('npm i redis')
  })

  it('is not reported as missing if one of its dependencies is missing', async () => {
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

  it('is not part of our declarations, and neither is Node', async () => {
    const files = await readdir(join(folder, 'dist', 'stores', 'redis'))
    const declarations = files.filter((file) => file.endsWith('.d.ts')).map((f) => join('redis', f))
    for (const file of ['redis.d.ts', ...declarations]) {
      const text = await readFile(join(folder, 'dist', 'stores', file), 'utf8')
      expect(text).not.toMatch(/from '(?:redis|node:)|import\("?'?(?:redis|node:)|types="node"/)
    }
  })
})

describe('The address of the Redis server', () => {
  it('is REDIS_URL if the app configures none', async () => {
    await install('redis')
    await install('@redis')
    const server = await startRedis()
    const printed = await node(
      `
        const store = redisStore()
        await store.ready()
        console.log(await store.compareAndSet('key', undefined, { version: 'v', payload: 'p' }))
        await store.close()
      `,
      { REDIS_URL: server.url },
    )
    expect(printed).toBe('true')
    expect(await (await server.look()).get('orbit:key')).toBe('orbit1:v:::p')
    await server.stop()
  })

  it('with rediss:// is encrypted, for a trusted certificate only', async () => {
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
      const put = store.compareAndSet('key', undefined, { version: 'v', payload: 'p' })
      console.log(await put.catch((error) => error.message))
      await store.close()
    `
    expect(await node(source, { NODE_EXTRA_CA_CERTS: cert })).toBe('true')
    expect(await node(source)).toContain('self-signed certificate')
    await server.stop()
  })
})

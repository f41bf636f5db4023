import { once } from 'node:events'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Cache, createCache } from '../../packages/stasis/src/index.ts'
import { freePort, type RedisServer, startRedis } from '../servers/redis.ts'
import { start } from './process.ts'

const cleanups: (() => unknown)[] = []
const said: string[] = []

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation((line) => void said.push(String(line)))
})
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
  vi.restoreAllMocks()
  said.splice(0)
})

async function server(...args: string[]): Promise<RedisServer> {
  const started = await startRedis(args)
  cleanups.push(() => started.stop())
  return started
}

function open(url: string, timeoutMs = 1000): Cache {
  const cache = createCache({ stores: { redis: { driver: 'redis', url, timeoutMs } } })
  cleanups.push(() => cache.close())
  return cache
}

test('two processes lose no increments, and exactly one of them wins an add()', async () => {
  const { url } = await server()
  const cache = open(url)
  await cache.set('coupon', 'worth a lot')
  const file = new URL('./counter.ts', import.meta.url)
  const workers = [start(file, [url, '100']), start(file, [url, '100'])]
  for (const worker of workers) cleanups.push(() => worker.kill())
  for (const worker of workers) expect(await worker.next()).toBe('ready')
  for (const worker of workers) worker.tell('go')
  const won = await Promise.all(workers.map((worker) => worker.next() as Promise<unknown[]>))
  expect(await cache.get('counter')).toBe(200)
  expect(await cache.get('list')).toHaveLength(200)
  expect(won.filter(([added]) => added)).toHaveLength(1)
  expect(won.filter(([, pulled]) => pulled === 'worth a lot')).toHaveLength(1)
})

test('every entry except those stored forever has a time to live on the server', async () => {
  const redis = await server()
  const cache = open(redis.url)
  await cache.set('set', 1, 5)
  await cache.add('add', 1)
  await cache.increment('count')
  await cache.increment('count')
  await cache.compareAndSet('swap', undefined, 1)
  await cache.compareAndSet('swap', 1, 2)
  await cache.remember('made', () => 1)
  await cache.forever('forever', 1)
  const client = await redis.look()
  for (const key of await client.keys('*')) {
    const ttl = await client.pTTL(key)
    if (key.endsWith(':forever')) expect(ttl).toBe(-1)
    else expect(ttl, key).toBeGreaterThan(0)
  }
})

test('a script is sent again if the server has lost it', async () => {
  const redis = await server()
  const cache = open(redis.url)
  await cache.increment('count')
  await (await redis.look()).scriptFlush()
  expect(await cache.increment('count')).toBe(2)
  expect(await cache.compareAndSet('count', 2, 9)).toBe(true)
})

test('a server that is down at boot causes no error, and is used as soon as it is up', async () => {
  const port = await freePort()
  const cache = open(`redis://:hunter2@127.0.0.1:${port}`)
  await cache.ready()
  await expect(cache.get('key')).rejects.toMatchObject({ code: 'cache-unavailable' })
  await server('--port', String(port), '--requirepass', 'hunter2')
  await expect.poll(() => cache.set('key', 1).then(() => 'set', String)).toBe('set')
  expect(said.join('\n')).not.toContain('hunter2')
  expect(said).toEqual([
    expect.stringMatching(`The cache server 127.0.0.1:${port} does not respond .*ECONNREFUSED`),
    expect.stringContaining('responds again'),
  ])
})

test('while the server is down calls fail at once, and afterwards the next one works', async () => {
  const redis = await server()
  const cache = open(redis.url)
  await cache.set('key', 1)
  await redis.kill()
  await expect(cache.get('key')).rejects.toMatchObject({ code: 'cache-unavailable' })
  const began = performance.now()
  await expect(cache.get('key')).rejects.toMatchObject({ code: 'cache-unavailable' })
  expect(performance.now() - began).toBeLessThan(100)
  await redis.restart()
  await expect.poll(() => cache.set('key', 2).then(() => 'set', String)).toBe('set')
})

test('a server that hangs makes a call fail within the time limit', async () => {
  const redis = await server()
  const cache = open(redis.url, 200)
  await cache.set('key', 1)
  redis.pause()
  const began = performance.now()
  await expect(cache.get('key')).rejects.toThrow('did not respond within 200 ms')
  expect(performance.now() - began).toBeLessThan(1000)
  redis.continue()
  await expect.poll(() => cache.get('key').catch(String)).toBe(1)
})

test('a wrong password is logged once, without its value', async () => {
  const redis = await server('--requirepass', 'right')
  const cache = open(redis.url.replace('redis://', 'redis://:hunter2@'))
  await cache.ready()
  const error = await cache.get('key').catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'cache-unavailable' })
  expect(said).toHaveLength(1)
  expect(said[0]).toContain('WRONGPASS')
  expect(`${said[0]}${error}`).not.toContain('hunter2')
})

test('a master that becomes a replica is replaced with the new master at the address', async () => {
  const [old, next] = [await server(), await server()]
  let leadsTo = old.port
  const address = createServer((socket) => {
    const beyond = connect(leadsTo, '127.0.0.1')
    for (const one of [socket, beyond]) one.on('error', () => {})
    socket.on('close', () => beyond.destroy())
    socket.pipe(beyond).pipe(socket)
  }).listen(await freePort(), '127.0.0.1')
  await once(address, 'listening')
  cleanups.push(() => address.close())
  const cache = open(`redis://127.0.0.1:${Object(address.address()).port}`)
  const space = cache.reserve('sessions')
  const put = async (version: string) =>
    space.compareAndSet(version, undefined, { version, payload: '' }, Date.now())
  expect(await put('before')).toBe(true)
  await (await old.look()).replicaOf('127.0.0.1', next.port)
  leadsTo = next.port
  const demoted = performance.now()
  await expect.poll(() => put('after').then(String, () => 'refused')).toBe('true')
  expect(performance.now() - demoted).toBeLessThan(1500)
  await cache.set('key', 1)
  expect(await (await next.look()).keys('*')).toHaveLength(2)
})

test('the app logs a warning at startup only if the server may evict reserved entries', async () => {
  const full = await server('--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru')
  const cache = open(full.url)
  await cache.ready()
  await cache.get('key')
  expect(said).toEqual([])
  cache.reserve('sessions')
  await expect.poll(() => said).toEqual([expect.stringContaining('maxmemory-policy allkeys-lru')])

  const safe = await server('--maxmemory', '50mb', '--maxmemory-policy', 'noeviction')
  const other = open(safe.url)
  await other.reserve('sessions').get('key', Date.now())
  await other.get('key')
  expect(said).toHaveLength(1)
})

test('without the redis package the error names the command that installs it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-stasis-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  await cp(here('../../packages/stasis/src'), join(folder, 'src'), { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await cp(here('../../node_modules/lru-cache'), join(folder, 'node_modules/lru-cache'), {
    recursive: true,
  })
  await symlink(here('../../node_modules/hono'), join(folder, 'node_modules/hono'))
  const file = join(folder, 'app.ts')
  await writeFile(
    file,
    `import { createCache } from './src/index.ts'
     const cache = createCache({ stores: { redis: { driver: 'redis' } } })
     const error = await cache.ready().catch((thrown) => thrown)
     console.log(JSON.stringify([error.name, error.message]))`,
  )
  const app = start(pathToFileURL(file), [])
  cleanups.push(() => app.kill())
  expect(await app.next()).toEqual(['CacheConfigError', expect.stringContaining('npm i redis')])
})

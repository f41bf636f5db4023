import { afterEach, beforeEach, expect, test } from 'vitest'
import { cacheStore } from '../../packages/orbit/src/stores/cache.ts'
import { type Cache, createCache } from '../../packages/stasis/src/index.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type Process, start } from '../stasis/process.ts'

let server: RedisServer
let cache: Cache
let workers: Process[]

beforeEach(async () => {
  server = await startRedis()
  cache = createCache({ stores: { redis: { driver: 'redis', url: server.url } } })
  workers = []
})
afterEach(async () => {
  for (const worker of workers) await worker.kill()
  await cache.close()
  await server.stop()
})

function worker(...args: (string | number)[]): Process {
  const file = new URL('./cache/worker.ts', import.meta.url)
  const started = start(file, [server.url, ...args.map(String)])
  workers.push(started)
  return started
}

async function heard(from: Process, last: string): Promise<unknown[]> {
  const said: unknown[] = []
  for (let line = await from.next(); line !== last; line = await from.next()) said.push(line)
  return said
}

test('two processes write one record without losing an update', async () => {
  const both = [worker('increment', 'one', 100), worker('increment', 'one', 100)]
  for (const each of both) await heard(each, 'ready')
  for (const each of both) each.tell('go')
  for (const each of both) await heard(each, 'done')
  expect((await cacheStore(cache).load('one'))?.payload).toBe('200')
})

test('if two processes create the same records, each is created once, and only its creator gets true', async () => {
  const store = cacheStore(cache)
  const both = [worker('create', 'key', 100), worker('create', 'key', 100)]
  for (const each of both) await heard(each, 'ready')
  for (const each of both) each.tell('go')
  const told = await Promise.all(both.map((each) => heard(each, 'done')))
  expect(new Set(told.flat()).size).toBe(100)
  expect(told.flat()).toHaveLength(100)
  for (const indices of told) {
    const loaded = await Promise.all(indices.map((index) => store.load(`key-${index}`)))
    expect(new Set(loaded.map((one) => one?.payload)).size).toBeLessThanOrEqual(1)
  }
})

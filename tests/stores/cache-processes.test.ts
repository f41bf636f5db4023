import { afterEach, beforeEach, expect, test } from 'vitest'
import { newMark } from '../../packages/orbit/src/session/record.ts'
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

function record(fields: { payload?: string; owner?: string }) {
  const time = Date.now()
  const times = { createdAt: time, lastActivityAt: time, expiresAt: time + 60_000 }
  return { version: newMark(), birth: newMark(), payload: '0', ...times, ...fields }
}

test('two processes write one session and lose nothing', async () => {
  const store = cacheStore(cache)
  await store.create('one', record({}))
  const both = [worker('increment', 'one', 100), worker('increment', 'one', 100)]
  for (const each of both) await heard(each, 'ready')
  for (const each of both) each.tell('go')
  for (const each of both) await heard(each, 'done')
  expect((await store.load('one'))?.payload).toBe('200')
})

test('every session that two processes sign in at once is listed', async () => {
  const store = cacheStore(cache)
  const both = [worker('sign-in', 'ada', 25), worker('sign-in', 'ada', 25)]
  for (const each of both) await heard(each, 'ready')
  for (const each of both) each.tell('go')
  for (const each of both) expect(await heard(each, 'done')).toHaveLength(25)
  expect(await store.list('ada')).toHaveLength(50)
  expect(await store.destroyOwner('ada')).toBe(50)
  expect(await store.list('ada')).toEqual([])
})

test('a sign-in killed at any point is revoked with the others, and leaves nothing for ever', async () => {
  const store = cacheStore(cache)
  const client = await server.look()
  for (let round = 0; round < 8; round += 1) {
    const one = worker('sign-in', 'ada', 100_000)
    await heard(one, 'ready')
    one.tell('go')
    for (let sign = 0; sign <= round * 7; sign += 1) await one.next()
    await one.kill()
    await store.destroyOwner('ada')
    expect(await store.list('ada')).toEqual([])
    for (const key of await client.keys('*:session:*')) {
      const text = (await client.get(key)) ?? ''
      expect(JSON.parse(text)).not.toHaveProperty('record')
    }
  }
  for (const key of await client.keys('*')) expect(await client.pTTL(key), key).toBeGreaterThan(0)
}, 60_000)

test('two processes agree on one secret without being told, and it outlives clear()', async () => {
  const both = [worker('secret'), worker('secret')]
  const [one, other] = await Promise.all(both.map((each) => each.next()))
  expect(one).toMatch(/^proposal of /)
  expect(other).toBe(one)
  await cache.clear()
  expect(await cacheStore(cache).secret?.('another')).toBe(one)
})

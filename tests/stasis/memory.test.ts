import { expect, test } from 'vitest'
import { createCache } from '../../packages/stasis/src/index.ts'

function clockedCache(bounds: { maxItems?: number; maxBytes?: number } = {}) {
  const clock = { time: 1_800_000_000_000 }
  const cache = createCache({
    stores: { memory: { driver: 'memory', ...bounds } },
    now: () => clock.time,
  })
  return { cache, clock }
}

test('an entry exists until the last millisecond of its time to live', async () => {
  const { cache, clock } = clockedCache()
  await cache.set('key', 1, 10)
  clock.time += 10_000 - 1
  expect(await cache.has('key')).toBe(true)
  clock.time += 2
  expect(await cache.has('key')).toBe(false)
  expect(await cache.get('key')).toBeUndefined()
  expect(await cache.add('key', 2)).toBe(true)
})

test('a time to live of years needs no timer', async () => {
  const { cache, clock } = clockedCache()
  await cache.set('key', 1, 60 * 60 * 24 * 365)
  clock.time += 1000 * 60 * 60 * 24 * 364
  expect(await cache.has('key')).toBe(true)
})

test('a full store drops the least recently used entries', async () => {
  const { cache } = clockedCache({ maxItems: 3 })
  for (const key of ['a', 'b', 'c']) await cache.set(key, key)
  await cache.get('a')
  await cache.set('d', 'd')
  expect(await cache.has('b')).toBe(false)
  for (const key of ['a', 'c', 'd']) expect(await cache.get(key)).toBe(key)
})

test('the store also has a limit of bytes, and the error says which value is too large', async () => {
  const { cache } = clockedCache({ maxBytes: 10_000 })
  for (let index = 0; index < 10; index += 1) await cache.set(`key ${index}`, 'x'.repeat(900))
  expect(await cache.has('key 0')).toBe(false)
  expect(await cache.has('key 9')).toBe(true)
  await expect(cache.set('huge', 'x'.repeat(10_000))).rejects.toMatchObject({
    code: 'cache-too-large',
    message: expect.stringContaining('"huge"'),
  })
})

test('a full store drops evictable entries of a reserved space, and refuses other entries', async () => {
  const { cache, clock } = clockedCache({ maxItems: 1, maxBytes: 700 })
  const space = cache.reserve('mine')
  const put = (key: string, evictable: boolean, version?: string) => {
    const next = { version: 'next', payload: key, evictable, expiresAt: clock.time + 1000 }
    return space.compareAndSet(key, version, next, clock.time)
  }
  for (const key of ['a', 'b', 'c', 'd']) await put(key, true)
  expect(await space.get('a', clock.time)).toBeUndefined()
  for (const key of ['x', 'y', 'z']) await put(key, false)
  await cache.set('the app', 'fills it')
  expect(() => put('more', false)).toThrow('full of entries that must not be removed')
  expect(await put('x', false, 'next')).toBe(true)
  expect(await space.get('y', clock.time)).toBeDefined()
  expect(await space.compareAndSet('z', 'next', undefined, clock.time)).toBe(true)
  expect(await put('in its place', false)).toBe(true)
  clock.time += 1500
  expect(await put('more', false)).toBe(true)
  expect(await space.get('x', clock.time)).toBeUndefined()
})

test('expired entries of a reserved space are removed by other writes, even if they are never read', async () => {
  const { cache, clock } = clockedCache({ maxBytes: 200 * 300 })
  const space = cache.reserve('mine')
  for (let round = 0; round < 20; round += 1) {
    for (let index = 0; index < 100; index += 1) {
      const next = { version: 'one', payload: 'text', expiresAt: clock.time + 1000 }
      await space.compareAndSet(`${round}-${index}`, undefined, next, clock.time)
    }
    clock.time += 1000
  }
  expect(await space.get('19-99', clock.time)).toBeUndefined()
})

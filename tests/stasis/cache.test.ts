import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Cache, createCache } from '../../packages/stasis/src/index.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

let opened: Cache[] = []
let count = 0
afterEach(async () => {
  for (const cache of opened) await cache.close()
  opened = []
})

const stores = {
  memory: () => createCache({ defaultTtl: 60 }),
  redis: () => {
    count += 1
    const store = { driver: 'redis', url: server.url } as const
    return createCache({ defaultTtl: 60, prefix: `test${count}`, stores: { shared: store } })
  },
}

describe.each(Object.entries(stores))('the cache on its %s store', (_name, make) => {
  const open = () => {
    const cache = make()
    opened.push(cache)
    return cache
  }

  test('returns a copy of the value that was set', async () => {
    const cache = open()
    const values = [
      null,
      true,
      false,
      0,
      -1.5,
      '',
      'ключ 鍵 🔑 \0 \ud800',
      [],
      [1, [2, null]],
      { a: { b: [] } },
    ]
    for (const value of values) {
      await cache.set('key', value)
      expect(await cache.get('key')).toStrictEqual(value)
      expect(await cache.has('key')).toBe(true)
    }
    const given = { list: [1] }
    await cache.set('key', given)
    given.list.push(2)
    const got = await cache.get<typeof given>('key')
    got?.list.push(3)
    expect(await cache.get('key')).toStrictEqual({ list: [1] })
  })

  test('a user\'s "__proto__" is an ordinary key', async () => {
    const cache = open()
    await cache.set('key', JSON.parse('{"__proto__":{"admin":true}}'))
    const got = await cache.get<object>('key')
    expect(Object.keys(got ?? {})).toEqual(['__proto__'])
    expect(Reflect.get({}, 'admin')).toBeUndefined()
    expect(await cache.get('__proto__')).toBeUndefined()
    expect(await cache.get('constructor')).toBeUndefined()
  })

  test('the fallback is for absent keys only: null is a value', async () => {
    const cache = open()
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.get('key', 7)).toBe(7)
    await cache.set('key', null)
    expect(await cache.get('key', 7)).toBeNull()
  })

  test('a value that cannot be stored throws at once, and the error names the key', async () => {
    const cache = open()
    const loop: unknown[] = []
    loop.push(loop)
    const refused = {
      undefined: undefined,
      Date: { at: new Date() },
      Map: new Map(),
      bigint: 1n,
      function: { f() {} },
      symbol: Symbol('s'),
      class: new (class Point {})(),
      NaN: Number.NaN,
      hole: new Array(1),
      loop,
    }
    for (const [name, value] of Object.entries(refused)) {
      const error = await cache.set(`key of ${name}`, value).catch((thrown) => thrown)
      expect(error, name).toMatchObject({ name: 'CacheError', code: 'cache-bad-value' })
      expect(error.message).toContain(`key of ${name}`)
      expect(await cache.has(`key of ${name}`)).toBe(false)
    }
  })

  test('a property that is undefined is left out', async () => {
    const cache = open()
    await cache.set('key', { name: 'Ada', nick: undefined })
    expect(await cache.get('key')).toStrictEqual({ name: 'Ada' })
  })

  test('keys are compared exactly, and invalid keys are refused', async () => {
    const cache = open()
    const keys = ['a', 'a:b', ':', '*', '../a', 'x'.repeat(5000), 'with space', '鍵', '{a}', 'a\0']
    for (const key of keys) await cache.set(key, key)
    for (const key of keys) expect(await cache.get(key)).toBe(key)
    for (const key of ['', '\ud800', 7 as unknown as string]) {
      await expect(cache.get(key)).rejects.toMatchObject({ code: 'cache-bad-key' })
      await expect(cache.set(key, 1)).rejects.toMatchObject({ code: 'cache-bad-key' })
    }
  })

  test('an entry expires after its time to live, never expires with forever, and refuses invalid times', async () => {
    const cache = open()
    await cache.set('short', 1, 0.02)
    await cache.add('added', 1, 0.02)
    await cache.forever('long', 1)
    await expect.poll(() => cache.has('short')).toBe(false)
    await expect.poll(() => cache.get('added')).toBeUndefined()
    expect(await cache.get('long')).toBe(1)
    for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
      await expect(cache.set('key', 1, ttl)).rejects.toMatchObject({ code: 'cache-bad-ttl' })
    }
  })

  test('add: exactly one of many parallel callers stores its value', async () => {
    const cache = open()
    const done = await Promise.all(Array.from({ length: 20 }, (_, index) => cache.add('k', index)))
    expect(done.filter(Boolean)).toHaveLength(1)
    expect(await cache.get('k')).toBe(done.indexOf(true))
  })

  test('delete returns whether there was a value', async () => {
    const cache = open()
    await cache.set('key', 1)
    expect(await cache.delete('key')).toBe(true)
    expect(await cache.delete('key')).toBe(false)
    expect(await cache.has('key')).toBe(false)
  })

  test('pull: exactly one of many parallel callers gets the value', async () => {
    const cache = open()
    await cache.set('coupon', { off: 10 })
    const got = await Promise.all(Array.from({ length: 20 }, () => cache.pull('coupon')))
    expect(got.filter((value) => value !== undefined)).toStrictEqual([{ off: 10 }])
  })

  test('increment and decrement count every call, and keep the time to live', async () => {
    const cache = open()
    await Promise.all(Array.from({ length: 50 }, () => cache.increment('hits')))
    expect(await cache.decrement('hits', 8)).toBe(42)
    expect(await cache.get('hits')).toBe(42)
    await cache.set('set', 5)
    expect(await cache.increment('set', -6)).toBe(-1)
    expect(await cache.increment('limit', 1, 0.05)).toBe(1)
    expect(await cache.increment('limit', 1, 60)).toBe(2)
    await expect.poll(() => cache.has('limit')).toBe(false)
  })

  test('increment only works on exact integers', async () => {
    const cache = open()
    const notNumbers = ['1', 1.5, null, { a: 1 }, Number.MAX_SAFE_INTEGER, 1e21]
    for (const value of notNumbers) {
      await cache.set('key', value)
      await expect(cache.increment('key')).rejects.toMatchObject({ code: 'cache-not-a-number' })
      expect(await cache.get('key')).toStrictEqual(value)
    }
    await expect(cache.increment('new', 0.5)).rejects.toMatchObject({ code: 'cache-not-a-number' })
  })

  test('compareAndSet: replaces, creates and removes a value', async () => {
    const cache = open()
    expect(await cache.compareAndSet('key', undefined, { n: 1 })).toBe(true)
    expect(await cache.compareAndSet('key', undefined, { n: 2 })).toBe(false)
    expect(await cache.compareAndSet('key', { n: 2 }, { n: 3 })).toBe(false)
    expect(await cache.compareAndSet('key', { n: 1 }, '')).toBe(true)
    expect(await cache.compareAndSet('key', undefined, 1)).toBe(false)
    expect(await cache.compareAndSet('key', '', undefined)).toBe(true)
    expect(await cache.compareAndSet('key', '', undefined)).toBe(false)
    expect(await cache.compareAndSet('key', undefined, undefined)).toBe(true)
    expect(await cache.has('key')).toBe(false)
  })

  test('compareAndSet: all overlapping changes of one value take effect', async () => {
    const cache = open()
    const append = async (item: number): Promise<void> => {
      const list = await cache.get<number[]>('list')
      const done = await cache.compareAndSet('list', list, [...(list ?? []), item])
      if (!done) await append(item)
    }
    const items = Array.from({ length: 30 }, (_, index) => index)
    await Promise.all(items.map(append))
    const list = await cache.get<number[]>('list')
    expect(list?.sort((a, b) => a - b)).toEqual(items)
  })

  test('clear removes all entries, but not those of a reserved space', async () => {
    const cache = open()
    const space = cache.reserve('mine')
    const one = { version: 'one', payload: 'kept' }
    await space.compareAndSet('key', undefined, one, Date.now())
    for (let index = 0; index < 50; index += 1) await cache.set(`key ${index}`, index)
    await cache.clear()
    for (let index = 0; index < 50; index += 1) expect(await cache.has(`key ${index}`)).toBe(false)
    expect(await space.get('key', Date.now())).toEqual(one)
  })

  test("a reserved space is separate from the app's keys and from other spaces", async () => {
    const cache = open()
    const space = cache.reserve('mine')
    const now = Date.now()
    const one = { version: 'one', payload: 'secret' }
    await space.compareAndSet('key', undefined, one, now)
    const attempts = ['key', 'mine:key', 'reserved:mine:key', ':reserved:mine:key', '../mine:key']
    for (const key of attempts) {
      expect(await cache.get(key)).toBeUndefined()
      await cache.set(key, 'planted')
      await cache.delete(key)
    }
    expect(await space.get('key', now)).toEqual(one)
    expect(await cache.reserve('other').get('key', now)).toBeUndefined()
    expect(await cache.reserve('mine').get('key', now)).toEqual(one)
    expect(() => cache.reserve('mine:key')).toThrow('is not a valid cache key')
  })
})

test('each configured store is a separate cache, even on the same server', async () => {
  const redis = { driver: 'redis', url: server.url } as const
  const cache = createCache({ default: 'a', prefix: 'several', stores: { a: redis, b: redis } })
  opened.push(cache)
  await cache.set('key', 'in a')
  await cache.store('b').set('key', 'in b')
  await cache.store('b').clear()
  expect(await cache.get('key')).toBe('in a')
  expect(await cache.store('a').get('key')).toBe('in a')
  expect(() => cache.store('c')).toThrow('has no store "c". The stores are: a, b')
})

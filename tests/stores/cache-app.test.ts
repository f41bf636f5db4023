import { createLogger, PlanetCore } from 'gravito-core'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { session } from '../../packages/orbit/src/index.ts'
import {
  cacheStore,
  installedCache,
  type SessionCache,
} from '../../packages/orbit/src/stores/cache.ts'
import { type Cache, createCache, OrbitCache } from '../../packages/stasis/src/index.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { record } from './cache/setting.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

const opened: Cache[] = []
let count = 0
afterEach(async () => {
  for (const cache of opened.splice(0)) await cache.close()
})

function shared(prefix = 'special'): Cache {
  count += 1
  const redis = { driver: 'redis', url: server.url } as const
  const cache = createCache({ prefix: `${prefix}${count}`, stores: { redis } })
  opened.push(cache)
  return cache
}

describe('a cache that cannot store sessions is refused at boot', () => {
  const verbless = 'a space without get and an atomic compareAndSet'
  const refused: [string, unknown][] = [
    ['has no reserve()', new Map()],
    ['has no reserve()', undefined],
    ['has no reserve()', { compareAndSet: () => true }],
    [verbless, { reserve: () => ({ get: () => undefined }) }],
    [verbless, { reserve: () => undefined }],
  ]
  test.each(refused)('%s', (message, cache) => {
    const make = () => cacheStore(cache as SessionCache)
    expect(make).toThrow(message)
    expect(make).toThrow('Use OrbitCache of @gravito/stasis')
    expect(make).toThrow(expect.objectContaining({ name: 'SessionConfigError' }))
  })
})

describe('the session orbit looks for the cache of the app', () => {
  const looking = (cacheKey?: string) => ({
    name: 'OrbitSession',
    install: (core: PlanetCore) => void cacheStore(installedCache(core.config, cacheKey)),
  })
  const boot = (orbits: Parameters<typeof PlanetCore.boot>[0] & object) =>
    PlanetCore.boot({ routes: () => {}, logger: createLogger('silent'), ...orbits })

  test('and finds it under its name if it comes before the sessions', async () => {
    await boot({ orbits: [new OrbitCache(), looking()] })
    await boot({ orbits: [new OrbitCache({ exposeAs: 'mine' }), looking('mine')] })
  })

  test('and the error names the package to install if there is none', async () => {
    await expect(boot({ orbits: [looking()] })).rejects.toThrow('npm i @gravito/stasis')
  })

  test('and the error says what to change if it comes after the sessions', async () => {
    const order = 'orbits: [new OrbitCache(), new OrbitSession()]'
    const orbits = [looking(), new OrbitCache()]
    await expect(boot({ orbits })).rejects.toThrow(order)
    await expect(boot({ orbits, config: { cache: {} } })).rejects.toThrow(
      /config\.cache is set, but no OrbitCache is installed .* before OrbitSession/,
    )
  })
})

describe.each([
  ['memory', () => createCache()],
  ['redis', () => shared()],
] as const)('over the %s store', (_name, open) => {
  test("clear() of the app's cache ends no session, and no key of the app reads a session", async () => {
    const cache = open()
    const store = cacheStore(cache)
    const one = record()
    await store.compareAndSet('handle', undefined, one)
    await cache.clear()
    const keys = [
      'handle',
      'sessions:handle',
      'reserved:sessions:handle',
      ':reserved:sessions:handle',
    ]
    for (const key of keys) {
      expect(await cache.get(key)).toBeUndefined()
      await cache.set(key, 'planted')
      await cache.delete(key)
    }
    expect(await store.load('handle')).toEqual(one)
    await cache.close()
  })

  test('keys() returns the keys of the sessions, without those of the app', async () => {
    const cache = open()
    const store = cacheStore(cache)
    await cache.set('of the app', 1)
    const put = Array.from({ length: 1_500 }, (_, index) => `key-${index}`)
    for (const [index, key] of put.entries()) {
      await store.compareAndSet(key, undefined, record({ evictable: index % 2 === 0 }))
    }
    const found = new Set<string>()
    for await (const key of store.keys?.() ?? []) found.add(key)
    expect([...found].sort()).toEqual(put.sort())
    await cache.close()
  })

  test('ready() leaves no keys behind', async () => {
    const cache = open()
    const store = cacheStore(cache)
    await store.ready()
    for await (const key of store.keys?.() ?? []) throw new Error(`${key} is left over`)
    await cache.close()
  })

  test('a user stays signed in if the app is created again with the same cache', async () => {
    const cache = open()
    const makeApp = () =>
      new Hono()
        .use(session({ store: cacheStore(cache), csrf: { enabled: false } }))
        .post('/login', (c) => {
          c.get('session').put('userId', 'ada')
          return c.text('in')
        })
        .get('/', (c) => c.text(String(c.get('session').get('userId', 'nobody'))))
    const answer = await makeApp().request('/login', { method: 'POST' })
    const cookie = answer.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    const again = await makeApp().request('/', { headers: { cookie } })
    expect(await again.text()).toBe('ada')
    await cache.close()
  })
})

describe('on the server', () => {
  /** The number of commands that the server received during `work`. */
  async function commands(run: () => Promise<unknown>): Promise<number> {
    const client = await server.look()
    const total = async () =>
      Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1])
    const before = await total()
    await run()
    return (await total()) - before - 1
  }

  test('a read is one command, and a write after it is one more', async () => {
    const store = cacheStore(shared())
    const [one, two] = [record(), record()]
    // Before that, the script is loaded into the server.
    await store.ready()
    // The commands in a script count too: GET and SET, or GET and DEL.
    expect(await commands(async () => store.compareAndSet('key', undefined, one))).toBe(1 + 2)
    expect(await commands(async () => store.load('key'))).toBe(1)
    expect(await commands(async () => store.compareAndSet('key', one.version, two))).toBe(1 + 2)
    expect(await commands(async () => store.compareAndSet('key', two.version, undefined))).toBe(3)
  })

  test('every record that expires has a time to live', async () => {
    const store = cacheStore(shared('ttl'))
    const { expiresAt: _, ...forever } = record()
    await store.compareAndSet('one', undefined, record())
    await store.compareAndSet('forever', undefined, forever)
    const client = await server.look()
    const keys = await client.keys('ttl*')
    expect(keys).toHaveLength(2)
    for (const key of keys) {
      const ttl = await client.pTTL(key)
      if (key.endsWith(':forever')) expect(ttl).toBe(-1)
      else expect(ttl, key).toBeGreaterThan(1_700_000)
    }
  })

  test('a record of a newer release is neither read nor replaced', async () => {
    const store = cacheStore(shared('newer'))
    await store.compareAndSet('key', undefined, record())
    const client = await server.look()
    const [place = ''] = await client.keys('newer*')
    const text = 'stasis2:version:::payload'
    await client.set(place, text)
    await expect(store.load('key')).rejects.toMatchObject({ code: 'session-newer-format' })
    for (const version of [undefined, '', 'version']) {
      expect(await store.compareAndSet('key', version, record())).toBe(false)
    }
    expect(await client.get(place)).toBe(text)
  })

  test('a full server refuses new records, and still removes records', async () => {
    const store = cacheStore(shared('full'))
    const one = record()
    await store.compareAndSet('key', undefined, one)
    const client = await server.look()
    await client.configSet('maxmemory', '1')
    try {
      const putting = async () => store.compareAndSet('more', undefined, record())
      await expect(putting()).rejects.toMatchObject({ code: 'session-store-full' })
      expect(await store.load('key')).toEqual(one)
      expect(await store.compareAndSet('key', one.version, undefined)).toBe(true)
      expect(await store.load('key')).toBeUndefined()
    } finally {
      await client.configSet('maxmemory', '0')
    }
  })
})

describe('a full memory store', () => {
  const open = () =>
    cacheStore(createCache({ stores: { memory: { driver: 'memory', maxBytes: 5_500 } } }))

  test('drops evictable records, the least recently used first, and refuses other records', async () => {
    const store = open()
    for (let index = 0; index < 30; index += 1) {
      await store.compareAndSet(`visitor-${index}`, undefined, record({ evictable: true }))
    }
    expect(await store.load('visitor-0')).toBeUndefined()
    expect(await store.load('visitor-29')).toBeDefined()
    const kept: string[] = []
    const putting = async () => {
      for (let index = 0; ; index += 1) {
        await store.compareAndSet(`user-${index}`, undefined, record())
        kept.push(`user-${index}`)
      }
    }
    await expect(putting()).rejects.toMatchObject({ code: 'session-store-full' })
    expect(kept.length).toBeGreaterThan(10)
    for (const key of kept) expect(await store.load(key)).toBeDefined()
    expect(await store.compareAndSet('visitor', undefined, record({ evictable: true }))).toBe(true)
  })

  test('still removes records, and accepts a record in the freed space', async () => {
    const store = open()
    const one = record({ payload: 'x'.repeat(2_400) })
    expect(await store.compareAndSet('one', undefined, one)).toBe(true)
    const next = record({ payload: 'y'.repeat(2_400) })
    await expect(store.compareAndSet('two', undefined, next)).rejects.toThrow('full of entries')
    expect(await store.load('one')).toEqual(one)
    expect(await store.compareAndSet('one', one.version, undefined)).toBe(true)
    expect(await store.compareAndSet('two', undefined, next)).toBe(true)
    const larger = record({ payload: 'z'.repeat(5_000) })
    await expect(store.compareAndSet('two', next.version, larger)).rejects.toThrow(
      'full of entries',
    )
    expect(await store.load('two')).toEqual(next)
  })
})

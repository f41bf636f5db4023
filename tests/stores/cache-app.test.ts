import { createLogger, PlanetCore } from 'gravito-core'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { session } from '../../packages/orbit/src/index.ts'
import { newMark } from '../../packages/orbit/src/session/record.ts'
import {
  cacheStore,
  installedCache,
  type SessionCache,
} from '../../packages/orbit/src/stores/cache.ts'
import { type Cache, createCache, OrbitCache } from '../../packages/stasis/src/index.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { hour, record } from './cache/setting.ts'

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

describe('a cache that cannot keep sessions is refused at once', () => {
  const space = { get: () => undefined, compareAndSet: () => true }
  const refused: [string, unknown][] = [
    ['has no atomic compareAndSet', new Map()],
    ['has no atomic compareAndSet', { reserve: () => space }],
    ['has no atomic compareAndSet', undefined],
    ['has no reserve()', { compareAndSet: () => true }],
    ['a space without', { compareAndSet: () => true, reserve: () => ({ get: () => undefined }) }],
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

  test('and finds it under its name, where it was installed before', async () => {
    await boot({ orbits: [new OrbitCache(), looking()] })
    await boot({ orbits: [new OrbitCache({ exposeAs: 'mine' }), looking('mine')] })
  })

  test('and says what to install where there is none', async () => {
    await expect(boot({ orbits: [looking()] })).rejects.toThrow('npm i @gravito/stasis')
  })

  test('and says what to change where it comes after', async () => {
    const order = 'orbits: [new OrbitCache(), new OrbitSession()]'
    const orbits = [looking(), new OrbitCache()]
    await expect(boot({ orbits })).rejects.toThrow(order)
    await expect(boot({ orbits, config: { cache: {} } })).rejects.toThrow(
      /config\.cache is there, but no OrbitCache has been installed .* before OrbitSession/,
    )
  })
})

describe.each([
  ['memory', () => createCache()],
  ['redis', () => shared()],
] as const)('over the %s store', (_name, open) => {
  test('clear() of the app’s cache signs nobody out, and no key of the app reads a session', async () => {
    const cache = open()
    const store = cacheStore(cache)
    const one = record({ owner: 'ada' })
    await store.create('handle', one)
    await cache.clear()
    const keys = ['handle', 'session:handle', 'reserved:sessions:session:handle', 'owner:ada']
    for (const key of keys) {
      expect(await cache.get(key)).toBeUndefined()
      await cache.set(key, 'planted')
      await cache.delete(key)
    }
    expect(await store.load('handle')).toEqual(one)
    expect(await store.list('ada')).toHaveLength(1)
    await cache.close()
  })

  test('a person stays signed in while the app is made anew around the cache', async () => {
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

  test('a record of a newer version of this package is left alone', async () => {
    const cache = open()
    const space = cache.reserve('sessions')
    await space.compareAndSet('session:handle', undefined, '{"format":2}')
    const store = cacheStore(cache)
    await expect(store.load('handle')).rejects.toThrow('a newer version wrote it')
    await expect(store.create('handle', record())).rejects.toThrow('a newer version wrote it')
    expect(await space.get('session:handle')).toBe('{"format":2}')
    await cache.close()
  })
})

describe('on the server', () => {
  /** How many commands the server was sent meanwhile. */
  async function commands(run: () => Promise<unknown>): Promise<number> {
    const client = await server.look()
    const total = async () =>
      Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1])
    const before = await total()
    await run()
    return (await total()) - before - 1
  }

  test('a read is one command, a write or a touch after it one more, a sign-in four', async () => {
    const store = cacheStore(shared())
    // Before, the server is told the script.
    for (const key of ['one', 'two']) await store.create(key, record({ owner: 'ada' }))
    const one = record({ owner: 'ada' })
    const two = { ...one, version: newMark(), payload: '1:two' }
    // Scripts count once more by the commands in them: GET and SET.
    expect(await commands(async () => store.create('handle', one))).toBe(4 + 2)
    expect(await commands(async () => store.load('handle'))).toBe(1)
    expect(await commands(async () => store.replace('handle', two, one.version))).toBe(1 + 2)
    const later = [Date.now(), Date.now() + hour] as const
    expect(await commands(async () => store.touch('handle', two.version, ...later))).toBe(1 + 2)
    expect(await commands(async () => store.create('visitor', record()))).toBe(1)
  })

  test('every key of the sessions but the secret has a time to live', async () => {
    const store = cacheStore(shared('ttl'))
    const [one, two] = [record({ owner: 'ada' }), record()]
    await store.create('one', one)
    await store.create('two', two)
    await store.replace('two', { ...two, version: 'next' }, two.version)
    await store.touch('one', one.version, Date.now(), Date.now() + hour)
    await store.secret?.('the secret')
    const client = await server.look()
    const keys = await client.keys('ttl*')
    expect(keys).toHaveLength(4)
    for (const key of keys) {
      const ttl = await client.pTTL(key)
      if (key.endsWith(':redis:reserved:sessions:secret')) expect(ttl).toBe(-1)
      else expect(ttl, key).toBeGreaterThan(0)
    }
  })
})

test('a memory store full of signed-in sessions refuses one more, and drops visitors before', async () => {
  const cache = createCache({ stores: { memory: { driver: 'memory', maxBytes: 5_500 } } })
  const store = cacheStore(cache)
  for (let index = 0; index < 20; index += 1) await store.create(`visitor ${index}`, record())
  expect(await store.load('visitor 0')).toBeUndefined()
  expect(await store.load('visitor 19')).toBeDefined()
  for (let index = 0; index < 4; index += 1) {
    expect(await store.create(`${index}`, record({ owner: `owner ${index}` }))).toBe('created')
  }
  await expect(store.create('more', record({ owner: 'more' }))).rejects.toMatchObject({
    code: 'session-store-full',
  })
  for (let index = 0; index < 4; index += 1) expect(await store.load(`${index}`)).toBeDefined()
})

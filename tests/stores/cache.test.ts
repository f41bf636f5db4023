import { afterAll, beforeAll, describe, it } from 'vitest'
import { cacheStore } from '../../packages/orbit/src/stores/cache.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { createCache } from '../../packages/stasis/src/index.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'

describeSessionStore(
  'cache, over the memory store of OrbitCache',
  ({ now }) => {
    const cache = createCache()
    const stores = [cacheStore(cache, { now }), cacheStore(cache, { now })] as const
    const space = cache.reserve('sessions')
    // A test cannot change the memory of a process. This is how a cache reports an unreadable
    // value.
    const spoil = (key: string) => {
      space.compareAndSet(key, undefined, { version: '', payload: '' }, now())
    }
    return { stores, spoil, close: () => cache.close() }
  },
  { describe, it },
)

describe('the cache driver on a Redis server', () => {
  let server: RedisServer
  let tests = 0

  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  describeSessionStore(
    'cache, over the redis store of OrbitCache',
    ({ now }) => {
      tests += 1
      const open = () =>
        createCache({
          prefix: `test${tests}`,
          stores: { redis: { driver: 'redis', url: server.url } },
        })
      const caches = [open(), open()] as const
      const [one, other] = caches
      const values = ['garbage', '', '{"version":"x"}', 'orbit1:x:::', 'stasis1:', 'stasis1:a b:::']
      let spoilt = 0
      const spoil = async (key: string) => {
        const client = await server.look()
        const place = `test${tests}:redis:reserved:sessions:${key}`
        spoilt += 1
        // In each test, one is a list and the other a string.
        if (spoilt % 2) await client.lPush(place, 'a list')
        else await client.set(place, values[tests % values.length] ?? '')
      }
      return {
        spoil,
        stores: [cacheStore(one, { now }), cacheStore(other, { now })] as const,
        close: async () => void (await Promise.all(caches.map((cache) => cache.close()))),
      }
    },
    { describe, it },
  )
})

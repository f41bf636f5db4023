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
    return { stores, close: () => cache.close() }
  },
  { describe, it },
)

describe('with a Redis server', () => {
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
      return {
        stores: [cacheStore(one, { now }), cacheStore(other, { now })] as const,
        close: async () => void (await Promise.all(caches.map((cache) => cache.close()))),
      }
    },
    { describe, it },
  )
})

import { afterAll, beforeAll, describe, it } from 'vitest'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

let tests = 0

describeSessionStore(
  'redis',
  ({ now }) => {
    tests += 1
    const options = { url: server.url, prefix: `test${tests}:`, now }
    const stores = [redisStore(options), redisStore(options)] as const
    return { stores, close: async () => void (await Promise.all(stores.map((s) => s.close()))) }
  },
  { describe, it },
)

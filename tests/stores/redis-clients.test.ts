import { fileURLToPath } from 'node:url'
import type { Redis as Upstash } from '@upstash/redis'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { type RedisClient, redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { run } from '../guide/processes.ts'
import { bun } from '../runtimes/binaries.ts'
import {
  type RedisCluster,
  type RedisServer,
  startCluster,
  startRedis,
  startSentinel,
} from '../servers/redis.ts'
import { aSession, newRecord, newText, twoStores } from './redis-setting.ts'

let server: RedisServer
let cluster: RedisCluster
let sentinel: RedisServer
const ends: Array<() => unknown> = []

beforeAll(async () => {
  server = await startRedis()
  cluster = await startCluster({ masters: 3 })
  sentinel = await startSentinel(server)
}, 60_000)
afterAll(async () => {
  for (const end of ends) await end()
  await Promise.all([sentinel?.stop(), server?.stop(), cluster?.stop()])
})

const nodes = () => cluster.masters.map(({ url }) => ({ url }))

/** The ways in which apps create a client. */
const clients: Record<string, () => RedisClient> = {
  'redis: createClient': () => {
    const client = createClient({ url: server.url })
    ends.push(() => client.destroy())
    return client
  },
  'redis: createClient, RESP 2, a key prefix, replies of other types': () => {
    const client = createClient({
      url: server.url,
      RESP: 2,
      keyPrefix: 'own:',
      commandOptions: { typeMapping: { 36: Buffer } },
    })
    ends.push(() => client.destroy())
    return client
  },
  'redis: createClientPool': () => {
    const pool = createClientPool({ url: server.url })
    ends.push(() => pool.destroy())
    return pool
  },
  'redis: createCluster': () => {
    const client = createCluster({ rootNodes: nodes() })
    ends.push(() => client.destroy())
    return client
  },
  'redis: createSentinel': () => {
    const sentinelRootNodes = [{ host: '127.0.0.1', port: sentinel.port }]
    const client = createSentinel({ name: 'main', sentinelRootNodes })
    ends.push(() => client.destroy())
    return client
  },
  'ioredis: Redis with a Sentinel': () => {
    const sentinels = [{ host: '127.0.0.1', port: sentinel.port }]
    const client = new Redis({ name: 'main', sentinels })
    ends.push(() => client.disconnect())
    return client
  },
  'ioredis: Redis': () => {
    const client = new Redis(server.url)
    ends.push(() => client.disconnect())
    return client
  },
  'ioredis: Redis, lazy, with a key prefix and automatic pipelines': () => {
    const options = { lazyConnect: true, keyPrefix: 'own:', enableAutoPipelining: true }
    const client = new Redis(server.url, options)
    ends.push(() => client.disconnect())
    return client
  },
  'ioredis: Cluster': () => {
    const client = new Cluster(nodes().map(({ url }) => url))
    ends.push(() => client.disconnect())
    return client
  },
}

/** Puts a value under a key where the client looks for it. */
function spoilerOf(client: RedisClient) {
  if ('set' in client && typeof client.set === 'function') {
    const { set } = client
    return async (key: string) => void (await set.call(client, key, 'not a record'))
  }
  throw new Error('The client has no set.')
}

describe.each(Object.keys(clients))('%s', (name) => {
  let client: RedisClient

  beforeAll(() => {
    const made = clients[name]?.()
    if (!made) throw new Error('There is no client.')
    client = made
  })

  describeSessionStore(
    'redis',
    ({ now }) => {
      const { stores, prefix, close } = twoStores(server, { client, now })
      const spoil = spoilerOf(client)
      return { stores, close, spoil: (key) => spoil(prefix + key) }
    },
    { describe, it },
  )

  it('passes the check at boot', async () => {
    const warnings: string[] = []
    const store = redisStore({ client, warn: (message) => warnings.push(message) })
    await store.ready()
    expect(warnings).toEqual([])
  })

  it('lists its keys, from all nodes', async () => {
    const store = redisStore({ client, prefix: `${newText()}:` })
    const keys = Array.from({ length: 60 }, newText)
    await Promise.all(keys.map((key) => store.compareAndSet(key, undefined, newRecord())))
    const seen: string[] = []
    for await (const key of store.keys()) seen.push(key)
    expect(seen.sort()).toEqual(keys.sort())
  })

  it('stays open when the store is closed', async () => {
    const store = redisStore({ client })
    await aSession(store)
    await store.close()
    await aSession(redisStore({ client }))
  })
})

describe('Bun', () => {
  it('passes the contract with Bun.redis and with a RedisClient', { timeout: 60_000 }, async () => {
    const suite = fileURLToPath(new URL('./redis-bun.ts', import.meta.url))
    const folder = fileURLToPath(new URL('.', import.meta.url))
    const { code, output } = await run(bun(), ['test', '--timeout', '60000', suite], folder, {
      REDIS_URL: server.url,
    })
    expect(code, output).toBe(0)
    expect(Number(/(\d+) pass/.exec(output)?.[1])).toBeGreaterThanOrEqual(50)
    expect(output).toMatch(/\b0 fail/)
  })
})

describe('The types of a client', () => {
  it('accept the clients that the driver accepts, and no others', () => {
    expectTypeOf<ReturnType<typeof createClient>>().toExtend<RedisClient>()
    expectTypeOf<ReturnType<typeof createClientPool>>().toExtend<RedisClient>()
    expectTypeOf<ReturnType<typeof createCluster>>().toExtend<RedisClient>()
    expectTypeOf<ReturnType<typeof createSentinel>>().toExtend<RedisClient>()
    expectTypeOf<Redis>().toExtend<RedisClient>()
    expectTypeOf<Cluster>().toExtend<RedisClient>()
    expectTypeOf<Upstash>().toExtend<RedisClient>()
    expectTypeOf<object>().not.toExtend<RedisClient>()
    expectTypeOf<Promise<Redis>>().not.toExtend<RedisClient>()
    expectTypeOf<{ url: string }>().not.toExtend<RedisClient>()
  })
})

import { Cluster } from 'ioredis'
import { createCluster, createSentinel } from 'redis'
import { afterEach, describe, expect, it } from 'vitest'
import { type RedisClient, redisStore } from '../../packages/orbit/src/stores/redis.ts'
import type { SessionRecord } from '../../packages/orbit/src/stores/store.ts'
import { type RedisCluster, startCluster, startRedis, startSentinel } from '../servers/redis.ts'
import { aSession, eventually, newRecord, newText } from './redis-setting.ts'

const ends: Array<() => unknown> = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function aCluster(options: Parameters<typeof startCluster>[0]): Promise<RedisCluster> {
  const cluster = await startCluster(options)
  ends.push(() => cluster.stop())
  return cluster
}

describe('A Cluster', () => {
  it('spreads the sessions over all nodes', async () => {
    const { masters } = await aCluster({ masters: 3 })
    const client = createCluster({ rootNodes: masters.map(({ url }) => ({ url })) })
    ends.push(() => client.destroy())
    const store = redisStore({ client, prefix: 'spread:' })
    for (let count = 0; count < 30; count += 1) await aSession(store)
    for (const node of masters) {
      expect((await (await node.look()).keys('spread:*')).length).toBeGreaterThan(0)
    }
  }, 60_000)

  /** Clients of the app. */
  const clients: Array<[string, (urls: string[]) => RedisClient]> = [
    [
      'redis',
      (urls) => {
        const client = createCluster({ rootNodes: urls.map((url) => ({ url })) })
        ends.push(() => client.destroy())
        return client
      },
    ],
    [
      'ioredis',
      (urls) => {
        const client = new Cluster(urls)
        ends.push(() => client.disconnect())
        return client
      },
    ],
  ]

  it.each(clients)(
    'works again seconds after the promotion if its master hangs: %s',
    async (_, open) => {
      const { masters, replicas } = await aCluster({ masters: 3, hasReplicas: true })
      const client = open(masters.map(({ url }) => url))
      const store = redisStore({ client })
      const sessions = await Promise.all(Array.from({ length: 12 }, () => aSession(store)))
      const [master] = masters
      const [replica] = replicas
      if (!master || !replica) throw new Error('The Cluster has no master or no replica.')
      await (await master.look()).sendCommand(['WAIT', '1', '2000'])
      master.pause()
      ends.push(() => master.continue())
      const role = async () => String(await (await replica.look()).info('replication'))
      // Users send requests during this time, each of them twice a second.
      let isOver = false
      const people = sessions.map(async ({ key }) => {
        while (!isOver) {
          await Promise.resolve(store.load(key)).catch(() => {})
          await new Promise((resolve) => setTimeout(resolve, 500))
        }
      })
      await expect.poll(role, { timeout: 20_000 }).toContain('role:master')
      const promotedAt = performance.now()
      const rewritten = ({ key, record }: { key: string; record: SessionRecord }) =>
        eventually(async () => {
          expect(await store.load(key)).toEqual(record)
          return store.compareAndSet(key, record.version, newRecord())
        }, 20_000)
      expect(await Promise.all(sessions.map(rewritten))).toEqual(sessions.map(() => true))
      expect(performance.now() - promotedAt).toBeLessThan(8_000)
      isOver = true
      await Promise.all(people)
      await store.close()
    },
    90_000,
  )
})

describe('A Sentinel', () => {
  it('fails over: old sessions are there afterwards, and new ones can be created', async () => {
    const [master, replica] = [await startRedis(), await startRedis()]
    await (await replica.look()).replicaOf('127.0.0.1', master.port)
    const replication = async () => String(await (await replica.look()).info('replication'))
    await expect.poll(replication, { timeout: 15_000 }).toContain('master_link_status:up')
    const sentinel = await startSentinel(master)
    const client = createSentinel({
      name: 'main',
      sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel.port }],
    })
    ends.push(
      () => Promise.all([sentinel, replica, master].map((server) => server.stop())),
      () => client.destroy(),
    )
    const looker = await sentinel.look()
    const known = async () =>
      JSON.stringify(await looker.sendCommand(['SENTINEL', 'REPLICAS', 'main']))
    await expect.poll(known, { timeout: 15_000 }).toContain(String(replica.port))

    const warnings: string[] = []
    const store = redisStore({ client, warn: (message) => warnings.push(message) })
    await store.ready()
    expect(warnings).toEqual([])
    const { key, record } = await aSession(store)
    expect(await keysOf(store)).toEqual([key])
    await (await master.look()).sendCommand(['WAIT', '1', '2000'])
    await master.kill()
    expect(await eventually(async () => store.load(key), 20_000)).toEqual(record)
    const next = { ...record, version: newText() }
    expect(await store.compareAndSet(key, record.version, next)).toBe(true)
    await aSession(store)
    expect(await replication()).toContain('role:master')
    await store.close()
  }, 60_000)
})

async function keysOf(store: ReturnType<typeof redisStore>): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.keys()) keys.push(key)
  return keys
}

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, createCluster, createSentinel } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import {
  describeSessionStore,
  type StoresUnderTest,
} from '../../packages/orbit/src/testing/contract.ts'
import { freePort, type RedisServer, startRedis } from '../servers/redis.ts'
import { eventually, newRecord, newText } from './redis-setting.ts'

let tests = 0

function twoStores(options: Parameters<typeof redisStore>[0]): StoresUnderTest {
  tests += 1
  const open = () => redisStore({ ...options, prefix: `test${tests}:` })
  const stores = [open(), open()] as const
  return { stores, close: async () => void (await Promise.all(stores.map((s) => s.close()))) }
}

describe('A client of the app’s', () => {
  let server: RedisServer
  let client: ReturnType<typeof createClient>

  beforeAll(async () => {
    server = await startRedis()
    client = createClient({ url: server.url, disableOfflineQueue: true })
  })
  afterAll(async () => {
    client.destroy()
    await server.stop()
  })

  describeSessionStore(
    'redis, with a client of the app’s',
    ({ now }) => twoStores({ client, now }),
    { describe, it },
  )

  it('is connected where the app has not, and left open when the store is closed', async () => {
    const own = createClient({ url: server.url, disableOfflineQueue: true })
    const store = redisStore({ client: own })
    await store.ready?.()
    await store.close()
    expect(await own.ping()).toBe('PONG')
    expect(own.listenerCount('ready')).toBe(0)
    own.destroy()
  })

  it('may have replies of other types, RESP 2 and a prefix of its own', async () => {
    const own = createClient({
      url: server.url,
      RESP: 2,
      keyPrefix: 'own:',
      commandOptions: { typeMapping: { 36: Buffer } },
    })
    const store = redisStore({ client: own })
    const [key, owner] = [newText(), newText()]
    const record = newRecord({ owner })
    expect(await store.create(key, record)).toBe('created')
    expect(await store.load(key)).toEqual(record)
    expect(await store.list(owner)).toEqual([{ key, record }])
    expect(await client.exists(`own:session:record:${key}`)).toBe(1)
    own.destroy()
  })
})

describe('A Cluster of three nodes', () => {
  let nodes: RedisServer[] = []
  let client: ReturnType<typeof createCluster>

  beforeAll(async () => {
    nodes = await Promise.all([1, 2, 3].map(startNode))
    const lookers = await Promise.all(nodes.map((node) => node.look()))
    const [first] = nodes
    const slots = ['0 5460', '5461 10922', '10923 16383']
    for (const [place, looker] of lookers.entries()) {
      await looker.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', ...(slots[place] ?? '').split(' ')])
      await looker.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(first?.port), busOf(first)])
    }
    for (const looker of lookers) {
      const isWhole = async () => {
        const info = String(await looker.sendCommand(['CLUSTER', 'INFO']))
        expect(info).toMatch(/cluster_state:ok.*cluster_known_nodes:3/s)
      }
      await eventually(isWhole, 15_000)
    }
    client = createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) })
  }, 30_000)
  afterAll(async () => {
    client?.destroy()
    await Promise.all(nodes.map((node) => node.stop()))
  })

  const buses = new Map<number, string>()

  async function startNode(): Promise<RedisServer> {
    const bus = String(await freePort())
    const node = await startRedis(['--cluster-enabled', 'yes', '--cluster-port', bus])
    buses.set(node.port, bus)
    return node
  }

  function busOf(node: RedisServer | undefined): string {
    return buses.get(node?.port ?? 0) ?? ''
  }

  describeSessionStore('redis, on a Cluster', ({ now }) => twoStores({ client, now }), {
    describe,
    it,
  })

  it('spreads the sessions of one owner over all nodes, and lists and ends them all', async () => {
    const store = redisStore({ client, prefix: 'spread:' })
    const owner = newText()
    const keys = Array.from({ length: 30 }, newText)
    for (const key of keys) await store.create(key, newRecord({ owner }))
    for (const node of nodes) {
      expect((await (await node.look()).keys('spread:record:*')).length).toBeGreaterThan(0)
    }
    expect((await store.list(owner)).length).toBe(30)
    expect(await store.destroyOwner(owner, keys[0])).toBe(29)
    expect((await store.list(owner)).map(({ key }) => key)).toEqual([keys[0]])
  })
})

describe('A Sentinel', () => {
  it('fails over: sessions are there afterwards, and new ones can be made', async () => {
    const [master, replica] = [await startRedis(), await startRedis()]
    const config = join(master.folder, 'sentinel.conf')
    const lines = [
      `monitor main 127.0.0.1 ${master.port} 1`,
      'down-after-milliseconds main 500',
      'failover-timeout main 5000',
    ]
    await writeFile(config, lines.map((line) => `sentinel ${line}\n`).join(''))
    await (await replica.look()).replicaOf('127.0.0.1', master.port)
    const replication = async () => String(await (await replica.look()).info('replication'))
    await expect.poll(replication, { timeout: 15_000 }).toContain('master_link_status:up')
    const sentinel = await startRedis(['--sentinel'], config)
    const client = createSentinel({
      name: 'main',
      sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel.port }],
    })
    try {
      const looker = await sentinel.look()
      const known = async () =>
        JSON.stringify(await looker.sendCommand(['SENTINEL', 'REPLICAS', 'main']))
      await expect.poll(known, { timeout: 15_000 }).toContain(String(replica.port))

      const store = redisStore({ client, warn: () => {} })
      const [key, record] = [newText(), newRecord({ owner: newText() })]
      expect(await store.create(key, record)).toBe('created')
      await (await master.look()).sendCommand(['WAIT', '1', '2000'])
      await master.kill()
      expect(await eventually(async () => store.load(key), 20_000)).toEqual(record)
      const next = { ...record, version: newText() }
      expect(await store.replace(key, next, record.version)).toBe('replaced')
      expect(await store.create(newText(), newRecord())).toBe('created')
      expect((await store.list(record.owner ?? '')).map((entry) => entry.key)).toEqual([key])
      expect(await replication()).toContain('role:master')
    } finally {
      await client.destroy()
      await Promise.all([sentinel, replica, master].map((server) => server.stop()))
    }
  }, 60_000)
})

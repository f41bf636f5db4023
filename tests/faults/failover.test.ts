import { Hono } from 'hono'
import { Cluster } from 'ioredis'
import { createCluster, createSentinel } from 'redis'
import { afterEach, describe, expect, it } from 'vitest'
import { session } from '../../packages/orbit/src/index.ts'
import { type RedisClient, redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { testClient } from '../../packages/orbit/src/testing/index.ts'
import { type RedisServer, startCluster, startRedis, startSentinel } from '../servers/redis.ts'

const ends: Array<() => unknown> = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const people = 30
/**
 * How long the copy of a write to a replica may take here, in milliseconds. Redis sends it after its response.
 */
const copiedWithin = 250
/**
 * Seconds from the promotion of the replica to the last 503: 1 to 4 on an idle machine, up to 15 on a busy one.
 */
const recoversWithin = 20

interface Fault {
  client: RedisClient
  /** Makes the master fail. */
  strike: () => unknown
  replica: RedisServer
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Signed-in users who write one number after the other, before, during and after the fault. */
async function underLoad({ client, strike, replica }: Fault) {
  const store = redisStore({ client })
  ends.push(() => store.close())
  const app = new Hono()
  app.use(session({ store, secret: 'a secret of the failover tests, long enough', csrf: false }))
  app.post('/sign-in', async (c) => {
    await c.get('session').signIn(crypto.randomUUID())
    return c.text('')
  })
  app.post('/write/:number', (c) => {
    const written = c.get('session').get<number[]>('written') ?? []
    c.get('session').put('written', [...written, Number(c.req.param('number'))])
    return c.text('')
  })
  app.get('/written', (c) => c.json(c.get('session').get<number[]>('written') ?? []))

  const acknowledged: Array<{ person: number; number: number; at: number }> = []
  let lastFailure = 0
  let isOver = false
  const all = await Promise.all(
    Array.from({ length: people }, async (_, person) => {
      const browser = testClient(app)
      expect((await browser.post('/sign-in')).status).toBe(200)
      const live = async () => {
        for (let number = 0; !isOver; number += 1) {
          const { status } = await browser.post(`/write/${number}`)
          if (status === 200) acknowledged.push({ person, number, at: performance.now() })
          else lastFailure = performance.now()
          expect([200, 503]).toContain(status)
          await pause(20)
        }
      }
      return { browser, person, live }
    }),
  )
  const lives = all.map(({ live }) => live())
  const role = async () => String(await (await replica.look()).info('replication'))
  await pause(1_500)
  const struckAt = performance.now()
  await strike()
  await expect.poll(role, { timeout: 20_000 }).toContain('role:master')
  const promotedAt = performance.now()
  // Requests in flight may wait for their time limit first, so their failures come after the promotion.
  const calmFor = () => performance.now() - Math.max(promotedAt, lastFailure)
  await expect.poll(calmFor, { timeout: 30_000 }).toBeGreaterThan(3_000)
  isOver = true
  await Promise.all(lives)

  const lost = await Promise.all(
    all.map(async ({ browser, person }) => {
      const response = await browser.get('/written')
      expect(response.status).toBe(200)
      const written = new Set<number>(await response.json())
      return acknowledged.filter((one) => one.person === person && !written.has(one.number))
    }),
  )
  const afterwards = acknowledged.filter(({ at }) => at > promotedAt)
  const seconds = (from: number) => Math.max(0, (lastFailure - from) / 1_000)
  return {
    acknowledged: acknowledged.length,
    afterwards: afterwards.length,
    lost: lost.flat().map(({ at }) => at - struckAt),
    secondsToFirstWrite: (Math.min(...afterwards.map(({ at }) => at)) - promotedAt) / 1_000,
    secondsToPromotion: (promotedAt - struckAt) / 1_000,
    secondsToLastFailure: seconds(struckAt),
    secondsFromPromotion: seconds(promotedAt),
  }
}

/**
 * Checks that all acknowledged writes are stored, except those that the server had not copied before the fault.
 */
async function expectHarmless(name: string, fault: Fault): Promise<void> {
  const found = await underLoad(fault)
  console.log(
    name,
    JSON.stringify(found, (_, value) => (value > 0 ? +value.toFixed(2) : value)),
  )
  for (const at of found.lost) {
    expect(at).toBeLessThan(copiedWithin)
    expect(at).toBeGreaterThan(-copiedWithin)
  }
  expect(found.lost.length).toBeLessThan(2 * people)
  expect(found.afterwards).toBeGreaterThan(people)
  expect(found.secondsFromPromotion).toBeLessThan(recoversWithin)
}

async function aCluster(open: (urls: string[]) => RedisClient) {
  const cluster = await startCluster({ masters: 3, hasReplicas: true })
  ends.push(() => cluster.stop())
  const [master] = cluster.masters
  const [replica] = cluster.replicas
  if (!master || !replica) throw new Error('The Cluster has no master or no replica.')
  return { client: open(cluster.masters.map(({ url }) => url)), master, replica }
}

function nodeRedis(urls: string[]): RedisClient {
  const client = createCluster({ rootNodes: urls.map((url) => ({ url })) })
  ends.push(() => client.destroy())
  return client
}

function ioredis(urls: string[]): RedisClient {
  const client = new Cluster(urls)
  client.on('error', () => {})
  ends.push(() => client.disconnect())
  return client
}

describe('Thirty users who write continue after a failover, and lose only the writes that Redis lost', () => {
  for (const [name, open] of [['redis', nodeRedis] as const, ['ioredis', ioredis] as const]) {
    it(`a master of a Cluster is killed: ${name}`, async () => {
      const { master, ...rest } = await aCluster(open)
      await expectHarmless(`Cluster, killed, ${name}`, { ...rest, strike: () => master.kill() })
    }, 120_000)

    it(`a master of a Cluster hangs: ${name}`, async () => {
      const { master, ...rest } = await aCluster(open)
      ends.push(() => master.continue())
      await expectHarmless(`Cluster, hung, ${name}`, { ...rest, strike: () => master.pause() })
    }, 120_000)
  }

  for (const how of ['killed', 'hung']) {
    it(`the master of a Sentinel is ${how}`, async () => {
      const [master, replica] = [await startRedis(), await startRedis()]
      await (await replica.look()).replicaOf('127.0.0.1', master.port)
      const replication = async () => String(await (await replica.look()).info('replication'))
      await expect.poll(replication, { timeout: 15_000 }).toContain('master_link_status:up')
      const sentinel = await startSentinel(master)
      ends.push(() => Promise.all([sentinel, replica, master].map((server) => server.stop())))
      const looker = await sentinel.look()
      const known = async () =>
        JSON.stringify(await looker.sendCommand(['SENTINEL', 'REPLICAS', 'main']))
      await expect.poll(known, { timeout: 15_000 }).toContain(String(replica.port))
      const client = createSentinel({
        name: 'main',
        sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel.port }],
      })
      ends.push(() => client.destroy())
      const strike = how === 'killed' ? () => master.kill() : () => master.pause()
      await expectHarmless(`Sentinel, ${how}`, { client, strike, replica })
    }, 120_000)
  }
})

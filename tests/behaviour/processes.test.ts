import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { chosen } from '../extent.ts'
import { type Server, startServer } from '../guide/server.ts'
import { Client } from '../hono/client.ts'
import { type AsOneFile, asOneFile } from '../servers/as-one-file.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type SqlServer, startMariadb, startPostgres } from '../servers/sql.ts'
import { nodeWithSqlite } from '../stores/sqlite/runtimes.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

let app: AsOneFile
let redis: RedisServer
const databases = new Map<Driver, SqlServer>()
let place: string
const running: Server[] = []

beforeAll(async () => {
  app = await asOneFile(new URL('./app.ts', import.meta.url))
  redis = await startRedis()
  if (tried.includes('postgres')) databases.set('postgres', await startPostgres())
  if (tried.includes('mariadb')) databases.set('mariadb', await startMariadb())
}, 60_000)
afterAll(async () => {
  for (const server of databases.values()) await server.stop()
  await redis.stop()
  await app.remove()
})
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'gravito-processes-'))
  await (await redis.look()).flushAll()
})
afterEach(async () => {
  await stopAll()
  await rm(place, { recursive: true })
})

const drivers = ['file', 'redis', 'sqlite', 'postgres', 'mariadb', 'cache-redis'] as const
type Driver = (typeof drivers)[number]
const tried = chosen('behaviour/processes', drivers)

async function start(driver: Driver): Promise<Server> {
  const command = driver === 'sqlite' ? nodeWithSqlite() : process.execPath
  const isFolder = driver === 'file' || driver === 'sqlite'
  const where = isFolder ? place : (databases.get(driver)?.url ?? redis.url)
  const args = [app.file, driver, where]
  const server = await startServer(() => ({ command, args, cwd: here }))
  running.push(server)
  return server
}

async function startTwo(driver: Driver): Promise<[Server, Server]> {
  return Promise.all([start(driver), start(driver)])
}

async function stopAll(): Promise<void> {
  for (const server of running.splice(0)) await server.stop()
}

/** A browser that has signed in at this server. */
async function signedIn(server: Server, as: string): Promise<Client> {
  const client = new Client(fetch, server.url)
  await client.get('/me')
  const answer = await client.post(`/login?as=${as}`)
  expect(answer.status, server.output()).toBe(200)
  return client
}

/** The same browser, with another process for its next request. */
function at(server: Server, client: Client): Client {
  return client.copy(fetch, server.url)
}

describe.each(tried)('two processes on one %s, without a configured secret', (driver) => {
  it('share their sessions: a user who signs in with one is signed in with the other', async () => {
    const [one, other] = await startTwo(driver)
    const ada = await signedIn(one, 'ada')
    const grace = await signedIn(other, 'grace')

    expect(await at(other, ada).json('/me')).toEqual({ userId: 'ada' })
    expect(await at(one, grace).json('/me')).toEqual({ userId: 'grace' })
    expect((await at(other, ada).post('/visit')).status).toBe(200)
  })

  it('count all 100 of 100 overlapping increments', async () => {
    const both = await startTwo(driver)
    const ada = await signedIn(both[0], 'ada')

    const visits = Array.from({ length: 50 }, () => both.map((server) => at(server, ada))).flat()
    const answers = await Promise.all(visits.map((visit) => visit.post('/visit')))

    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200))
    expect(await ada.json('/me')).toEqual({ userId: 'ada', visits: 100 })
  })

  it('keep all users signed in after both restart', async () => {
    const ada = await signedIn((await startTwo(driver))[0], 'ada')
    await ada.post('/visit')
    await stopAll()

    for (const server of await startTwo(driver)) {
      const again = at(server, ada)
      expect(await again.json('/me')).toMatchObject({ userId: 'ada' })
      expect((await again.post('/visit')).status).toBe(200)
    }
  })
})

describe.each(['redis', 'cache-redis'] as const)(
  'after the server of %s lost its data',
  (driver) => {
    async function empty(): Promise<void> {
      await (await redis.look()).flushAll()
    }

    const foreignId = `s.${'A'.repeat(43)}.${'A'.repeat(16)}.${'A'.repeat(43)}`

    /** Sends an unknown id, which makes the processes look for the secret again, at most once a second. */
    async function meetStranger(...servers: Server[]): Promise<void> {
      for (const server of servers) {
        await fetch(`${server.url}/skip?seconds=2`)
        await fetch(`${server.url}/me`, { headers: { Cookie: `session=${foreignId}` } })
      }
    }

    async function knows(server: Server, client: Client): Promise<boolean> {
      const data = await at(server, client).json('/me')
      return typeof data === 'object' && data !== null && 'userId' in data
    }

    it('users become visitors, and can sign in again at once', async () => {
      const [one, other] = await startTwo(driver)
      const ada = await signedIn(one, 'ada')
      expect(await knows(other, ada)).toBe(true)
      await empty()

      for (const server of [one, other]) {
        const answer = await at(server, ada).get('/me')
        expect(answer.status).toBe(200)
        expect(await answer.json()).toEqual({})
      }
      expect((await ada.post('/visit')).status).toBe(403)
      await ada.get('/me')
      expect((await ada.post('/login?as=ada')).status).toBe(200)
      expect(await at(other, ada).json('/me')).toEqual({ userId: 'ada' })
    })

    it('a process that starts later gets the secret that the others restore', async () => {
      const [one, other] = await startTwo(driver)
      const ada = await signedIn(one, 'ada')
      await empty()
      await ada.get('/me')
      expect((await ada.post('/login?as=ada')).status).toBe(200)
      const looker = await redis.look()
      expect(await looker.keys('*secret*')).toEqual([])
      await meetStranger(one)
      expect(await looker.keys('*secret*')).toHaveLength(1)

      const late = await start(driver)

      expect(await at(late, ada).json('/me')).toEqual({ userId: 'ada' })
      const grace = await signedIn(late, 'grace')
      for (const server of [one, other]) {
        expect(await at(server, grace).json('/me')).toEqual({ userId: 'grace' })
      }
    })

    it('all processes accept the secret of a process that has started in the meantime', async () => {
      const [one, other] = await startTwo(driver)
      await signedIn(one, 'ada')
      await signedIn(other, 'ada')
      await empty()
      const late = await start(driver)
      const grace = await signedIn(late, 'grace')
      const ada = await signedIn(one, 'ada')
      await meetStranger(one, other)

      for (const server of [one, other]) expect(await knows(server, grace)).toBe(true)
      // A user who signed in under the old secret gets a cookie that is signed with the new one.
      await ada.get('/me')
      for (const server of [one, other, late]) {
        expect(await at(server, ada).json('/me')).toEqual({ userId: 'ada' })
        const barbara = await signedIn(server, 'barbara')
        for (const any of [one, other, late]) expect(await knows(any, barbara)).toBe(true)
      }
    })
  },
)

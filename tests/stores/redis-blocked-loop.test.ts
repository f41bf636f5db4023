import { session } from '@gravito/orbit'
import { createCache } from '@gravito/stasis'
import { Hono } from 'hono'
import { createClient } from 'redis'
import { afterEach, describe, expect, it } from 'vitest'
import { standStill } from '../../packages/orbit/src/stand-still.fixture.ts'
import { cacheStore } from '../../packages/orbit/src/stores/cache.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import type { SessionStore } from '../../packages/orbit/src/stores/store.ts'
import { Client } from '../hono/client.ts'
import { arrived, signedIn } from '../hono/setting.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'

const ends: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function aServer(): Promise<RedisServer> {
  const server = await startRedis()
  ends.push(() => server.stop())
  return server
}

const stores: Record<string, (url: string) => SessionStore> = {
  redis: (url) => redisStore({ url }),
  'a client of the app': (url) => {
    const client = createClient({ url, disableOfflineQueue: true })
    ends.push(async () => client.destroy())
    return redisStore({ client })
  },
  cache(url) {
    const cache = createCache({ stores: { redis: { driver: 'redis', url } } })
    ends.push(async () => cache.close())
    return cacheStore(cache)
  },
}

function anApp(store: SessionStore): Hono {
  const sessions = session({ store, secret: 'a secret of the test, of 32 bytes' })
  ends.push(() => sessions.close())
  const app = new Hono()
  app.use(sessions)
  app.get('/me', (c) => c.json(c.get('session').get('userId') ?? null))
  app.post('/login', (c) => {
    c.get('session').put('userId', c.req.query('as'))
    return c.text('in')
  })
  app.post('/count', (c) => c.text(String(c.get('session').increment('count'))))
  return app
}

/** Resolves when the requests have called the store and no response has arrived. */
const sent = () => new Promise((resolve) => setImmediate(resolve))

describe.each(Object.entries(stores))(
  'A process whose event loop is blocked, with %s',
  (_, storeAt) => {
    it('fails no request in flight, and none after the block', async () => {
      const store = storeAt((await aServer()).url)
      const app = anApp(store)
      const reader = await signedIn(new Client(app))
      const visitors = await Promise.all(Array.from({ length: 5 }, () => arrived(new Client(app))))
      const read = () => Array.from({ length: 10 }, () => reader.get('/me'))
      const underWay = [
        ...read(),
        ...Array.from({ length: 5 }, () => reader.post('/count')),
        ...visitors.map((visitor, place) => visitor.post(`/login?as=${place}`)),
      ]
      await sent()
      standStill(2_300)
      const statuses = async (requests: Array<Promise<Response>>) =>
        (await Promise.all(requests)).map(({ status }) => status)
      expect(await statuses(underWay)).toEqual(Array(20).fill(200))
      expect(await statuses(read())).toEqual(Array(10).fill(200))
      expect(await reader.json('/me')).toBe('ada')
    })

    it('fails no request if it is blocked while it connects', async () => {
      const app = anApp(storeAt((await aServer()).url))
      const visitor = await arrived(new Client(app))
      const first = visitor.post('/login?as=ada')
      await sent()
      standStill(1_200)
      expect((await first).status).toBe(200)
    })
  },
)

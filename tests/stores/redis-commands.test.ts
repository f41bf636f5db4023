import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SessionOptions, session } from '../../packages/orbit/src/index.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import type { CheckedStore, SessionRecord } from '../../packages/orbit/src/stores/store.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { aSession, commandsOf, newRecord, newText } from './redis-setting.ts'

let server: RedisServer
let store: CheckedStore

beforeAll(async () => {
  server = await startRedis()
  store = redisStore({ url: server.url })
  await store.ready()
})
afterAll(async () => {
  await store.close()
  await server.stop()
})

describe('What the driver sends to Redis', () => {
  it('a read is one plain GET', async () => {
    const { key } = await aSession(store)
    expect(await commandsOf(server, async () => store.load(key))).toEqual(['GET'])
  })

  it('a write is one command, if it creates, replaces, removes, or loses the race', async () => {
    const [key, record, next] = [newText(), newRecord(), newRecord()]
    const sent = (version: string | undefined, record: SessionRecord | undefined) =>
      commandsOf(server, async () => store.compareAndSet(key, version, record))
    expect(await sent(undefined, record)).toEqual(['EVALSHA'])
    expect(await sent(record.version, next)).toEqual(['EVALSHA'])
    expect(await sent(record.version, next)).toEqual(['EVALSHA'])
    expect(await sent(next.version, undefined)).toEqual(['EVALSHA'])
  })

  it('a script that the server has lost is sent again, once', async () => {
    const [key, record] = [newText(), newRecord()]
    await (await server.look()).scriptFlush()
    const put = async () => expect(await store.compareAndSet(key, undefined, record)).toBe(true)
    expect(await commandsOf(server, put)).toEqual(['EVALSHA', 'EVAL'])
    const other = newRecord()
    const again = async () => expect(await store.compareAndSet(key, undefined, other)).toBe(false)
    expect(await commandsOf(server, again)).toEqual(['EVALSHA'])
  })

  it('a write that a client sends twice after a lost response is done once', async () => {
    const [key, one, two] = [newText(), newRecord(), newRecord()]
    for (const [version, next] of [[undefined, one] as const, [one.version, two] as const]) {
      expect(await store.compareAndSet(key, version, next)).toBe(true)
      expect(await store.compareAndSet(key, version, next)).toBe(true)
    }
    expect(await store.compareAndSet(key, undefined, one)).toBe(false)
    expect(await store.load(key)).toEqual(two)
  })

  it('connecting sends nothing, and a first request sends only GET and the script', async () => {
    const other = redisStore({ url: server.url, timeoutMs: 999 })
    const sent = await commandsOf(server, () => aSession(other))
    expect(sent).toEqual(['EVALSHA'])
    await other.close()
  })
})

describe.each<[string, SessionOptions]>([
  ['by default', {}],
  ['with devices and versions of users', { devices: true, ownerVersion: () => 'first' }],
])('The number of Redis commands in a request, %s', (_, options) => {
  const app = new Hono()
  let cookies = ''

  beforeAll(() => {
    const secret = 'a secret of the test, of 32 bytes'
    app.use(session({ store, secret, csrf: { enabled: false }, ...options }))
    app.get('/read', (c) => c.json(c.get('session').get('userId') ?? null))
    app.post('/login', (c) => {
      c.get('session').put('userId', 7)
      return c.text('in')
    })
    app.post('/write', (c) => {
      c.get('session').increment('clicks')
      return c.text('written')
    })
  })

  async function ask(path: string, method = 'GET'): Promise<string> {
    const response = await app.request(`http://localhost${path}`, {
      method,
      headers: { Cookie: cookies, 'Sec-Fetch-Site': 'same-origin' },
    })
    expect(response.status).toBe(200)
    for (const cookie of response.headers.getSetCookie()) cookies = cookie.split(';')[0] ?? ''
    return response.text()
  }

  it('is zero for a visitor who reads', async () => {
    expect(await commandsOf(server, () => ask('/read'))).toEqual([])
  })

  it('is at most six for a sign-in', async () => {
    expect((await commandsOf(server, () => ask('/login', 'POST'))).length).toBeLessThanOrEqual(6)
  })

  it('is one for a signed-in read', async () => {
    const read = async () => expect(await ask('/read')).toBe('7')
    expect(await commandsOf(server, read)).toEqual(['GET'])
  })

  it('is two for a signed-in write', async () => {
    expect(await commandsOf(server, () => ask('/write', 'POST'))).toEqual(['GET', 'EVALSHA'])
  })
})

import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { session } from '../../packages/orbit/src/index.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import type { SessionStore } from '../../packages/orbit/src/stores/store.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { commandsOf, newRecord, newText } from './redis-setting.ts'

let server: RedisServer
let store: SessionStore

beforeAll(async () => {
  server = await startRedis()
  store = redisStore({ url: server.url })
  await store.ready?.()
})
afterAll(async () => {
  await store.close()
  await server.stop()
})

describe('What the driver sends to Redis', () => {
  it('a read is one plain GET', async () => {
    const key = newText()
    await store.create(key, newRecord())
    expect(await commandsOf(server, async () => store.load(key))).toEqual(['GET'])
  })

  it('a write is one command more', async () => {
    const [key, record] = [newText(), newRecord({ owner: newText() })]
    await store.create(key, record)
    const sent = await commandsOf(server, async () => {
      await store.load(key)
      await store.replace(key, { ...record, version: newText() }, record.version)
    })
    expect(sent).toEqual(['GET', 'EVALSHA'])
  })

  it('a touch is one command, and so is the first write of a visitor', async () => {
    const [key, record] = [newText(), newRecord()]
    expect(await commandsOf(server, async () => store.create(key, record))).toEqual(['EVALSHA'])
    const touch = async () => store.touch(key, record.version, Date.now(), record.expiresAt + 1)
    expect(await commandsOf(server, touch)).toEqual(['EVALSHA'])
  })

  it('a session that moves to a new id takes at most six', async () => {
    const owner = newText()
    const [old, next] = [newText(), newText()]
    const [record, moved] = [newRecord({ owner }), newRecord({ owner })]
    await store.create(old, record)
    const successor = { key: next, birth: moved.birth }
    const sent = await commandsOf(server, async () => {
      await store.load(old)
      await store.create(next, moved)
      await store.replace(old, { ...record, version: newText(), successor }, record.version)
    })
    expect(sent.length).toBeLessThanOrEqual(6)
  })

  it('a script that the server forgot is sent again, once', async () => {
    const [key, record] = [newText(), newRecord()]
    await (await server.look()).scriptFlush()
    const create = async () => expect(await store.create(key, record)).toBe('created')
    expect(await commandsOf(server, create)).toEqual(['EVALSHA', 'EVAL'])
    const again = async () => expect(await store.create(key, record)).toBe('exists')
    expect(await commandsOf(server, again)).toEqual(['EVALSHA'])
    await store.replace(key, record, record.version)
  })
})

describe('What a request of an app costs on Redis', () => {
  const app = new Hono()
  let cookies = ''

  beforeAll(() => {
    app.use(
      session({ store, secret: 'a secret of the test, of 32 bytes', csrf: { enabled: false } }),
    )
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

  it('a visitor who reads costs nothing', async () => {
    expect(await commandsOf(server, () => ask('/read'))).toEqual([])
  })

  it('a sign-in costs at most six commands', async () => {
    expect((await commandsOf(server, () => ask('/login', 'POST'))).length).toBeLessThanOrEqual(6)
  })

  it('a signed-in read costs one', async () => {
    const read = async () => expect(await ask('/read')).toBe('7')
    expect(await commandsOf(server, read)).toEqual(['GET'])
  })

  it('a signed-in write costs one more', async () => {
    expect(await commandsOf(server, () => ask('/write', 'POST'))).toEqual(['GET', 'EVALSHA'])
  })
})

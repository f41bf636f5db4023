import { Redis, type RedisConfigNodejs } from '@upstash/redis'
import { Redis as RedisOfWorkers } from '@upstash/redis/cloudflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { chosen } from '../extent.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { startUpstash, token, type UpstashFront } from '../servers/upstash.ts'
import { aSession, newRecord, newText, twoStores } from './redis-setting.ts'

let server: RedisServer
let front: UpstashFront

beforeAll(async () => {
  server = await startRedis()
  front = await startUpstash(server)
})
afterAll(async () => {
  await front?.stop()
  await server?.stop()
})

const open = (options: Partial<RedisConfigNodejs> = {}) =>
  new Redis({ url: front.url, token, enableTelemetry: false, ...options })

/** The ways in which apps create a client. */
const clients = {
  'with its default options': () => open(),
  'without pipelines and base64': () =>
    open({ enableAutoPipelining: false, responseEncoding: false }),
  'without parsing, keep-alive and retries': () =>
    open({ automaticDeserialization: false, keepAlive: false, retry: false }),
  'for Workers': () => new RedisOfWorkers({ url: front.url, token, enableTelemetry: false }),
}

describe.each(chosen('stores/upstash', Object.entries(clients)))(
  'A client of @upstash/redis, %s',
  (_, make) => {
    describeSessionStore('redis', ({ now }) => twoStores(server, { client: make(), now }), {
      describe,
      it,
    })

    it('passes the check at boot', async () => {
      const warnings: string[] = []
      const store = redisStore({ client: make(), warn: (message) => warnings.push(message) })
      await store.ready()
      expect(warnings).toEqual([])
    })

    it('lists its keys', async () => {
      const store = redisStore({ client: make(), prefix: `${newText()}:` })
      const keys = [...Array.from({ length: 60 }, newText), '1234567', 'null']
      await Promise.all(keys.map((key) => store.compareAndSet(key, undefined, newRecord())))
      const seen: string[] = []
      for await (const key of store.keys()) seen.push(key)
      expect(seen.sort()).toEqual(keys.sort())
    })

    it.each(['null', '12', '{"version":"x"}', '"orbit1:v:::payload"', '', 'OK'])(
      'reads %j as a value that is not a record',
      async (value) => {
        const [key, prefix, next] = [newText(), `${newText()}:`, newRecord()]
        const store = redisStore({ client: make(), prefix })
        await (await server.look()).set(prefix + key, value)
        expect(await store.load(key)).toEqual({ version: '', payload: '' })
        expect(await store.compareAndSet(key, undefined, next)).toBe(false)
        expect(await store.compareAndSet(key, '', next)).toBe(true)
        expect(await store.load(key)).toEqual(next)
      },
    )
  },
)

describe('What the driver sends to Upstash', () => {
  it('is one request for a read, and one for a write', async () => {
    const store = redisStore({ client: open() })
    const { key, record } = await aSession(store)
    front.commands()
    await store.load(key)
    expect(front.commands()).toEqual(['EVAL'])
    await store.compareAndSet(key, record.version, newRecord())
    expect(front.commands()).toEqual(['EVALSHA'])
  })

  it('does not change the client of the app', async () => {
    const client = open()
    await aSession(redisStore({ client }))
    expect(await client.set('mine', { a: 1 })).toBe('OK')
    expect(await client.get('mine')).toEqual({ a: 1 })
  })

  it('goes through the requester of the app', async () => {
    const sent: unknown[] = []
    const client = new Redis({
      async request({ body }) {
        sent.push(body)
        const headers = { Authorization: `Bearer ${token}` }
        const text = JSON.stringify(body)
        const response = await fetch(front.url, { method: 'POST', headers, body: text })
        return Object(await response.json())
      },
    })
    const store = redisStore({ client, prefix: `${newText()}:` })
    const { key, record } = await aSession(store)
    expect(await store.load(key)).toEqual(record)
    expect(sent.length).toBeGreaterThan(1)
  })
})

describe('A client that is not from @upstash/redis', () => {
  it('is refused if it has no requester', () => {
    const client = { get() {}, eval() {}, evalsha() {}, scan() {}, createScript() {} }
    expect(() => redisStore({ client: Object(client) })).toThrow(/is not a client/)
  })
})

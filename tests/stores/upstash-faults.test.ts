import { Redis } from '@upstash/redis'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type SessionEvent, session } from '../../packages/orbit/src/index.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { Client, setCookieNames } from '../hono/client.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type Fault, startUpstash, token, type UpstashFront } from '../servers/upstash.ts'
import { newText } from './redis-setting.ts'

let server: RedisServer
let front: UpstashFront
let prefix: string
const ends: Array<() => unknown> = []

beforeAll(async () => {
  // The server need not wait for more replicas before it sends its data.
  server = await startRedis(['--repl-diskless-sync-delay', '0'])
  front = await startUpstash(server)
})
beforeEach(() => {
  prefix = `${newText()}:`
})
afterEach(async () => {
  front.fail([])
  for (const end of ends.splice(0)) await end()
})
afterAll(async () => {
  await front?.stop()
  await server?.stop()
})

const limitMs = 400
/** Additional time for a machine that also runs other suites. */
const margin = 900
const isWrite = (name: string) => name === 'EVALSHA'

/** An instance of the app, with the default client of `@upstash/redis`, which makes up to five retries. */
function instance(url = front.url, timeoutMs = 5_000) {
  return instanceWith(new Redis({ url, token, enableTelemetry: false }), timeoutMs)
}

function instanceWith(client: Redis, timeoutMs = 5_000) {
  const events: SessionEvent[] = []
  const logged: string[] = []
  const log = (message: string) => void logged.push(message)
  const store = redisStore({ client, prefix, timeoutMs })
  const middleware = session({
    store,
    secret: 'a secret of the tests, long enough for HMAC',
    onEvent: (event) => void events.push(event),
    logger: { warn: log, error: log },
  })
  ends.push(() => middleware.close())
  const app = new Hono()
  app.get('/free', (c) => c.text('free'))
  app.use(middleware)
  app.get('/me', (c) => c.json(c.get('session').all()))
  app.post('/login', (c) => {
    c.get('session').signIn('ada')
    c.get('session').put('letter', 'a "private" letter')
    return c.text('done')
  })
  app.post('/count', (c) => c.json(c.get('session').increment('count')))
  app.post('/logout', (c) => {
    c.get('session').signOut()
    return c.text('done')
  })
  const told = () => JSON.stringify([events, logged])
  return { app, store, told, logged }
}

async function signedIn(app: Hono): Promise<Client> {
  const client = new Client(app)
  await client.get('/me')
  expect((await client.post('/login')).status).toBe(200)
  return client
}

const countOf = async (client: Client) => Object(await client.json('/me')).count ?? 0

describe('When the response is lost after Upstash has executed the command', () => {
  it('a write counts once', async () => {
    const ada = await signedIn(instance().app)
    for (const fault of [{ kind: 'lost' }, { kind: 'cut' }] as const) {
      const before = await countOf(ada)
      front.fail([fault], isWrite)
      expect((await ada.post('/count')).status).toBe(200)
      expect(await countOf(ada)).toBe(before + 1)
    }
  })

  it('a write fails with 503 and is not repeated, if another instance has written since', async () => {
    const ada = await signedIn(instance().app)
    const elsewhere = ada.copy(instance().app)
    await elsewhere.post('/count')
    const meanwhile = async () => {
      expect((await elsewhere.post('/count')).status).toBe(200)
    }
    front.fail([{ kind: 'lost', meanwhile }], isWrite)
    const response = await ada.post('/count')
    // Nobody can tell whether the write was done, so it is not repeated.
    expect(response.status).toBe(503)
    expect(setCookieNames(response)).toEqual([])
    expect(await countOf(elsewhere)).toBe(3)
  })

  it('a sign-out ends the session', async () => {
    const ada = await signedIn(instance().app)
    const old = ada.copy()
    front.fail([{ kind: 'lost' }, { kind: 'lost' }], isWrite)
    await ada.post('/logout')
    expect(await old.json('/me')).toEqual({})
  })
})

describe('A connection that the server has closed', () => {
  it('is opened again, for a read and for a write', async () => {
    const ada = await signedIn(instance().app)
    front.fail([{ kind: 'closed' }])
    expect(await ada.json('/me')).toMatchObject({ userId: 'ada' })
    front.fail([{ kind: 'closed' }], isWrite)
    expect((await ada.post('/count')).status).toBe(200)
    expect(await countOf(ada)).toBe(1)
  })

  it('makes the request fail with 503 if it breaks again, and signs nobody out', async () => {
    const ada = await signedIn(instance().app)
    front.fail([{ kind: 'closed' }, { kind: 'closed' }])
    const response = await ada.get('/me')
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '1'])
    expect(await ada.json('/me')).toMatchObject({ userId: 'ada' })
  })
})

const refusals: readonly (readonly [string, number, string, RegExp])[] = [
  ['401', 401, '{"error":"WRONGPASS invalid or missing auth token"}', /refuses the token/],
  ['429', 429, '{"error":"ERR max requests limit exceeded. Limit: 1, Usage: 1."}', /max requests/],
  ['500', 500, '{"error":"ERR internal error"}', /internal error/],
  ['a page of a proxy', 502, '<html><h1>Bad Gateway</h1></html>', /not JSON/],
  ['a page of a portal', 200, '<html><h1>Welcome</h1></html>', /not JSON/],
]

describe('An error response of Upstash', () => {
  it.each(refusals)(
    'makes requests fail with 503 and signs nobody out: %s',
    async (_, status, body, reason) => {
      const { app, told, logged } = instance()
      const ada = await signedIn(app)
      const fault: Fault = { kind: 'refused', status, body }
      for (const ask of [
        () => ada.get('/me'),
        () => ada.post('/count'),
        () => ada.post('/logout'),
      ]) {
        front.fail([fault, fault, fault])
        const response = await ask()
        expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '1'])
        expect(setCookieNames(response)).toEqual([])
      }
      expect(logged.join('\n')).toMatch(reason)
      front.fail([])
      await expect.poll(() => ada.json('/me')).toMatchObject({ userId: 'ada' })
      expect(told()).not.toMatch(/private|orbit1:|the-token/)
    },
  )

  it.each(refusals)(
    'to a write is logged without the record: %s',
    async (_, status, body, reason) => {
      const { app, told, logged } = instance()
      const ada = await signedIn(app)
      front.fail([{ kind: 'refused', status, body }], isWrite)
      expect((await ada.post('/count')).status).toBe(503)
      expect(logged.join('\n')).toMatch(reason)
      expect(told()).not.toMatch(/private|letter|orbit1:|the-token/)
      expect(told()).not.toContain(Buffer.from('orbit1:').toString('base64').slice(0, 8))
    },
  )

  it('that contains half of a record is logged without it', async () => {
    const { app, told, logged } = instance()
    const ada = await signedIn(app)
    front.fail([{ kind: 'cut' }])
    expect((await ada.get('/me')).status).toBe(503)
    expect(logged.join('\n')).toMatch(/not JSON/)
    expect(told()).not.toContain(Buffer.from('orbit1:').toString('base64').slice(0, 8))
  })

  it('about the token is logged at boot, and the app still boots', async () => {
    const warnings: string[] = []
    const client = new Redis({ url: front.url, token: 'a-wrong-token', enableTelemetry: false })
    await redisStore({ client, warn: (message) => warnings.push(message) }).ready()
    expect(warnings).toEqual([expect.stringMatching(/Upstash refuses the token: WRONGPASS/)])
    expect(warnings.join()).not.toContain('a-wrong-token')
  })
})

describe('Upstash that does not respond', () => {
  it('makes requests fail with 503 within the time limit, then at once, but not those that need no session', async () => {
    const ada = await signedIn(instance(front.url, limitMs).app)
    front.fail(Array.from({ length: 20 }, () => ({ kind: 'silence' })))
    const timed = async (asking: Promise<Response>) => {
      const began = performance.now()
      const { status } = await asking
      return { status, ms: performance.now() - began }
    }
    const first = await timed(ada.post('/count'))
    expect(first.status).toBe(503)
    expect(first.ms).toBeLessThan(limitMs + margin)
    const next = await timed(ada.get('/me'))
    expect(next.status).toBe(503)
    expect(next.ms).toBeLessThan(margin)
    expect((await ada.get('/free')).status).toBe(200)
    front.fail([])
    await expect.poll(async () => (await ada.get('/me')).status).toBe(200)
    // No write was done later in the background.
    expect(await countOf(ada)).toBe(0)
  })

  it('makes a write fail with 503 within the time limit, and does not execute it later', async () => {
    const ada = await signedIn(instance(front.url, limitMs).app)
    front.fail([{ kind: 'silence' }], isWrite)
    expect((await ada.post('/count')).status).toBe(503)
    await expect.poll(async () => (await ada.get('/me')).status).toBe(200)
    expect(await countOf(ada)).toBe(0)
  })

  it('makes a call fail after its retry, without further attempts in the background', async () => {
    const { store } = instance()
    front.commands()
    front.fail([{ kind: 'closed' }, { kind: 'closed' }])
    await expect(Promise.resolve(store.load('a'))).rejects.toThrow()
    await store.load('b')
    expect(front.commands()).toEqual(['EVAL', 'EVAL', 'EVAL'])
  })
})

describe('An AbortSignal of the app', () => {
  it('that was aborted does not sign users out', async () => {
    const ada = await signedIn(instance().app)
    const signal = AbortSignal.abort()
    const client = new Redis({ url: front.url, token, enableTelemetry: false, signal })
    const again = ada.copy(instanceWith(client).app)
    expect(await again.json('/me')).toMatchObject({ userId: 'ada' })
  })
})

describe('A stale replica', () => {
  it('shows nobody a session that has ended', async () => {
    const replica = await startRedis()
    ends.push(() => replica.stop())
    const looker = await replica.look()
    await looker.replicaOf('127.0.0.1', server.port)
    const writer = await server.look()
    const both = await startUpstash(server, replica)
    ends.unshift(() => both.stop())
    const ada = await signedIn(instance(both.url).app)
    await expect.poll(() => writer.wait(1, 1_000), { timeout: 15_000 }).toBe(1)
    // From now on, the replica gets no writes.
    await looker.sendCommand(['REPLICAOF', 'NO', 'ONE'])

    const elsewhere = ada.copy(instance(both.url).app)
    expect(await elsewhere.json('/me')).toMatchObject({ userId: 'ada' })
    await ada.post('/logout')

    expect(await elsewhere.json('/me')).toEqual({})
  })
})

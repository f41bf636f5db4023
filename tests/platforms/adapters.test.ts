import { PassThrough } from 'node:stream'
import { Redis } from '@upstash/redis'
import { Hono } from 'hono'
import { streamHandle } from 'hono/aws-lambda'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { memoryStore, type SessionStore, session } from '../../packages/orbit/src/index.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { Client, setCookieNames, setCookies } from '../hono/client.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { startUpstash, token, type UpstashFront } from '../servers/upstash.ts'
import {
  clientAddress,
  functionUrl,
  type Gateway,
  lambdaEdge,
  loadBalancer,
  netlify,
  restApi,
  vercel,
} from './gateways.ts'

const origin = 'https://shop.example'
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

let server: RedisServer
let front: UpstashFront

beforeAll(async () => {
  vi.stubEnv('NODE_ENV', 'production')
  server = await startRedis()
  front = await startUpstash(server)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await front?.stop()
  await server?.stop()
})

/** The store that several instances of a function share. */
const shared = () =>
  redisStore({ client: new Redis({ url: front.url, token, enableTelemetry: false }) })

/** @param trustProxy the number of proxies that the adapter does not handle */
function anApp(trustProxy = 0, store: SessionStore = memoryStore()) {
  const app = new Hono()
  const middleware = session({
    secret: 'a secret of the tests, long enough for HMAC',
    store,
    devices: { address: 'full', trustProxy },
  })
  app.use(middleware)
  app.get('/me', (c) => {
    c.header('Set-Cookie', 'theme=dark', { append: true })
    return c.json({ userId: c.get('session').userId ?? null, page: c.req.query('page') ?? null })
  })
  app.get('/token', (c) => c.text(c.get('csrf').token()))
  app.post('/login', (c) => {
    c.get('session').signIn('ada')
    return c.text('done')
  })
  app.post('/note', async (c) => {
    const { note } = await c.req.parseBody()
    c.get('session').put('note', String(note))
    return c.json({ note })
  })
  app.post('/logout', (c) => {
    c.get('session').signOut()
    return c.text('done')
  })
  return { app, sessions: middleware.sessions }
}

interface Platform {
  readonly gateway: (app: Hono) => Gateway
  readonly trustProxy?: number
}

const platforms: Record<string, Platform> = {
  'AWS Lambda behind an HTTP API or a function URL': { gateway: functionUrl },
  'AWS Lambda behind a REST API': { gateway: restApi },
  'AWS Lambda behind a load balancer with multi-value headers': {
    gateway: (app) => loadBalancer(app, true),
    trustProxy: 1,
  },
  'Lambda@Edge': { gateway: lambdaEdge },
  'Vercel and Next.js': { gateway: vercel, trustProxy: 1 },
  Netlify: { gateway: netlify },
}

describe.each(Object.entries(platforms))('%s', (_, { gateway, trustProxy }) => {
  const opened = () => {
    const { app, sessions } = anApp(trustProxy)
    return { sessions, ada: new Client((request) => gateway(app).fetch(request), origin) }
  }

  it('sends all cookies of a response, Secure and with the prefix', async () => {
    const { ada } = opened()
    const response = await ada.get('/me?page=2')
    expect(await response.json()).toEqual({ userId: null, page: '2' })
    expect(setCookieNames(response)).toEqual(['XSRF-TOKEN', '__Host-session', 'theme'])
    const ourCookies = setCookies(response).filter(({ name }) => name !== 'theme')
    for (const { attributes } of ourCookies) expect([...attributes.keys()]).toContain('secure')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
  })

  it('signs in, records the device, and signs out', async () => {
    const { ada, sessions } = opened()
    await ada.get('/me')
    expect((await ada.post('/login')).status).toBe(200)
    expect(await ada.json('/me')).toMatchObject({ userId: 'ada' })
    const [listed] = await sessions.of('ada').list()
    expect(listed?.device?.address).toBe(clientAddress)

    const response = await ada.post('/logout')
    expect(setCookieNames(response)).toEqual(['XSRF-TOKEN', '__Host-session'])
    expect(await ada.json('/me')).toMatchObject({ userId: null })
  })

  it('shares sessions between two instances with the same Upstash database', async () => {
    const [one, other] = [shared(), shared()].map((store) => gateway(anApp(trustProxy, store).app))
    const ada = new Client((request) => one?.fetch(request) ?? Response.error(), origin)
    await ada.get('/me')
    expect((await ada.post('/login')).status).toBe(200)
    const elsewhere = ada.copy((request) => other?.fetch(request) ?? Response.error())
    expect(await elsewhere.json('/me')).toMatchObject({ userId: 'ada' })
    expect((await elsewhere.post('/logout')).status).toBe(200)
    expect(await ada.json('/me')).toMatchObject({ userId: null })
  })

  it('forwards the forms of pages, and their origin', async () => {
    const { ada } = opened()
    await ada.get('/me')
    const body = `_token=${encodeURIComponent(ada.token)}&note=caf%C3%A9+%26+tea`
    const post = (headers: Record<string, string>, text = body) =>
      ada.send('POST', '/note', { headers: { ...form, ...headers }, body: text })

    expect(await (await post({ Origin: origin })).json()).toEqual({ note: 'café & tea' })
    expect((await post({}, 'note=a')).status).toBe(403)
    expect((await post({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
    expect((await post({ Origin: 'http://shop.example' })).status).toBe(403)
  })
})

describe('AWS Lambda behind a load balancer without multi-value headers', () => {
  it('loses all cookies of a response except the first one, the cookie of the session', async () => {
    const { app } = anApp(1)
    const gateway = loadBalancer(app, false)
    const ada = new Client((request) => gateway.fetch(request), origin)
    const response = await ada.get('/token')
    expect(setCookieNames(response)).toEqual(['__Host-session'])
    // A page that gets its token from the server works. A script cannot read the token, because its cookie is
    // lost.
    const body = `_token=${encodeURIComponent(await response.text())}&note=a`
    expect((await ada.send('POST', '/note', { headers: form, body })).status).toBe(200)
  })
})

describe('AWS Lambda that streams its responses', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('sends both cookies', async () => {
    let metadata: unknown
    // Global variables of the Lambda runtime.
    vi.stubGlobal('awslambda', {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: {
        from(stream: PassThrough, given: unknown) {
          metadata = given
          return stream
        },
      },
    })
    const { app } = anApp()
    const context = { domainName: 'shop.example', http: { method: 'GET', sourceIp: clientAddress } }
    const event = { rawPath: '/me', rawQueryString: '', headers: {}, requestContext: context }
    const stream = new PassThrough()
    await Reflect.apply(streamHandle(app), undefined, [event, stream, {}])

    const { cookies, statusCode } = Object(metadata)
    expect(statusCode).toBe(200)
    expect(cookies.map((cookie: string) => cookie.split('=')[0]).sort()).toEqual([
      'XSRF-TOKEN',
      '__Host-session',
      'theme',
    ])
    expect(String(stream.read())).toBe('{"userId":null,"page":null}')
  })
})

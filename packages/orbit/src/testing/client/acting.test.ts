import { PlanetCore } from 'gravito-core'
import { type Context, Hono } from 'hono'
import { every } from 'hono/combine'
import { describe, expect, it } from 'vitest'
import {
  memoryStore,
  OrbitSession,
  SessionError,
  type SessionEvent,
  type SessionOptions,
  type SessionStore,
  session,
} from '../../index.ts'
import { chaotic, type Fault } from '../chaos.ts'
import { testClock } from '../clock.ts'
import { testClient } from './create.ts'

/** An app with its own store, which records what happens. */
function world(options: SessionOptions = {}) {
  const events: SessionEvent['type'][] = []
  const asked: string[] = []
  const sessions = session({
    store: memoryStore(),
    onEvent: ({ type }) => void events.push(type),
    ...options,
  })
  const app = new Hono()
  app.use(async (c, next) => {
    asked.push(`${c.req.method} ${c.req.path}`)
    await next()
  })
  app.use(sessions)
  app.get('/me', (c) => c.json(c.get('session').all()))
  app.get('/message', (c) => c.json(c.get('session').getFlash('success', null)))
  app.post('/add', (c) => c.json(c.get('session').increment('added')))
  app.get('/free', (c) => c.text('free'))
  return { app, sessions, events, asked }
}

const json = async (response: Promise<Response>): Promise<unknown> => (await response).json()

describe('what a test can set for a sign-in', () => {
  it('is when the user confirmed, the device, and the options of the sign-in', async () => {
    const middleware = session({ devices: true, store: memoryStore() })
    const app = new Hono().use(middleware)
    app.get('/', (c) => c.text(String(c.get('session').confirmedWithin(60))))
    const confirmedAt = new Date(Date.now() - 120_000)

    const client = await testClient(app).actingAs('ada', {
      confirmedAt,
      device: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/142.0',
      signIn: { label: 'the test', persistent: false },
    })

    expect(await (await client.get('/')).text()).toBe('false')
    expect(await client.session()).toMatchObject({ confirmedAt })
    expect(await middleware.sessions.of('ada').list()).toMatchObject([
      { label: 'the test', device: { name: 'Firefox on Linux' } },
    ])
    const [cookie] = client.storageState().cookies
    expect(cookie?.expires).toBe(-1)
  })

  it('may be only the time of the confirmation', async () => {
    const app = new Hono().use(session({ store: memoryStore() }))
    app.get('/', (c) => c.text(String(c.get('session').confirmedWithin(60))))
    const client = await testClient(app).actingAs('ada', { confirmedAt: new Date(0) })
    expect(await (await client.get('/')).text()).toBe('false')
  })

  it('is a sign-in at the current time by default', async () => {
    const app = new Hono().use(session({ store: memoryStore() }))
    app.get('/', (c) => c.text(String(c.get('session').confirmedWithin(60))))
    const client = await testClient(app).actingAs('ada')
    expect(await (await client.get('/')).text()).toBe('true')
  })
})

describe('actingAs', () => {
  it('signs the client in without a call of the app’s handlers and other middleware', async () => {
    const { app, asked } = world()

    const client = await testClient(app).actingAs('ada')

    expect(asked).toEqual([])
    expect(await json(client.get('/me'))).toEqual({ userId: 'ada' })
    expect(await json(client.post('/add'))).toBe(1)
  })

  it("stores a session that is in the user's list, and emits the events of a sign-in", async () => {
    const { app, sessions, events } = world()

    await testClient(app).actingAs('ada')
    await testClient(app).actingAs('ada')

    const list = await sessions.sessions.of('ada').list()
    expect(list.map(({ isCurrent }) => isCurrent)).toEqual([false, false])
    expect(new Set(list.map(({ name }) => name)).size).toBe(2)
    expect(events).toEqual(['session:created', 'session:created'])
    expect(await sessions.sessions.of('ada').endAll()).toBe(2)
  })

  it('stores data and flash messages', async () => {
    const { app } = world()
    const setup = { data: { cart: ['book'], seen: new Date(0) }, flash: { success: 'Hello' } }

    const client = await testClient(app).actingAs(7n, setup)

    expect(await client.session()).toMatchObject({ ...setup, userId: 7n })
    expect(await json(client.get('/message'))).toBe('Hello')
    expect(await json(client.get('/message'))).toBeNull()
  })

  it('signs in the given user, even if the data has another', async () => {
    const client = await testClient(world().app).actingAs('ada', { data: { userId: 'bob' } })

    expect((await client.session())?.userId).toBe('ada')
  })

  it('keeps the data of a visitor, under a new id', async () => {
    const { app } = world()
    const client = testClient(app)
    await client.post('/add')
    const thief = client.copy()

    await client.actingAs('ada')

    expect(await json(client.get('/me'))).toEqual({ added: 1, userId: 'ada' })
    expect(await json(thief.get('/me'))).toEqual({ added: 1 })
    expect(thief.token).not.toBe(client.token)
  })

  it('keeps no data of another user', async () => {
    const { app } = world()
    const client = await testClient(app).actingAs('ada', { data: { secret: 'hers' } })

    await client.actingAs('bob', { data: { cart: ['book'] } })

    expect(await json(client.get('/me'))).toEqual({ cart: ['book'], userId: 'bob' })
  })

  it('keeps flash messages for the next page', async () => {
    const { app } = world()
    const client = await testClient(app).withSession({}, { flash: { success: 'Saved' } })

    await client.actingAs('ada')

    expect(await json(client.get('/message'))).toBe('Saved')
  })

  it('uses the clock of the app', async () => {
    const clock = testClock(Date.UTC(2030, 0, 1))
    const { app } = world({ now: clock.now, store: memoryStore({ now: clock.now }) })
    const client = await testClient(app).actingAs('ada')
    expect((await client.session())?.createdAt).toEqual(new Date('2030-01-01'))

    clock.travel({ minutes: 32 })

    expect(await json(client.get('/me'))).toEqual({})
  })

  it('respects the limit of sessions per user', async () => {
    const { app } = world({ maxSessionsPerOwner: 1, sessionsOverLimit: 'refuse' })
    await testClient(app).actingAs('ada')

    const second = testClient(app).actingAs('ada')

    await expect(second).rejects.toMatchObject({ code: 'session-limit' })
  })

  it('fails as a sign-in does', async () => {
    let fault: Fault = 'none'
    const { app } = world({ store: chaotic(memoryStore(), () => fault) })
    const client = testClient(app)

    await expect(client.actingAs('')).rejects.toMatchObject({ code: 'session-bad-owner' })
    const bad = client.actingAs('ada', { data: { onClick: () => {} } })
    await expect(bad).rejects.toMatchObject({ code: 'session-bad-value' })
    fault = 'fail'
    await expect(client.actingAs('ada')).rejects.toThrow(SessionError)

    expect([...client.cookies]).toEqual([])
  })
})

describe('withSession', () => {
  it('gives a visitor a session without a user', async () => {
    const { app, asked } = world()

    const client = await testClient(app).withSession({ cart: ['book'] })

    expect(asked).toEqual([])
    expect(await client.session()).toMatchObject({ data: { cart: ['book'] }, userId: undefined })
    expect(await json(client.post('/add'))).toBe(1)
    expect(await json(client.get('/me'))).toEqual({ added: 1, cart: ['book'] })
  })

  it('adds to the session of a user, who stays signed in under the same id', async () => {
    const { app } = world()
    const client = await testClient(app).actingAs('ada', { data: { theme: 'dark' } })
    const before = await client.session()

    await client.withSession({ cart: ['book'] }, { flash: { success: 'Added' } })

    const after = await client.session()
    expect(after?.data).toEqual({ userId: 'ada', theme: 'dark', cart: ['book'] })
    expect(after?.flash).toEqual({ success: 'Added' })
    expect(after?.handle).toBe(before?.handle)
  })

  it('refuses anything but a plain object', async () => {
    const client = testClient(world().app)

    const put = Reflect.apply(client.withSession, client, [new Map([['a', 1]])])

    await expect(put).rejects.toMatchObject({ code: 'session-bad-value' })
  })
})

describe('the session() of the app', () => {
  it('is found in a core', async () => {
    const core = await PlanetCore.boot({
      config: { session: { store: memoryStore() } },
      orbits: [new OrbitSession()],
      routes: (routes) => routes.get('/me', (c) => c.json(c.get('session').userId ?? null)),
    })

    const client = await testClient(core).actingAs('ada')

    expect(await json(client.get('/me'))).toBe('ada')
    expect(await core.sessions.of('ada').list()).toHaveLength(1)
    await core.shutdown()
  })

  it('is found in a part of the app, also one with an error handler of its own', async () => {
    const inner = new Hono()
    inner.onError((_, c) => c.text('inner', 500))
    inner.use(session({ store: memoryStore() }))
    inner.get('/me', (c) => c.json(c.get('session').userId ?? null))
    const middle = new Hono().route('/inner', inner)
    middle.onError((_, c) => c.text('middle', 500))
    const app = new Hono().route('/middle', middle)

    const client = await testClient(app).actingAs('ada')

    expect(await json(client.get('/middle/inner/me'))).toBe('ada')
  })

  it('is found when it was added after the client was made', async () => {
    const app = new Hono()
    const client = testClient(app)
    app.use(session({ store: memoryStore() })).get('/', (c) => c.text(`${c.get('session').userId}`))

    await client.actingAs('ada')

    expect(await (await client.get('/')).text()).toBe('ada')
  })

  it.each<[string, SessionOptions['cookie'], path: string]>([
    ['a path', { path: '/admin' }, '/admin/me'],
    ['a path behind a proxy that removes its beginning', { path: '/', publicPath: '/shop' }, '/me'],
    ['the path that the proxy removes', { path: '/shop', publicPath: '/shop' }, '/shop/me'],
    ['no Secure over https', { secure: false }, '/me'],
  ])('may have a cookie with %s', async (_, cookie, path) => {
    const app = new Hono()
    app.use(session({ store: memoryStore(), cookie }))
    app.get(path, (c) => c.json(c.get('session').userId ?? null))

    const client = await testClient(app).actingAs('ada')

    expect(await json(client.get(path))).toBe('ada')
  })

  it('may have a cookie with a path below the one that a proxy removes', async () => {
    const cookie = { path: '/shop/cart', publicPath: '/shop' }
    const app = new Hono().use(session({ store: memoryStore(), cookie }))

    const client = await testClient(app).actingAs('ada')

    expect((await client.session())?.userId).toBe('ada')
  })

  it('may keep its secret in the store, and set Secure cookies', async () => {
    const mode = process.env.NODE_ENV
    process.env.NODE_ENV = 'production'
    const { app } = world({ logger: { warn: () => {}, error: () => {} } })
    process.env.NODE_ENV = mode

    const client = await testClient(app, { origin: 'https://app.example' }).actingAs('ada')

    expect([...client.cookies.keys()].sort()).toEqual(['XSRF-TOKEN', '__Host-session'])
    expect(await json(client.get('/me'))).toEqual({ userId: 'ada' })
  })

  it('must be named if the app has several', async () => {
    const app = new Hono()
    const store = memoryStore()
    app.use(session({ store }))
    const admin = session({
      store,
      exposeAs: 'admin',
      cookie: { name: 'admin', path: '/admin' },
      csrf: { exposeAs: 'adminCsrf', cookieName: 'ADMIN-XSRF' },
    })
    app.use('/admin/*', admin)
    app.get('/', (c) => c.json(c.get('session').userId ?? null))
    app.get('/admin/me', (c) => c.json([c.get('session').userId ?? null, 'root?']))
    const client = testClient(app)

    await client.actingAs('ada')
    await client.actingAs('root', { exposeAs: 'admin' })

    expect((await client.session())?.userId).toBe('ada')
    expect((await client.session({ exposeAs: 'admin' }))?.userId).toBe('root')
    expect([...client.cookies.keys()].sort()).toEqual([
      'ADMIN-XSRF',
      'XSRF-TOKEN',
      'admin',
      'session',
    ])
    await expect(client.session({ exposeAs: 'shop' })).rejects.toThrow(/"shop".*"session", "admin"/)
  })

  it('may have another name, if it is the only one', async () => {
    const app = new Hono().use(session({ store: memoryStore(), exposeAs: 'visit' }))

    const client = await testClient(app).actingAs('ada')

    expect((await client.session())?.userId).toBe('ada')
  })

  it('must be passed to the client if two have the same name', async () => {
    const store = memoryStore()
    const b = session({ store, cookie: { name: 'b' } })
    const app = new Hono()
    app.use('/a/*', session({ store, cookie: { name: 'a' } })).use('/b/*', b)
    app.get('/b/me', (c) => c.json(c.get('session').userId ?? null))

    await expect(testClient(app).actingAs('ada')).rejects.toThrow(/several sessions.*"session"/)

    const client = await testClient(app, { sessions: b }).actingAs('ada')
    expect(await json(client.get('/b/me'))).toBe('ada')
  })

  it('must be passed to the client if another middleware calls it', async () => {
    const sessions = session({ store: memoryStore() })
    const app = new Hono().use(every(sessions)).get('/', (c) => c.json(c.get('session').all()))
    await expect(testClient(app).actingAs('ada')).rejects.toThrow(
      /^actingAs\(\) needs the session\(\).*testClient\(app, { sessions }\)/,
    )

    const client = await testClient(app, { sessions }).actingAs('ada')

    expect(await json(client.get('/'))).toEqual({ userId: 'ada' })
  })

  it('must be passed to the client of a { fetch }', async () => {
    const { app } = world()
    const target = { fetch: (request: Request) => app.fetch(request, { DB: 'a binding' }) }
    await expect(testClient(target).session()).rejects.toThrow(
      /^session\(\) needs the session\(\).*testClient\({ fetch }, { sessions: app }\)/,
    )

    const client = await testClient(target, { sessions: app }).actingAs('ada')

    expect(await json(client.get('/me'))).toEqual({ userId: 'ada' })
  })

  it('may need the bindings of a Worker, which the client passes on', async () => {
    const env = { SESSIONS: memoryStore() }
    type Env = { Bindings: { SESSIONS: SessionStore } }
    const app = new Hono<Env>()
    app.use(session({ store: (c: Context<Env>) => c.env.SESSIONS }))
    app.get('/me', (c) => c.json(c.get('session').userId ?? null))
    app.post('/add', (c) => c.json(c.get('session').increment('added')))

    const client = await testClient(app, { env }).actingAs('ada')

    expect(await json(client.get('/me'))).toBe('ada')
    expect(await json(client.post('/add'))).toBe(1)
    expect(await client.session()).toMatchObject({ userId: 'ada', data: { added: 1 } })
    const worker = { fetch: app.fetch }
    const other = await testClient(worker, { sessions: app, env }).actingAs('bob')
    expect(await json(other.get('/me'))).toBe('bob')
    expect(() => testClient('http://localhost:1', { env })).toThrow('Remove the option env')
  })

  it('is missing: the error says what the client found instead', async () => {
    const { app, sessions } = world()
    const given: unknown = { sessions: sessions.sessions }
    const client = Reflect.apply(testClient, undefined, [app, given])

    await expect(client.withSession({})).rejects.toThrow(/option sessions has none.*an object/)
  })
})

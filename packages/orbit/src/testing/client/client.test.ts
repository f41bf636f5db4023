import { PlanetCore } from 'gravito-core'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { memoryStore, OrbitSession, type SessionOptions, session } from '../../index.ts'
import { chaotic, type Fault } from '../chaos.ts'
import { testClient } from './create.ts'

function appWith(options: SessionOptions = {}) {
  const app = new Hono()
  app.use(session(options))
  app.get('/me', (c) => c.json({ userId: c.get('session').get<string | null>('userId', null) }))
  app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '/put', async (c) => {
    const { name } = await c.req.parseBody()
    c.get('session').put('userId', name ?? (await c.req.json().catch(() => ({}))).name ?? 'nobody')
    return c.text(c.req.method)
  })
  app.post('/logout', (c) => {
    c.get('session').invalidate()
    return c.text('signed out')
  })
  return app
}

function answering(cookie: string) {
  return new Hono().get('/', (c) => c.text('', 200, { 'Set-Cookie': cookie }))
}

const ada = { userId: 'ada' }

describe('a test client', () => {
  it('keeps its cookies, and sends the token of the first response', async () => {
    const client = testClient(appWith())
    await client.get('/me')

    const response = await client.post('/put', { form: { name: 'ada' } })

    expect(response.status).toBe(200)
    expect(await (await client.get('/me')).json()).toEqual(ada)
  })

  it.each(['post', 'put', 'patch', 'delete'] as const)(
    'sends a %s with the token',
    async (verb) => {
      const client = testClient(appWith())
      await client.get('/me')

      const response = await client[verb]('/put', { json: { name: 'ada' } })

      expect(await response.text()).toBe(verb.toUpperCase())
      expect(await (await client.get('/me')).json()).toEqual(ada)
    },
  )

  it('sends a cookie to its path and below, and so does a copy', async () => {
    const app = new Hono()
    app.use(session({ cookie: { name: 'by-path', path: '/admin' } }))
    app.get('*', (c) => c.json(c.get('session').all()))
    app.post('/admin/in', (c) => c.text(String(c.get('session').signIn('ada'))))
    const carried: (string | undefined)[] = []
    const client = testClient({
      fetch(request) {
        carried.push(request.headers.get('Cookie')?.replace(/=[^;]*/g, ''))
        return app.fetch(request)
      },
    })
    await client.get('/admin')
    await client.post('/admin/in')
    carried.length = 0

    expect(await (await client.get('/')).json()).toEqual({})
    expect(await (await client.get('/administrator')).json()).toEqual({})
    expect(await (await client.get('/admin')).json()).toEqual(ada)
    expect(await (await client.copy().get('/admin/x?y#z')).json()).toEqual(ada)
    client.cookies.set('by-hand', 'x')
    await client.copy().get('/')

    const ours = 'by-path; XSRF-TOKEN'
    expect(carried).toEqual([undefined, undefined, ours, ours, 'by-hand'])
  })

  it('does not send a token that a test removes, in any case of the header name', async () => {
    const client = testClient(appWith())

    const stranger = await client.post('/put', { headers: { 'X-XSRF-TOKEN': '' } })

    expect(await stranger.json()).toMatchObject({ error: { reason: 'no-session' } })
    expect([...client.cookies]).toEqual([])
    await client.get('/me')
    const refused = await client.post('/put', { headers: { 'x-xsrf-token': '' } })
    expect(await refused.json()).toMatchObject({ error: { reason: 'missing' } })
    expect((await client.post('/put')).status).toBe(200)
  })

  it('has its own headers, which the headers of a request replace', async () => {
    const app = new Hono().get('/', (c) =>
      c.json([c.req.header('Accept'), c.req.header('X-A'), c.req.header('X-B')]),
    )
    const client = testClient(app, { headers: { Accept: 'text/html', 'X-A': '1', 'X-B': '1' } })
    const headers = { 'x-a': '2', 'X-B': '' }
    expect(await (await client.get('/', { headers })).json()).toEqual(['text/html', '2', null])

    const copy = client.copy()
    client.headers.set('Accept', 'text/plain')

    expect(await (await client.get('/')).json()).toEqual(['text/plain', '1', '1'])
    expect(await (await copy.get('/')).json()).toEqual(['text/html', '1', '1'])
  })

  it('never sends a token if one of its headers says so', async () => {
    const client = testClient(appWith(), { headers: { 'X-XSRF-TOKEN': '' } })

    expect((await client.post('/put')).status).toBe(403)
  })

  it('can be copied: the copy has the current cookies', async () => {
    const client = testClient(appWith())
    await client.get('/me')
    await client.post('/put', { form: { name: 'ada' } })
    const thief = client.copy()
    await client.post('/logout')

    expect(await (await client.get('/me')).json()).toEqual({ userId: null })
    expect(await (await thief.get('/me')).json()).toEqual({ userId: null })
    expect(thief.cookies.get('session')).not.toBe(client.cookies.get('session'))
  })

  it('is a browser on https if its origin is https', async () => {
    const mode = process.env.NODE_ENV
    process.env.NODE_ENV = 'production'
    const app = appWith({ secret: 'a secret for the tests, of 32 bytes or more' })
    process.env.NODE_ENV = mode
    const client = testClient(app, { origin: 'https://app.example' })
    await client.get('/me')
    await client.post('/put', { form: { name: 'ada' } })

    expect([...client.cookies.keys()].sort()).toEqual(['XSRF-TOKEN', '__Host-session'])
    expect(await (await client.get('/me')).json()).toEqual(ada)
  })

  it('finds the token under the app’s name, and sends it in a header that every configuration accepts', async () => {
    const app = appWith({ csrf: { cookieName: 'csrf', headerName: 'X-Our-Token' } })
    const { fetch } = app

    for (const client of [testClient(app), testClient({ fetch }, { csrfCookieName: 'csrf' })]) {
      await client.get('/me')
      expect(client.token).toMatch(/./)
      expect((await client.post('/put')).status).toBe(200)
    }
  })

  it.each([
    ['by its age', 'theme=; Max-Age=0; Path=/'],
    ['by an age below zero', 'theme=;max-age=-1;path=/'],
    ['by a date', 'theme=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
  ])('removes a cookie that a response removes %s', async (_, removal) => {
    const client = testClient(answering(removal))
    client.cookies.set('theme', 'dark')

    await client.get('/')

    expect([...client.cookies]).toEqual([])
  })

  it.each([
    ['for the session of the browser', 'theme=dark'],
    ['for a time', 'theme=dark; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
    ['until a date', 'theme=dark;Expires=Fri, 31 Dec 2099 23:59:59 GMT'],
  ])('keeps a cookie that is set %s', async (_, cookie) => {
    const client = testClient(answering(cookie))

    await client.get('/')

    expect([...client.cookies]).toEqual([['theme', 'dark']])
  })

  it('takes a Gravito core, too', async () => {
    const core = await PlanetCore.boot({
      config: { session: {} },
      orbits: [new OrbitSession()],
      routes: (routes) => routes.get('/me', (c) => c.json(c.get('session').all())),
    })

    const response = await testClient(core).get('/me')

    expect(await response.json()).toEqual({})
  })

  it.each<[string, () => unknown]>([
    ['a promise of a core', () => PlanetCore.boot({ config: { session: {} } })],
    ['a fetch function', () => appWith().fetch],
    ['nothing', () => undefined],
  ])('refuses %s, and the error says what to pass', (_, target) => {
    const create = () => Reflect.apply(testClient, undefined, [target()])

    expect(create).toThrow(TypeError)
    expect(create).toThrow(/^testClient needs an app, a core, \{ fetch \} or .*promise, await it/)
  })

  it('refuses a second body', async () => {
    const client = testClient(appWith())

    for (const message of [
      { form: {}, json: {} },
      { form: {}, body: 'x' },
      { json: null, body: '' },
    ]) {
      const answer = client.post('/put', message)
      await expect(answer).rejects.toThrow(TypeError)
      await expect(answer).rejects.toThrow('Use one of form, json and body.')
    }
  })

  it.each(['app.example', 'localhost:3000', '', 'http://', 'http://localhost/base', 'http://a/?b'])(
    'refuses %j as an origin and as the URL of a server',
    (origin) => {
      expect(() => testClient(appWith(), { origin })).toThrow(TypeError)
      expect(() => testClient(appWith(), { origin })).toThrow(`"${origin}"`)
      expect(() => testClient(origin)).toThrow(`"${origin}"`)
    },
  )

  it('refuses an origin together with the URL of a server', () => {
    const create = () => testClient('http://localhost:3000', { origin: 'http://localhost' })

    expect(create).toThrow('Remove the option origin')
  })
})

describe('the first POST of a test client', () => {
  /** An app that reports its requests. */
  function listening(options: SessionOptions = {}) {
    const asked: string[] = []
    const app = new Hono()
    app.use(async (c, next) => {
      asked.push(`${c.req.method} ${c.req.path}`)
      await next()
    })
    app.use(session({ store: memoryStore(), ...options }))
    app.get('/form', (c) => c.text(c.get('csrf').token()))
    app.post('/form', async (c) => c.json(c.get('session').increment(c.req.query('key') ?? 'n')))
    return { app, asked }
  }

  it('needs no GET before it', async () => {
    const { app, asked } = listening()
    const client = testClient(app)
    expect(client.token).toBeUndefined()

    expect((await client.post('/form')).status).toBe(200)

    expect(asked).toEqual(['POST /form'])
    expect(client.token).toMatch(/./)
  })

  it('belongs to the same visitor as a parallel one', async () => {
    const client = testClient(listening().app)

    await Promise.all([client.post('/form?key=a'), client.post('/form?key=b')])

    expect((await client.session())?.data).toEqual({ a: 1, b: 1 })
    const { fetch } = listening().app
    const other = testClient({ fetch })
    const responses = await Promise.all([other.post('/form'), other.post('/form')])
    expect(responses.map(({ status }) => status)).toEqual([200, 200])
  })

  it('belongs to the signed-in user, and ends no flash message', async () => {
    const client = await testClient(listening().app).actingAs('ada', { flash: { success: 'x' } })
    client.cookies.delete('XSRF-TOKEN')
    const before = await client.session()

    expect((await client.post('/form')).status).toBe(200)

    const after = await client.session()
    expect(after?.handle).toBe(before?.handle)
    expect(before?.flash).toEqual({ success: 'x' })
  })

  it('requests a page once to find the token, if the app does not show its session', async () => {
    const { app, asked } = listening()
    const client = testClient({ fetch: app.fetch })

    expect((await client.post('/form')).status).toBe(200)

    expect(asked).toEqual(['GET /', 'GET /form', 'POST /form'])
  })

  it('does not request a page again that has set no token', async () => {
    const { app, asked } = listening({ csrf: false })
    const client = testClient({ fetch: app.fetch })

    await client.post('/form')
    await client.post('/form')

    expect(asked).toEqual(['GET /', 'GET /form', 'POST /form', 'POST /form'])
  })

  it('has no token if the app does not check one', async () => {
    const { app, asked } = listening({ csrf: false })
    const client = testClient(app)

    expect((await client.post('/form')).status).toBe(200)

    expect(asked).toEqual(['POST /form'])
    expect(client.token).toBeUndefined()
  })

  it('is refused by the app if the store fails', async () => {
    let fault: Fault = 'fail'
    const store = chaotic(memoryStore(), () => fault)
    const client = testClient(listening({ store }).app)

    expect((await client.post('/form')).status).toBe(503)

    fault = 'none'
    expect((await client.post('/form')).status).toBe(200)
  })
})

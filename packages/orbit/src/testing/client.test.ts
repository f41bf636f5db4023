import { PlanetCore } from 'gravito-core'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { OrbitSession, type SessionOptions, session } from '../index.ts'
import { testClient } from './client.ts'

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
  it('keeps its cookies, and sends the token of the first answer', async () => {
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

  it('sends no token that a test removes, and none before it has one', async () => {
    const client = testClient(appWith())
    expect(client.token).toBeUndefined()
    expect((await client.post('/put')).status).toBe(403)
    await client.get('/me')

    const refused = await client.post('/put', { headers: { 'X-XSRF-TOKEN': '' } })

    expect(refused.status).toBe(403)
    expect((await client.post('/put')).status).toBe(200)
  })

  it('can be copied: the copy keeps the cookies of now', async () => {
    const client = testClient(appWith())
    await client.get('/me')
    await client.post('/put', { form: { name: 'ada' } })
    const thief = client.copy()
    await client.post('/logout')

    expect(await (await client.get('/me')).json()).toEqual({ userId: null })
    expect(await (await thief.get('/me')).json()).toEqual({ userId: null })
    expect(thief.cookies.get('session')).not.toBe(client.cookies.get('session'))
  })

  it('is a browser on https where its origin says so', async () => {
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

  it('finds the token under the name that the app gives it, and sends what every name takes', async () => {
    const app = appWith({ csrf: { cookieName: 'csrf', headerName: 'X-Our-Token' } })
    const client = testClient(app, { csrfCookieName: 'csrf' })
    await client.get('/me')

    expect((await client.post('/put')).status).toBe(200)
  })

  it.each([
    ['by its age', 'theme=; Max-Age=0; Path=/'],
    ['by an age below zero', 'theme=;max-age=-1;path=/'],
    ['by a date', 'theme=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
  ])('forgets a cookie that an answer removes %s', async (_, removal) => {
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
  ])('refuses %s with what to give', (_, target) => {
    const create = () => Reflect.apply(testClient, undefined, [target()])

    expect(create).toThrow(TypeError)
    expect(create).toThrow(/^testClient takes an app, a core or \{ fetch \}.*promise, await it/)
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
      await expect(answer).rejects.toThrow('Give one of form, json and body.')
    }
  })

  it.each(['app.example', 'localhost:3000', ''])('refuses %j as an origin', (origin) => {
    expect(() => testClient(appWith(), { origin })).toThrow(`not "${origin}"`)
  })
})

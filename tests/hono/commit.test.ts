import { SessionError } from '@gravito/orbit'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { describe, expect, it } from 'vitest'
import { ask, Client } from './client.ts'
import { faultySetting, faultyStore } from './faulty-store.ts'
import { setting, signedIn } from './setting.ts'

describe('a response that reports success has stored its changes (R6)', () => {
  it('the changes are stored before the response is sent', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const other = ada.copy()

    await ada.post('/put?color=blue')

    expect(await other.json('/all')).toEqual({ userId: 'ada', color: 'blue' })
  })

  it('the request fails with 503, with Retry-After and without cookies, if the commit fails', async () => {
    const world = faultySetting()
    const client = world.client()
    await client.get('/me')
    world.fault.down = true

    const response = await client.post('/login')

    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.json()).toMatchObject({
      success: false,
      error: { code: 'session-unavailable' },
    })
  })

  it("the error response contains nothing of the handler's response: no body, header or cookie", async () => {
    const world = faultySetting()
    const ada = await signedIn(world.client())
    world.fault.down = true

    const response = await world.answer(ada, (session, c) => {
      session.put('a', 1)
      c.header('ETag', '"of the page"')
      c.header('X-Page', 'secret')
      c.header('Set-Cookie', 'other=1; Path=/')
      c.header('Content-Encoding', 'gzip')
      c.header('Content-Length', '1')
      c.header('Cache-Control', 'public, max-age=3600')
      return c.redirect('/next', 302)
    })

    expect(response.status).toBe(503)
    for (const name of ['ETag', 'X-Page', 'Set-Cookie', 'Content-Encoding', 'Location']) {
      expect(response.headers.get(name), name).toBeNull()
    }
    expect(response.headers.get('Content-Length')).not.toBe('1')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(await response.json()).toMatchObject({ error: { code: 'session-unavailable' } })
  })

  it('the error response contains nothing of a raw Response either', async () => {
    const world = faultySetting()
    const ada = await signedIn(world.client())
    world.fault.down = true

    const response = await world.answer(ada, (session) => {
      session.put('a', 1)
      return new Response('page', {
        status: 201,
        headers: { ETag: '"x"', 'Content-Type': 'text/plain', 'Content-Language': 'de' },
      })
    })

    expect(response.status).toBe(503)
    expect(response.headers.get('ETag')).toBeNull()
    expect(response.headers.get('Content-Language')).toBeNull()
    expect(response.headers.get('Content-Type')).toMatch(/^application\/json/)
  })

  it("the error is readable even if the handler's response was compressed", async () => {
    const { clock, store, fault } = faultyStore()
    const world = setting({ store, now: clock.now })
    world.app.use('/page', compress())
    world.app.get('/page', (c) => {
      c.get('session').increment('visits')
      return c.text('x'.repeat(5000))
    })
    const ada = await signedIn(world.client())
    fault.down = true

    const response = await ada.get('/page', { headers: { 'Accept-Encoding': 'gzip' } })

    expect(response.headers.get('Content-Encoding')).toBeNull()
    expect(await response.json()).toMatchObject({ error: { code: 'session-unavailable' } })
  })

  it('a failed commit reaches the error handler of the app', async () => {
    const world = faultySetting()
    world.app.onError((error, c) =>
      error instanceof SessionError ? c.json({ mine: error.code }, error.status) : c.text('?', 500),
    )
    const client = world.client()
    await client.get('/me')
    world.fault.down = true

    const response = await client.post('/login')

    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ mine: 'session-unavailable' })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('the error response does not mention the store or its address', async () => {
    const world = faultySetting()
    const client = world.client()
    await client.get('/me')
    world.fault.down = true

    expect(await (await client.post('/login')).text()).not.toContain('10.0.0.7')
  })

  it('the request succeeds if only the touch fails, and an event reports it', async () => {
    const world = faultySetting()
    const ada = await signedIn(world.client())
    world.clock.pass(120)
    world.fault.down = true
    world.happened()

    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
    expect(world.happened()).toEqual(['session:error'])
  })

  it('the request succeeds if only the ageing of a flash message fails', async () => {
    const world = faultySetting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.flash('notice', 'hello'))
    world.fault.down = true

    const seen = await world.within(ada, (session) => session.getFlash('notice'), { method: 'GET' })

    expect(seen).toBe('hello')
  })
})

it('the middleware works if it is mounted on one path, and leaves the rest of the app alone', async () => {
  const world = setting()
  const outer = new Hono()
  outer.get('/', (c) => c.text('home'))
  outer.route('/app', world.app)

  const home = await ask(outer, '/')
  const me = await new Client(outer).get('/app/me')

  expect(home.headers.getSetCookie()).toEqual([])
  expect(me.headers.getSetCookie()).toHaveLength(2)
})

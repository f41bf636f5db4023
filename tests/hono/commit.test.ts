import { SessionError } from '@gravito/orbit'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { describe, expect, it } from 'vitest'
import { ask, Client } from './client.ts'
import { faultySetting, faultyStore } from './faulty-store.ts'
import { setting, signedIn } from './setting.ts'

describe('what a response promises is stored (R6)', () => {
  it('has stored the changes by the time the response is there', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const other = ada.copy()

    await ada.post('/put?color=blue')

    expect(await other.json('/all')).toEqual({ userId: 'ada', color: 'blue' })
  })

  it('answers 503 with Retry-After and no cookie where the commit fails', async () => {
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

  it('lets nothing of the finished answer into the error: no body, header or cookie', async () => {
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

  it('lets nothing of a raw Response into the error either', async () => {
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

  it('answers readably where the page had been compressed before the commit failed', async () => {
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

  it('hands the failure to the error handler of the app', async () => {
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

  it('says nothing of the store and its address to the client', async () => {
    const world = faultySetting()
    const client = world.client()
    await client.get('/me')
    world.fault.down = true

    expect(await (await client.post('/login')).text()).not.toContain('10.0.0.7')
  })

  it('answers as if nothing were wrong where only the touch fails, and tells of it in an event', async () => {
    const world = faultySetting()
    const ada = await signedIn(world.client())
    world.clock.pass(120)
    world.fault.down = true
    world.happened()

    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
    expect(world.happened()).toEqual(['session:error'])
  })

  it('answers as if nothing were wrong where only the ageing of a flash message fails', async () => {
    const world = faultySetting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.flash('notice', 'hello'))
    world.fault.down = true

    const seen = await world.within(ada, (session) => session.getFlash('notice'), { method: 'GET' })

    expect(seen).toBe('hello')
  })
})

it('works mounted on one path only, and leaves the rest of the app alone', async () => {
  const world = setting()
  const outer = new Hono()
  outer.get('/', (c) => c.text('home'))
  outer.route('/app', world.app)

  const home = await ask(outer, '/')
  const me = await new Client(outer).get('/app/me')

  expect(home.headers.getSetCookie()).toEqual([])
  expect(me.headers.getSetCookie()).toHaveLength(2)
})

import { memoryStore, SessionError, type SessionStore } from '@gravito/orbit'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { stream } from 'hono/streaming'
import { describe, expect, it } from 'vitest'
import { Client } from './client.ts'
import { Clock, setting, signedIn, watchedStore } from './setting.ts'

/** A store whose writes fail while `down`, and wait while a gate is closed. */
function faultyStore() {
  const clock = new Clock()
  const inner = memoryStore({ now: clock.now })
  const fault = { down: false, gate: Promise.resolve() }
  const refuse = () => {
    if (fault.down) throw new Error('connection to 10.0.0.7:6379 lost')
  }
  const store: SessionStore = {
    ...inner,
    create: async (key, record) => {
      refuse()
      await fault.gate
      return inner.create(key, record)
    },
    replace: async (key, record, version) => {
      refuse()
      await fault.gate
      return inner.replace(key, record, version)
    },
    touch: (...args) => {
      refuse()
      return inner.touch(...args)
    },
  }
  return { clock, store, fault }
}

function faultySetting() {
  const { clock, store, fault } = faultyStore()
  return { ...setting({ store, now: clock.now }), clock, fault }
}

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

describe('a change after the commit (R6)', () => {
  it.each([
    ['had used the session before', true],
    ['had not used the session yet', false],
  ])('throws in the callback of a stream whose handler %s', async (_, before) => {
    const world = setting()
    const ada = await signedIn(world.client())
    let thrown: unknown

    const response = await world.answer(ada, (session, c) => {
      if (before) session.get('userId')
      return stream(c, async (out) => {
        await out.write('a')
        await out.sleep(5)
        try {
          session.put('late', 1)
        } catch (error) {
          thrown = error
        }
      })
    })
    await response.text()

    expect(thrown).toMatchObject({ code: 'session-committed' })
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it.each(['put', 'forget', 'flash', 'increment', 'regenerate', 'invalidate', 'clear'] as const)(
    'throws from %s',
    async (method) => {
      const world = setting()
      const ada = await signedIn(world.client())
      const kept = await world.within(ada, (session) => ({ session, id: session.id() }))

      const calls = {
        put: () => kept.session.put('a', 1),
        forget: () => kept.session.forget('userId'),
        flash: () => kept.session.flash('a', 1),
        increment: () => kept.session.increment('a'),
        regenerate: () => kept.session.regenerate(),
        invalidate: () => kept.session.invalidate(),
        clear: () => kept.session.clear(),
      }
      expect(calls[method]).toThrow(expect.objectContaining({ code: 'session-committed' }))
    },
  )

  it('rejects save, take, claim and atomically', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const { session } = await world.within(ada, (kept) => ({ session: kept, id: kept.id() }))

    const late = { code: 'session-committed' }
    await expect(session.save()).rejects.toMatchObject(late)
    await expect(session.take('userId')).rejects.toMatchObject(late)
    await expect(session.claim('x')).rejects.toMatchObject(late)
    await expect(session.atomically(() => 1)).rejects.toMatchObject(late)
  })

  it('still lets the stream read', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const { session } = await world.within(ada, (kept) => ({ session: kept, id: kept.id() }))

    expect(session.get('userId')).toBe('ada')
  })

  it('either throws or is stored where it comes while the store is writing, and is never lost in silence', async () => {
    const world = faultySetting()
    const ada = await signedIn(world.client())
    let open = () => {}
    world.fault.gate = new Promise((resolve) => {
      open = resolve
    })
    let late: (() => void) | undefined

    const answer = world.answer(ada, (session) => {
      session.put('early', 1)
      late = () => session.put('late', 2)
    })
    // The handler has returned and its commit waits at the gate.
    while (!late) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    let threw = false
    try {
      late()
    } catch {
      threw = true
    }
    open()
    await answer

    const stored = await ada.json('/all')
    expect(stored).toEqual({ userId: 'ada', early: 1, ...(threw ? {} : { late: 2 }) })
  })
})

describe('save() in between (R6)', () => {
  it('stores at once what has been changed so far', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const other = ada.copy()

    const seen = await world.within(ada, async (session) => {
      session.put('step', 1)
      await session.save()
      const before = world.store.live().length
      session.put('step', 2)
      return before
    })

    expect(seen).toBe(1)
    expect(await other.json('/all')).toEqual({ userId: 'ada', step: 2 })
  })

  it('costs one write, and none at the end where nothing changed afterwards', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.store.taken()

    await world.within(ada, async (session) => {
      session.put('step', 1)
      await session.save()
    })

    expect(world.store.taken()).toEqual(['load', 'replace'])
  })

  it('does nothing where nothing has changed', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.store.taken()

    await world.within(ada, (session) => session.save())

    expect(world.store.taken()).toEqual(['load'])
  })

  it('makes a visitor a session whose cookie comes with the response', async () => {
    const world = setting()
    const client = world.client()
    await world.within(client, async (session) => {
      session.put('a', 1)
      await session.save()
      session.put('b', 2)
    })

    expect(await client.json('/all')).toEqual({ a: 1, b: 2 })
  })

  it('tells the handler of a failure, which can then do without', async () => {
    const world = setting({ maxBytes: 300 })
    const client = world.client()

    const code = await world.within(client, async (session) => {
      session.put('big', 'x'.repeat(400))
      const failed = await session.save().catch((error: unknown) => error)
      session.forget('big')
      session.put('small', 1)
      return failed instanceof SessionError ? failed.code : failed
    })

    expect(code).toBe('session-too-large')
    expect(await client.json('/all')).toEqual({ small: 1 })
  })
})

it('works mounted on one path only, and leaves the rest of the app alone', async () => {
  const clock = new Clock()
  const store = watchedStore(clock.now)
  const world = setting({ store })
  const outer = new Hono()
  outer.get('/', (c) => c.text('home'))
  outer.route('/app', world.app)

  const home = await outer.request('/')
  const me = await new Client(outer).get('/app/me')

  expect(home.headers.getSetCookie()).toEqual([])
  expect(me.headers.getSetCookie()).toHaveLength(2)
})

import { type SessionEvent, type SessionStore, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeKeyring } from '../../packages/orbit/src/keys.ts'
import { KnownIds } from '../../packages/orbit/src/known-ids.ts'
import { newMark } from '../../packages/orbit/src/session/marks.ts'
import { newStore } from '../behaviour/store.ts'
import { Client, setCookieNames } from './client.ts'
import { arrived, setting, signedIn } from './setting.ts'

const old = 'the old secret of this app: 32 bytes or more'
const young = 'the new secret of this app: 32 bytes or more'

/** The same app and store after a change of its secret. */
function redeployed(world: ReturnType<typeof setting>, secret: string | [string, ...string[]]) {
  return setting({ store: world.store, now: world.clock.now, secret })
}

describe('a rotated secret (R12)', () => {
  it('still accepts a session that the old one signed', async () => {
    const before = setting({ secret: old })
    const ada = await signedIn(before.client())

    const after = ada.copy(redeployed(before, [young, old]).app)

    expect(await after.json('/me')).toEqual({ userId: 'ada' })
  })

  it('signs the cookies of that browser again, once', async () => {
    const before = setting({ secret: old })
    const ada = await signedIn(before.client())
    const after = ada.copy(redeployed(before, [young, old]).app)

    expect(setCookieNames(await after.get('/me'))).toEqual(['XSRF-TOKEN', 'session'])
    expect(setCookieNames(await after.get('/me'))).toEqual([])
    const last = after.copy(redeployed(before, young).app)
    expect(await last.json('/me')).toEqual({ userId: 'ada' })
    expect((await last.post('/put?a=b')).status).toBe(200)
  })

  it('still accepts the token of a page that was open before', async () => {
    const before = setting({ secret: old })
    const ada = await signedIn(before.client())
    const after = ada.copy(redeployed(before, [young, old]).app)

    expect((await after.post('/put?a=b')).status).toBe(200)
  })

  it("signs a visitor's id again, without a longer lifetime", async () => {
    const before = setting({ secret: old, absoluteTimeoutSeconds: 1000 })
    const visitor = await arrived(before.client())
    before.clock.pass(400)
    const now = before.clock.now
    const after = setting({ secret: [young, old], absoluteTimeoutSeconds: 1000, now })

    const response = await visitor.copy(after.app).get('/me')

    expect(response.headers.getSetCookie().join()).toContain('Max-Age=600')
  })

  it('no longer accepts old sessions after the old secret is removed', async () => {
    const before = setting({ secret: old })
    const ada = await signedIn(before.client())
    const after = redeployed(before, young)

    expect(await ada.copy(after.app).json('/me')).toEqual({ userId: null })
  })

  it('does not sign with the old secret', async () => {
    const before = setting({ secret: old })
    const after = redeployed(before, [young, old])
    const ada = await signedIn(after.client())

    expect(await ada.copy(before.app).json('/me')).toEqual({ userId: null })
  })
})

describe('a rolling deployment of a new secret', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  const inOptions = (world: ReturnType<typeof setting>, secrets: readonly string[]) =>
    redeployed(world, secrets as [string, ...string[]])
  const inEnvironment = (
    world: ReturnType<typeof setting>,
    [key, ...previous]: readonly string[],
  ) => {
    vi.stubEnv('APP_KEY', key)
    vi.stubEnv('APP_PREVIOUS_KEYS', previous.join(','))
    return setting({ store: world.store, now: world.clock.now, secret: undefined })
  }

  describe.each([
    ['session.secret', inOptions],
    ['APP_KEY and APP_PREVIOUS_KEYS', inEnvironment],
  ])('in three steps, with %s', (_, deploy) => {
    it.each([
      [[old], [old, young]],
      [
        [old, young],
        [young, old],
      ],
      [[young, old], [young]],
    ])('from %j to %j: each instance accepts the sessions of the other one', async (from, to) => {
      const world = setting()
      const [before, after] = [deploy(world, from), deploy(world, to)]
      for (const [one, other] of [
        [before, after],
        [after, before],
      ] as const) {
        // Users of the instance with the first configuration have its cookies.
        const ada = await signedIn(one.client())
        const visitor = await arrived(one.client())

        expect(await ada.copy(other.app).json('/me')).toEqual({ userId: 'ada' })
        expect((await ada.copy(other.app).post('/put?a=b')).status).toBe(200)
        expect((await visitor.copy(other.app).post('/put?a=b')).status).toBe(200)
        const moving = ada.copy(other.app)
        await moving.get('/me')
        expect(await moving.copy(one.app).json('/me')).toEqual({ userId: 'ada' })
      }
    })

    it('keeps a user signed in who sends a request during each step', async () => {
      const world = setting()
      let ada = await signedIn(deploy(world, [old]).client())
      for (const secrets of [[old, young], [young, old], [young]]) {
        ada = ada.copy(deploy(world, secrets).app)
        expect(await ada.json('/me')).toEqual({ userId: 'ada' })
        expect((await ada.post('/put?a=b')).status).toBe(200)
      }
    })

    it('signs users out if the first step is left out while an old instance is running', async () => {
      const world = setting()
      const [before, after] = [deploy(world, [old]), deploy(world, [young, old])]
      const ada = await signedIn(after.client())

      expect(await ada.copy(before.app).json('/me')).toEqual({ userId: null })
    })
  })
})

describe('a secret (R12)', () => {
  beforeEach(() => {
    vi.stubEnv('APP_KEY', undefined)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })

  it.each([
    ['of 31 bytes', 'x'.repeat(31)],
    ['that is empty', ''],
    ['that is short and the second of a list', ['x'.repeat(32), 'short'] as [string, string]],
  ])('%s is refused, with a command that generates one, and is not shown', (_, secret) => {
    expect(() => session({ secret })).toThrow(/session\.secret/)
    try {
      session({ secret })
    } catch (error) {
      expect(String(error)).not.toContain('xxxx')
    }
  })

  it('is measured in bytes, not in characters', () => {
    expect(() => session({ secret: 'é'.repeat(16) })).not.toThrow()
  })

  it('is APP_KEY if none is configured', async () => {
    vi.stubEnv('APP_KEY', old)
    const world = setting({ secret: old })
    const ada = await signedIn(world.client())
    const app = new Hono()
    app.use(session({ store: world.store, now: world.clock.now }))
    app.get('/me', (c) => c.json(c.get('session').get('userId')))

    expect(await ada.copy(app).json('/me')).toBe('ada')
  })

  it('is refused by name if APP_KEY is too short, or one of APP_PREVIOUS_KEYS', () => {
    vi.stubEnv('APP_KEY', 'short')
    expect(() => session()).toThrow(/^APP_KEY has/)

    vi.stubEnv('APP_KEY', old)
    vi.stubEnv('APP_PREVIOUS_KEYS', `${young},short`)
    expect(() => session()).toThrow(/^APP_PREVIOUS_KEYS has/)
  })

  it('is the configured one even if APP_KEY is set', async () => {
    vi.stubEnv('APP_KEY', young)
    const world = setting({ secret: old })
    const ada = await signedIn(world.client())
    vi.stubEnv('APP_KEY', undefined)

    expect(await ada.copy(redeployed(world, old).app).json('/me')).toEqual({ userId: 'ada' })
  })

  it('is generated in the process for the memory driver if none is configured', async () => {
    const app = new Hono()
    app.use(session())
    app.post('/put', (c) => {
      c.get('session').put('a', 1)
      return c.text('ok')
    })
    app.get('/', (c) => c.json(c.get('session').all()))
    const client = new Client(app)
    await client.get('/')
    await client.post('/put')

    expect(await client.json('/')).toEqual({ a: 1 })
  })

  it('is generated once in a store, so that two processes share it', async () => {
    const shared = newStore()
    const proposed: string[] = []
    // Both processes find none, and each proposes one.
    let open = () => {}
    const both = new Promise<void>((resolve) => {
      open = resolve
    })
    const [one, other] = [0, 1].map(() =>
      process({
        load: (key) => shared.load(key),
        compareAndSet: async (key, version, next) => {
          if (isSecret(key) && next) {
            proposed.push(next.payload)
            if (proposed.length === 2) open()
            await both
          }
          return shared.compareAndSet(key, version, next)
        },
        close() {},
      }),
    )
    if (!one || !other) throw new Error('no processes')
    const client = new Client(one)
    await Promise.all([client.get('/'), new Client(other).get('/')])
    await client.post('/put')

    expect(await client.copy(other).json('/')).toEqual({ a: 1 })
    expect((await client.copy(other).post('/put')).status).toBe(200)
    expect(new Set(proposed).size).toBe(2)
    for (const payload of proposed) {
      expect(Buffer.byteLength(payload.replace('k1|', ''))).toBeGreaterThanOrEqual(32)
    }
  })

  it('is not loaded from the store if one is configured and has signed all ids', async () => {
    const { store, client } = setting({ secret: old })
    const ada = await signedIn(client())
    await ada.get('/me')

    expect(store.keys.filter(isSecret)).toEqual([])
  })

  it('that the store cannot load makes the request fail with 503, and the next request works', async () => {
    const fault = { down: true }
    const inner = newStore()
    const client = new Client(
      process({
        load: (key) => {
          if (fault.down && isSecret(key)) throw new Error('down')
          return inner.load(key)
        },
        compareAndSet: (key, version, next) => inner.compareAndSet(key, version, next),
        close() {},
      }),
    )

    expect((await client.get('/')).status).toBe(503)
    expect((await client.send('POST', '/put')).status).toBeGreaterThanOrEqual(400)
    expect((await client.get('/free')).status).toBe(200)
    expect(client.has('session')).toBe(false)
    fault.down = false
    expect((await client.get('/')).status).toBe(200)
  })

  it.each(['k1|', 'k1|x', `k1|${'x'.repeat(31)}`, '', 'x'.repeat(40)])(
    'from the store that is too short or unreadable (%j) signs nothing: a new one replaces it, and an event reports it',
    async (payload) => {
      vi.spyOn(console, 'error').mockImplementation(() => {})
      const store = newStore()
      const key = await keyOfSecret(store)
      await put(store, key, payload)
      const events: SessionEvent[] = []
      const client = new Client(process(store, events))
      await client.get('/')
      await client.post('/put')

      const byAnybody = new KnownIds(makeKeyring([payload.replace('k1|', '')], 'session'))
      expect(byAnybody.read(client.cookie('session'))).toBeUndefined()
      expect(events.filter(({ type }) => type === 'session:secret-refused')).toHaveLength(1)
      expect(await secretIn(store, key)).toMatch(/^[\w-]{43}$/)
      expect(await client.copy(process(store, events)).json('/')).toEqual({ a: 1 })
      expect(events.filter(({ type }) => type === 'session:secret-refused')).toHaveLength(1)
    },
  )

  it.each([undefined, 'a secret of the tests, long enough for HMAC'])(
    'from a newer release makes requests fail with 503, and is never replaced (configured: %s)',
    async (secret) => {
      const store = newStore()
      const key = await keyOfSecret(store)
      const payload = `k2|${'x'.repeat(43)}`
      await put(store, key, payload)
      const app = new Hono()
      app.use(session({ store, secret }))
      app.get('/', (c) => c.json(c.get('session').all()))
      const client = new Client(app)
      client.set('session', foreignId)
      const response = await client.get('/')

      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ error: { code: 'session-newer-format' } })
      expect((await store.load(key))?.payload).toBe(payload)
    },
  )

  it('that replaces the current one in the store, and is too short, is itself replaced by the current one', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const store = newStore()
    const events: SessionEvent[] = []
    const app = process(store, events)
    const client = new Client(app)
    await client.get('/')
    await client.post('/put')
    const key = await keyOfSecret(store)
    const used = await secretIn(store, key)
    await put(store, key, 'k1|x')
    // An id that we did not issue makes the process load the secret, at most once a second.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 31_000)
    const stranger = new Client(app)
    stranger.set('session', foreignId)
    await stranger.get('/')

    expect(events.map(({ type }) => type)).toContain('session:secret-refused')
    expect(await secretIn(store, key)).toBe(used)
    expect(await client.json('/')).toEqual({ a: 1 })
  })

  it('that is too short, in a store that cannot replace it, makes requests fail with 503 and is logged', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const inner = newStore()
    const client = new Client(
      process({
        load: (key) => (isSecret(key) ? { version: 'a', payload: 'k1|x' } : inner.load(key)),
        compareAndSet: (key, version, next) =>
          !isSecret(key) && inner.compareAndSet(key, version, next),
        close() {},
      }),
    )

    expect((await client.get('/')).status).toBe(503)
    expect(client.has('session')).toBe(false)
    expect(error.mock.calls.join()).toContain('shorter than 32 bytes')
  })

  it('that is not configured causes a warning in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})

    session()

    expect(warn.mock.calls.flat().join()).toMatch(/secret|APP_KEY/)
  })

  it('causes no warning otherwise', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})

    session()
    vi.stubEnv('NODE_ENV', 'production')
    session({ secret: old })

    expect(warn).not.toHaveBeenCalled()
  })

  function process(store: SessionStore, events: SessionEvent[] = []): Hono {
    const app = new Hono()
    app.use(session({ store, onEvent: (event) => void events.push(event) }))
    app.get('/free', (c) => c.text('free'))
    app.get('/', (c) => c.json(c.get('session').all()))
    app.post('/put', (c) => {
      c.get('session').put('a', 1)
      return c.text('ok')
    })
    return app
  }
})

const foreignId = `s.${'A'.repeat(43)}.${'A'.repeat(16)}.${'A'.repeat(43)}`

function isSecret(key: string): boolean {
  return key.startsWith('secret-')
}

/** The key of the secret of an app with the default cookie name. */
async function keyOfSecret(store: SessionStore): Promise<string> {
  const keys: string[] = []
  const app = new Hono()
  const load: SessionStore['load'] = (key) => {
    keys.push(key)
    return store.load(key)
  }
  app.use(
    session({
      secret: young,
      store: { load, compareAndSet: () => false, close() {} },
    }),
  )
  await app.request('/', { headers: { Cookie: `session=${foreignId}` } })
  return keys.find(isSecret) ?? ''
}

async function put(store: SessionStore, key: string, payload: string): Promise<void> {
  const current = await store.load(key)
  await store.compareAndSet(key, current?.version, { version: newMark(), payload })
}

async function secretIn(store: SessionStore, key: string): Promise<string | undefined> {
  return (await store.load(key))?.payload.replace('k1|', '')
}

describe('the derived keys (R12)', () => {
  it('are different for each cookie name, for the token too', async () => {
    const one = setting({ cookie: { name: 'one' } })
    const other = setting({ cookie: { name: 'other' }, store: one.store, now: one.clock.now })
    const client = await signedIn(one.client())
    const moved = other.client()
    moved.set('other', client.cookie('one'))

    expect(await moved.json('/me')).toEqual({ userId: null })
  })

  it('are separate for the id and the token, which reveal nothing about each other', async () => {
    const client = await signedIn(setting().client())
    const parts = client.cookie('session').split('.')

    expect(parts).not.toContain(client.token)
  })
})

import type { SessionOptions, SessionStore } from '@gravito/orbit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newStore } from '../behaviour/store.ts'
import { setCookieNames } from './client.ts'
import { arrived, Clock, setting, signedIn } from './setting.ts'

const old = 'the old secret of this app: 32 bytes or more'
const young = 'the new secret of this app: 32 bytes or more'
const times = { absoluteTimeoutSeconds: 1000, idleTimeoutSeconds: 900 }

beforeEach(() => {
  vi.stubEnv('APP_KEY', undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** One store, the processes that use it, and a way to make its secret unavailable. */
function deployments() {
  const clock = new Clock()
  let inner = newStore({ now: clock.now })
  const fault = { secret: false }
  const keys = new Set<string>()
  const store: SessionStore = {
    load: async (key) => {
      if (fault.secret && isSecret(key)) throw new Error('connection lost')
      return inner.load(key)
    },
    compareAndSet: async (key, version, next) => {
      if (isSecret(key)) keys.add(key)
      return inner.compareAndSet(key, version, next)
    },
    close() {},
  }
  return {
    clock,
    fault,
    /** Removes all data from the store. */
    empty: () => {
      inner = newStore({ now: clock.now })
    },
    /** A process that starts now. */
    start: (options: SessionOptions = {}) =>
      setting({ store, now: clock.now, secret: undefined, ...times, ...options }),
    /** The kept secrets in the store. */
    kept: async () => {
      const found = await Promise.all([...keys].map((key) => inner.load(key)))
      return found.filter((record) => record !== undefined)
    },
  }
}

function isSecret(key: string): boolean {
  return key.startsWith('secret-')
}

/** Longer than the interval at which a process asks for the secret again. */
function passTime(): void {
  const time = performance.now() + 2_000
  vi.spyOn(performance, 'now').mockImplementation(() => time)
}

const nobody = { userId: null }
const isAda = { userId: 'ada' }

describe('a secret that is configured after the store has kept one (R12)', () => {
  it('keeps all users signed in, and gives them cookies signed with the new one', async () => {
    const { start } = deployments()
    const ada = await signedIn(start().client())
    const later = ada.copy(start({ secret: old }).app)

    expect(setCookieNames(await later.get('/me'))).toEqual(['XSRF-TOKEN', 'session'])
    expect(await later.json('/me')).toEqual(isAda)
    expect(setCookieNames(await later.get('/me'))).toEqual([])
  })

  it('still accepts the tokens of pages that were open before, and those of visitors', async () => {
    const { start } = deployments()
    const before = start()
    const [ada, visitor] = [await signedIn(before.client()), await arrived(before.client())]
    const after = start({ secret: old })

    expect((await ada.copy(after.app).post('/put?a=b')).status).toBe(200)
    expect((await visitor.copy(after.app).post('/put?a=b')).status).toBe(200)
  })

  it('accepts the kept one for one absolute timeout only', async () => {
    const { start, clock, kept } = deployments()
    const before = start()
    const after = start({ secret: old })
    // The time starts with the first id that the configured secret has not signed.
    await (await signedIn(before.client())).copy(after.app).get('/me')
    clock.pass(500)
    const ada = await signedIn(before.client())
    clock.pass(499)
    expect(await ada.copy(after.app).json('/me')).toEqual(isAda)
    clock.pass(1)

    expect(await ada.copy(after.app).json('/me')).toEqual(nobody)
    expect(await ada.copy(start({ secret: old }).app).json('/me')).toEqual(nobody)
    expect(await kept()).toEqual([])
  })

  it('accepts the kept one until the same time in each process, even in one that starts later', async () => {
    const { start, clock } = deployments()
    const before = start()
    const first = start({ secret: old })
    await (await signedIn(before.client())).copy(first.app).get('/me')
    clock.pass(600)
    const ada = await signedIn(before.client())
    const second = start({ secret: old })
    expect(await ada.copy(second.app).json('/me')).toEqual(isAda)
    clock.pass(400)

    for (const { app } of [first, second, start({ secret: old })]) {
      expect(await ada.copy(app).json('/me')).toEqual(nobody)
    }
  })

  it('makes requests with an id that the kept secret may have signed fail with 503 while it cannot be loaded', async () => {
    const { start, fault } = deployments()
    const ada = await signedIn(start().client())
    const later = ada.copy(start({ secret: old }).app)
    const cookies = later.cookieHeader
    fault.secret = true
    const response = await later.get('/me')

    expect([response.status, response.headers.get('Retry-After')]).toEqual([
      503,
      expect.any(String),
    ])
    expect((await later.post('/put?a=b')).status).toBeGreaterThanOrEqual(400)
    expect((await later.get('/free')).status).toBe(200)
    expect(later.cookieHeader).toBe(cookies)
    fault.secret = false
    expect(await later.json('/me')).toEqual(isAda)
  })

  it('gives visitors and users new cookies while the kept one cannot be loaded', async () => {
    const { start, fault } = deployments()
    await signedIn(start().client())
    const after = start({ secret: old })
    fault.secret = true
    const [ada, visitor] = [await signedIn(after.client()), await arrived(after.client())]

    expect(await ada.json('/me')).toEqual(isAda)
    expect((await visitor.post('/put?a=b')).status).toBe(200)
    const wrong = after.client()
    wrong.set('session', 'nothing that looks like an id')
    expect((await wrong.get('/me')).status).toBe(200)
  })

  it('makes each process look up the kept secret once, even if there is none', async () => {
    const world = setting({ secret: old })
    for (let i = 0; i < 5; i += 1) {
      const stranger = world.client()
      stranger.set('session', `s.${`${i}`.repeat(43)}.${'A'.repeat(16)}.${'A'.repeat(43)}`)
      expect(await stranger.json('/me')).toEqual(nobody)
    }

    expect(world.store.keys).toEqual([expect.stringMatching(/^secret-/)])
  })

  it('can be rotated meanwhile: all three are accepted', async () => {
    const { start } = deployments()
    const before = start()
    const first = start({ secret: old })
    const [ofKept, ofOld] = [await signedIn(before.client()), await signedIn(first.client())]
    const second = start({ secret: [young, old] })
    const ofYoung = await signedIn(second.client())

    for (const client of [ofKept, ofOld, ofYoung]) {
      expect(await client.copy(second.app).json('/me')).toEqual(isAda)
    }
  })
})

describe('a rollback to an app without a configured secret (R12)', () => {
  it('keeps the kept secret forever, and accepts all ids that it signed', async () => {
    const { start, clock, kept } = deployments()
    const before = start()
    const ada = await signedIn(before.client())
    await ada.copy(start({ secret: old }).app).get('/me')
    expect(await kept()).toMatchObject([{ expiresAt: clock.now() + 1_000_000 }])
    clock.pass(500)

    const rolledBack = start()

    expect(await ada.copy(rolledBack.app).json('/me')).toEqual(isAda)
    const [record, ...others] = await kept()
    expect(others).toEqual([])
    expect(record).not.toHaveProperty('expiresAt')
    clock.pass(5_000)
    const later = await signedIn(rolledBack.client())
    expect(await later.copy(start().app).json('/me')).toEqual(isAda)
  })

  it('signs out users whose ids the configured secret signed, because the app no longer knows it', async () => {
    const { start } = deployments()
    await signedIn(start().client())
    const ada = await signedIn(start({ secret: old }).client())

    expect(await ada.copy(start().app).json('/me')).toEqual(nobody)
  })

  it('is followed by a new time limit if a secret is configured again', async () => {
    const { start, clock } = deployments()
    const before = start()
    await (await signedIn(before.client())).copy(start({ secret: old }).app).get('/me')
    clock.pass(900)
    const rolledBack = start()
    const ada = await signedIn(rolledBack.client())
    const again = start({ secret: old })
    await ada.copy(again.app).get('/me')
    clock.pass(800)

    expect(await ada.copy(start({ secret: old }).app).json('/me')).toEqual(isAda)
  })

  it('creates a new kept secret if the old one has expired', async () => {
    const { start, clock, kept } = deployments()
    const ada = await signedIn(start().client())
    const [before] = await kept()
    await ada.copy(start({ secret: old }).app).get('/me')
    clock.pass(1_000)
    await start().client().get('/me')

    const [after] = await kept()
    expect(after?.payload).not.toBe(before?.payload)
  })
})

describe('the secret that a store keeps (R12)', () => {
  it('is different for each cookie name', async () => {
    const { start, kept } = deployments()
    const shop = await signedIn(start().client())
    const admin = await signedIn(start({ cookie: { name: 'admin' } }).client())
    const [one, other, ...more] = await kept()

    expect(more).toEqual([])
    expect(one?.payload).not.toBe(other?.payload)
    const foreign = shop.copy(start({ cookie: { name: 'admin' } }).app)
    foreign.set('admin', shop.cookie('session'))
    expect(await foreign.json('/me')).toEqual(nobody)
    expect(await admin.json('/me')).toEqual(isAda)
  })

  it('does not expire because another cookie name has a configured secret', async () => {
    const { start, kept } = deployments()
    const ada = await signedIn(start().client())
    await signedIn(start({ cookie: { name: 'admin' } }).client())
    await ada.copy(start({ secret: old }).app).get('/me')

    const records = await kept()
    expect(records.filter(({ expiresAt }) => expiresAt === undefined)).toHaveLength(1)
    expect(records).toHaveLength(2)
  })

  it('is restored by a process that knows it, after the store has lost its data', async () => {
    const { start, empty, kept } = deployments()
    const one = start()
    const stranger = await signedIn(deployments().start().client())
    await signedIn(one.client())
    const [before] = await kept()
    empty()
    passTime()
    await stranger.copy(one.app).get('/me')

    expect((await kept()).map(({ payload }) => payload)).toEqual([before?.payload])
  })

  it('is adopted by a process that knew another one, after the store has lost its data', async () => {
    const { start, empty } = deployments()
    const one = start()
    const ada = await signedIn(one.client())
    empty()
    const other = start()
    const bob = await signedIn(other.client(), 'bob')
    passTime()

    expect(await bob.copy(one.app).json('/me')).toEqual({ userId: 'bob' })
    // Ids that the old one signed are still accepted, so the open page can sign in again.
    expect(await ada.json('/me')).toEqual(nobody)
    expect((await ada.post('/login')).status).toBe(200)
    expect(await ada.copy(other.app).json('/me')).toEqual(isAda)
  })

  it('is loaded before it signs the id of a new session, at most once a second', async () => {
    const { start, empty } = deployments()
    const one = start()
    await signedIn(one.client())
    empty()
    const other = start()
    await signedIn(other.client(), 'bob')
    passTime()

    const ada = await signedIn(one.client())

    expect(await ada.copy(other.app).json('/me')).toEqual(isAda)
  })
})

import { describe, expect, it } from 'vitest'
import { newMark } from '../../packages/orbit/src/session/marks.ts'
import { newStore } from '../behaviour/store.ts'
import { ask, type Client, setCookieNames } from './client.ts'
import { arrived, Clock, setting, signedIn } from './setting.ts'

type World = ReturnType<typeof setting>

/** A browser with the cookies of several clients, in this order, and the token of one of them. */
function together(world: Pick<World, 'client'>, clients: Client[], token = clients[0]): Client {
  const both = world.client()
  both.set('session', clients.map((client) => client.cookie('session')).join('; session='))
  if (token) both.set('XSRF-TOKEN', token.cookie('XSRF-TOKEN'))
  return both
}

/** A browser with the cookie of a session that ended some time ago. */
async function ended(world: World): Promise<Client> {
  const client = await signedIn(world.client(), 'old')
  const kept = client.copy()
  await client.post('/logout')
  world.clock.pass(60)
  return kept
}

/** Each pair in both orders: the order in a Cookie header does not say which one is right. */
const orders = [
  ['first', (a: Client, b: Client) => [a, b]],
  ['last', (a: Client, b: Client) => [b, a]],
] as const

describe('several cookies of our name (R13)', () => {
  it('the one that we signed is used, at any position', async () => {
    const ada = await signedIn(setting().client())
    for (const Cookie of [`session=x; ${ada.cookieHeader}`, `${ada.cookieHeader}; session=x`]) {
      expect(await ada.json('/me', { headers: { Cookie } })).toEqual({ userId: 'ada' })
    }
  })

  it('the same cookie twice counts once, without an event', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.happened()

    expect(await together(world, [ada, ada]).json('/me')).toEqual({ userId: 'ada' })
    expect(world.events).toEqual([])
  })

  it('the same id, signed with the old secret and with the new one, counts once', async () => {
    const [old, current] = ['o'.repeat(32), 'n'.repeat(32)] as const
    const before = setting({ secret: old })
    const ada = await signedIn(before.client())
    const world = setting({ secret: [current, old], store: before.store, now: before.clock.now })
    const again = ada.copy(world.app)
    await again.get('/me')
    expect(again.cookie('session')).not.toBe(ada.cookie('session'))

    const both = together(world, [ada, again], again)

    expect(await both.json('/me')).toEqual({ userId: 'ada' })
    expect(setCookieNames(await both.get('/me'))).toEqual([])
    expect(world.events).toEqual([])
  })

  it.each(orders)(
    'the active session is used, not an ended one, if it is the %s cookie',
    async (_, order) => {
      const world = setting()
      const dead = await ended(world)
      const ada = await signedIn(world.client())
      const both = together(world, order(ada, dead), ada)
      world.happened()

      const page = await both.get('/me')

      expect(await page.json()).toEqual({ userId: 'ada' })
      expect(setCookieNames(page)).toEqual([])
      expect(world.events).toEqual([{ type: 'session:unknown-id', reason: 'duplicate' }])
      expect((await both.post('/put?a=b')).status).toBe(200)
      expect(await ada.json('/all')).toEqual({ userId: 'ada', a: 'b' })
    },
  )

  it.each(orders)(
    "the active session is used, not a visitor's old cookie, if it is the %s cookie",
    async (_, order) => {
      const world = setting()
      const visitor = await arrived(world.client())
      const ada = await signedIn(world.client())
      const both = together(world, order(ada, visitor), ada)
      world.store.taken()

      expect(await both.json('/me')).toEqual({ userId: 'ada' })
      expect(world.store.taken()).toEqual(['load'])
      expect((await both.post('/put?a=b')).status).toBe(200)
      expect(await ada.json('/all')).toEqual({ userId: 'ada', a: 'b' })
    },
  )

  it.each(orders)(
    'a moved session is the same as its new session, if that is the %s cookie',
    async (_, order) => {
      const world = setting()
      const ada = await signedIn(world.client())
      const before = ada.copy()
      await ada.post('/regenerate')
      const both = together(world, order(ada, before), ada)

      expect(await both.json('/me')).toEqual({ userId: 'ada' })
      expect((await both.post('/put?a=b')).status).toBe(200)
      expect(await ada.json('/all')).toEqual({ userId: 'ada', a: 'b' })
    },
  )

  it.each(orders)(
    "a recently moved session is used, not a visitor's cookie, and only for reads: %s",
    async (_, order) => {
      const world = setting()
      const ada = await signedIn(world.client())
      const before = ada.copy()
      await ada.post('/regenerate')
      const visitor = await arrived(world.client())
      const both = together(world, order(before, visitor), before)

      const page = await both.get('/me')

      expect(await page.json()).toEqual({ userId: 'ada' })
      expect(setCookieNames(page)).toEqual([])
      expect((await both.post('/put?a=b')).status).toBe(409)
    },
  )

  it.each([
    ['two active sessions', (ada: Client) => ada],
    [
      'an active session, and one that has moved to another active one',
      (ada: Client) => ada.copy(),
    ],
  ])(
    'several active sessions are ignored, with an event, no write and no cookie: %s',
    async (_, keep) => {
      const world = setting()
      const [ada, bob] = [await signedIn(world.client()), await signedIn(world.client(), 'bob')]
      const one = keep(ada)
      if (one !== ada) await ada.post('/regenerate')
      const both = together(world, [one, bob])
      world.happened()

      const page = await both.get('/me')

      expect(await page.json()).toEqual({ userId: null })
      expect(setCookieNames(page)).toEqual([])
      expect(world.events).toEqual([{ type: 'session:unknown-id', reason: 'ambiguous' }])
      expect((await both.post('/put?a=b')).status).toBe(403)
      expect(await ada.json('/me')).toEqual({ userId: 'ada' })
      expect(await bob.json('/me')).toEqual({ userId: 'bob' })
    },
  )

  it.each(orders)(
    'without a session, the most recently issued cookie of a visitor is used, if it is the %s cookie',
    async (_, order) => {
      const world = setting()
      const older = await arrived(world.client())
      world.clock.pass(1)
      const newer = await arrived(world.client())
      const both = together(world, order(newer, older), newer)
      world.store.taken()
      world.happened()

      expect(setCookieNames(await both.get('/me'))).toEqual([])
      expect(world.store.taken()).toEqual([])
      expect(world.events).toEqual([])
      expect((await both.post('/put?a=b')).status).toBe(200)
    },
  )

  it.each(orders)(
    "a visitor's cookie is used, not that of an ended session: %s",
    async (_, order) => {
      const world = setting()
      const visitor = await arrived(world.client())
      const dead = await ended(world)
      const both = together(world, order(visitor, dead), visitor)

      expect(setCookieNames(await both.get('/me'))).toEqual([])
      expect((await both.post('/put?a=b')).status).toBe(200)
      expect(both.cookie('session')).toMatch(/^s\./)
    },
  )

  it.each(orders)(
    'if a session has just ended, no cookie replaces those of the sign-out: %s',
    async (_, order) => {
      const world = setting()
      const visitor = await arrived(world.client())
      const ada = await signedIn(world.client())
      const before = ada.copy()
      await ada.post('/logout')
      const late = together(world, order(before, visitor), before)

      expect(setCookieNames(await late.get('/me'))).toEqual([])
    },
  )

  it('a user with cookies of ended sessions only can sign in again', async () => {
    const world = setting()
    const both = together(world, [await ended(world), await ended(world)])
    world.happened()

    expect(setCookieNames(await both.get('/me'))).toEqual(['XSRF-TOKEN'])
    expect(world.happened()).toEqual(['session:expired'])
    expect((await both.post('/login')).status).toBe(200)
    expect(await both.json('/me')).toEqual({ userId: 'ada' })
  })

  it('at most four are looked up, all at once', async () => {
    const world = setting()
    const dead = [await ended(world), await ended(world), await ended(world)]
    const ada = await signedIn(world.client())
    const four = together(world, [...dead, ada], ada)
    world.store.taken()

    expect(await four.json('/me')).toEqual({ userId: 'ada' })
    expect(world.store.taken()).toEqual(['load', 'load', 'load', 'load'])
  })

  it('more than four are all ignored: the client is a visitor, with an event, no cookie and no store command', async () => {
    const world = setting()
    const visitors: Client[] = []
    for (let i = 0; i < 4; i += 1) visitors.push(await arrived(world.client()))
    const ada = await signedIn(world.client())
    const five = together(world, [...visitors, ada], ada)
    world.store.taken()
    world.happened()

    const page = await five.get('/me')

    expect(await page.json()).toEqual({ userId: null })
    expect(setCookieNames(page)).toEqual([])
    expect(world.events).toEqual([{ type: 'session:unknown-id', reason: 'too-many' }])
    expect(world.store.taken()).toEqual([])
    expect((await five.post('/put?a=b')).status).toBe(403)
  })

  it.each(orders)(
    'if the store cannot tell whether one of them is active, the request fails with 503 and sets no cookie: %s',
    async (_, order) => {
      const clock = new Clock()
      const inner = newStore({ now: clock.now })
      let unreadable: string | undefined
      const load = (key: string) => {
        if (key === unreadable) throw new Error('connection lost')
        return inner.load(key)
      }
      const world = setting({ now: clock.now, store: { ...inner, load } })
      const old = await signedIn(world.client(), 'old')
      const handle = await world.within(old, (session) => session.handle)
      const ada = await signedIn(world.client())
      const both = together(world, order(ada, old), ada)
      await old.copy().post('/logout')
      unreadable = handle

      const page = await both.get('/me')

      expect(page.status).toBe(503)
      expect(setCookieNames(page)).toEqual([])
      expect((await both.get('/free')).status).toBe(200)
      unreadable = undefined
      expect(await both.json('/me')).toEqual({ userId: 'ada' })
    },
  )
})

describe("several cookies with the token's name (R15)", () => {
  it("no cookie is set if ours is among them, behind another app's", async () => {
    const ada = await signedIn(setting().client())
    for (const Cookie of [
      `XSRF-TOKEN=of-another-app; ${ada.cookieHeader}`,
      `${ada.cookieHeader}; XSRF-TOKEN=of-another-app`,
    ]) {
      const page = await ada.get('/me', { headers: { Cookie, 'Cache-Control': 'x' } })

      expect(setCookieNames(page)).toEqual([])
    }
  })

  it('and such a page stays cacheable for the browser', async () => {
    const world = setting()
    world.app.get('/cached', (c) => {
      c.header('Cache-Control', 'max-age=60')
      return c.json(c.get('session').all())
    })
    const ada = await signedIn(world.client())

    const page = await ada.get('/cached', {
      headers: { Cookie: `XSRF-TOKEN=of-another-app; ${ada.cookieHeader}` },
    })

    expect(page.headers.get('Cache-Control')).toBe('private, max-age=60')
  })

  it('ours is set if it is not among them', async () => {
    const ada = await signedIn(setting().client())
    const Cookie = `XSRF-TOKEN=a; session=${ada.cookie('session')}; XSRF-TOKEN=b`

    expect(setCookieNames(await ada.get('/me', { headers: { Cookie } }))).toEqual(['XSRF-TOKEN'])
  })
})

it('a Cookie header full of forged cookies causes one look-up of the kept secret, once', async () => {
  const world = setting()
  const forged = `session=s.${'A'.repeat(43)}.${'A'.repeat(16)}.${'A'.repeat(43)}`
  const Cookie = Array.from({ length: 60 }, (_, i) => forged.replace('A', String(i % 10))).join(
    '; ',
  )

  for (const keys of [[expect.stringMatching(/^secret-/)], []]) {
    world.store.taken()
    const response = await ask(world.app, '/me', { headers: { Cookie } })
    expect(await response.json()).toEqual({ userId: null })
    expect(world.store.keys).toEqual(keys)
  }
})

describe('several cookies of our name with an unreadable record (R13)', () => {
  it('the unreadable record does not count as an active session', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const bob = await signedIn(world.client(), 'bob')
    const handle = await world.within(bob, (session) => session.handle)
    const record = await world.store.load(handle)
    if (!record) throw new Error('no record')
    const spoiled = { ...record, version: newMark(), payload: '?' }
    expect(await world.store.compareAndSet(handle, record.version, spoiled)).toBe(true)
    const cookie = `session=${ada.cookie('session')}; session=${bob.cookie('session')}`
    const response = await ask(world.app, '/me', { headers: { cookie } })
    expect(await response.json()).toEqual({ userId: 'ada' })
  })
})

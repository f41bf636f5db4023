import { session, sessionsOf } from '@gravito/orbit'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { newStore } from '../behaviour/store.ts'
import type { Client } from './client.ts'
import { asking, browsers, listOf, outside, usersOf, type World } from './sessions.ts'
import { arrived, Clock, secret, setting, signedIn } from './setting.ts'

describe('endOthers() and endAll() (R25)', () => {
  it('endOthers() keeps only the current session, and returns the number of ended ones', async () => {
    const world = setting()
    const all = (await browsers(world, 4)) as [Client, ...Client[]]
    const bob = await signedIn(world.client(), 'bob')

    expect(await asking(world, all[0], (sessions) => sessions.of('ada').endOthers())).toBe(3)
    expect(await usersOf([...all, bob])).toEqual(['ada', null, null, null, 'bob'])
    expect(await listOf(world, all[0])).toMatchObject([{ isCurrent: true }])
  })

  it('endOthers() keeps the current session even if the request has its old id', async () => {
    const world = setting()
    world.app.get('/end-others', async (c) => c.json(await c.get('sessions').of('ada').endOthers()))
    const [phone, laptop] = (await browsers(world, 2)) as [Client, Client]
    const before = phone.copy()
    await phone.post('/regenerate')

    expect(await before.json('/end-others')).toBe(1)
    expect(await usersOf([phone, laptop])).toEqual(['ada', null])
  })

  it('endOthers() fails with 503 if the current session could not be read, because it might end that one', async () => {
    const clock = new Clock()
    const inner = newStore({ now: clock.now })
    let failing = false
    const world = setting({
      now: clock.now,
      store: {
        load: async (key) => {
          if (failing && key.length === 43) {
            failing = false
            throw new Error('connection lost')
          }
          return inner.load(key)
        },
        compareAndSet: async (...args) => inner.compareAndSet(...args),
        close() {},
      },
    })
    world.app.get('/end-others', async (c) => c.json(await c.get('sessions').of('ada').endOthers()))
    const [ada, other] = (await browsers(world, 2)) as [Client, Client]
    failing = true

    expect((await ada.get('/end-others')).status).toBe(503)
    expect(await usersOf([ada, other])).toEqual(['ada', 'ada'])
    expect(await ada.json('/end-others')).toBe(1)
  })

  it("endOthers() for another user, or in a visitor's request, ends all of the user's sessions", async () => {
    const world = setting()
    const ada = await browsers(world, 2)
    const bob = await signedIn(world.client(), 'bob')
    expect(await asking(world, bob, (sessions) => sessions.of('ada').endOthers())).toBe(2)
    const visitor = await arrived(world.client())
    expect(await asking(world, visitor, (sessions) => sessions.of('bob').endOthers())).toBe(1)

    expect(await usersOf([...ada, bob])).toEqual([null, null, null])
  })

  it('endAll() ends the current session too', async () => {
    const world = setting()
    const all = (await browsers(world, 3)) as [Client, ...Client[]]
    const bob = await signedIn(world.client(), 'bob')

    expect(await asking(world, all[0], (sessions) => sessions.of('ada').endAll())).toBe(3)
    expect(await usersOf([...all, bob])).toEqual([null, null, null, 'bob'])
    expect(await asking(world, bob, (sessions) => sessions.of('ada').endAll())).toBe(0)
  })

  it.each<[string, (world: World, ada: Client) => Promise<unknown>]>([
    ['its own endAll()', (world, ada) => asking(world, ada, (all) => all.of('ada').endAll())],
    ['endAll() elsewhere', (world) => outside(world).endAll()],
    [
      'a sign-out with the id from before it moved',
      async (world, ada) => {
        const before = ada.copy()
        await ada.post('/regenerate')
        await world.within(before, (session) => session.signOut(), { method: 'GET' })
      },
    ],
  ])(
    'a browser gets its token with the next page, and can sign in at once, after %s',
    async (_, end) => {
      const world = setting()
      const ada = await signedIn(world.client())
      await end(world, ada)
      await ada.get('/me')

      expect((await ada.post('/login')).status).toBe(200)
      expect(await usersOf([ada])).toEqual(['ada'])
    },
  )

  it('a user can sign in again after endAll()', async () => {
    const world = setting()
    const [ada] = (await browsers(world, 2)) as [Client]
    await asking(world, ada, (sessions) => sessions.of('ada').endAll())
    await signedIn(ada)

    expect(await usersOf([ada])).toEqual(['ada'])
    expect(await listOf(world, ada)).toHaveLength(1)
  })

  it('a sign-in of the same user after endAll() in the same request starts a new session', async () => {
    const world = setting()
    const [ada, phone] = (await browsers(world, 2)) as [Client, Client]
    const response = await world.answer(ada, async (session, c) => {
      session.put('notes', 'of the ended session')
      await c.get('sessions').of('ada').endAll()
      session.signIn('ada')
    })

    expect(response.status).toBe(200)
    expect(await usersOf([ada, phone])).toEqual(['ada', null])
    expect(await listOf(world, ada)).toHaveLength(1)
  })

  it('a handler can sign the user in after endAll() and signOut()', async () => {
    const world = setting()
    const [ada, phone] = (await browsers(world, 2)) as [Client, Client]
    await world.answer(ada, async (session, c) => {
      await c.get('sessions').of('ada').endAll()
      session.signOut()
      session.signIn('ada')
    })

    expect(await usersOf([ada, phone])).toEqual(['ada', null])
    expect(await listOf(world, ada)).toHaveLength(1)
  })

  it("endAll() keeps a session that has no owner any more, because the handler removed the owner's key", async () => {
    const world = setting()
    const [guest, ada] = (await browsers(world, 2)) as [Client, Client]
    await world.within(guest, (session) => {
      session.put('cart', ['lamp'])
      session.forget('userId')
    })
    world.clock.pass(11)

    expect(await listOf(world, ada)).toHaveLength(1)
    expect(await asking(world, ada, (sessions) => sessions.of('ada').endAll())).toBe(1)
    expect(await guest.json('/all')).toEqual({ cart: ['lamp'] })
  })

  it('after endOthers(), signOut() and flash(), all sessions have ended, and the next page has the message', async () => {
    const world = setting()
    const clients = (await browsers(world, 3)) as [Client, ...Client[]]
    const heard: unknown[] = []
    await world.answer(clients[0], async (session, c) => {
      await c.get('sessions').of('ada').endOthers()
      session.signOut()
      session.flash('notice', 'out')
    })
    await world.answer(clients[0], (session) => {
      heard.push(session.getFlash('notice'))
    })

    expect(heard).toEqual(['out'])
    expect(await usersOf(clients)).toEqual([null, null, null])
  })

  it('a sign-in is in the list after save(), as the current session', async () => {
    const world = setting()
    const visitor = await arrived(world.client())
    const lists: unknown[] = []
    await world.answer(visitor, async (session, c) => {
      session.signIn('ada')
      lists.push(await c.get('sessions').of('ada').list())
      await session.save()
      lists.push(await c.get('sessions').of('ada').list())
    })

    expect(lists).toEqual([[], [expect.objectContaining({ isCurrent: true })]])
  })
})

describe('sessions outside of requests (R25)', () => {
  it('sessionsOf(store, options) lists and ends sessions, and marks none as the current one', async () => {
    const world = setting()
    const clients = await browsers(world, 3)
    const ada = outside(world)
    const list = await ada.list()

    expect(list.map(({ isCurrent }) => isCurrent)).toEqual([false, false, false])
    expect(await ada.end(list[0]?.name ?? '')).toBe(true)
    expect(await ada.endOthers()).toBe(2)
    expect(await ada.endAll()).toBe(0)
    expect(await usersOf(clients)).toEqual([null, null, null])
  })

  it("sessionsOf() needs the app's cookie name if apps share a store", async () => {
    const shop = setting()
    const { now } = shop.clock
    const admin = setting({ store: shop.store, now, cookie: { name: 'admin' } })
    const [inShop, inAdmin] = [await signedIn(shop.client()), await signedIn(admin.client())]
    const ofAdmin = sessionsOf(shop.store, { now, cookie: { name: 'admin' } }).of('ada')

    expect(await sessionsOf(shop.store, { now }).of('ada').list()).toHaveLength(1)
    expect(await ofAdmin.endAll()).toBe(1)
    expect(await usersOf([inShop, inAdmin])).toEqual(['ada', null])
  })

  it('sessionsOf() refuses invalid options', () => {
    const { store } = setting()

    expect(() => sessionsOf(store, { ownerKey: [] as never })).toThrow('ownerKey')
  })

  it('sessionsOf() refuses to run without a store, because it would find nothing', () => {
    // @ts-expect-error: what JavaScript may pass
    expect(() => sessionsOf(undefined)).toThrow('sessionsOf() got no store.')
  })

  it('session().sessions lists and ends the same sessions', async () => {
    const world = setting()
    const clients = await browsers(world, 2)
    const { sessions } = session({ secret, store: world.store, now: world.clock.now })

    expect(await sessions.of('ada').list()).toHaveLength(2)
    expect(await sessions.of('ada').endAll()).toBe(2)
    expect(await usersOf(clients)).toEqual([null, null])
  })

  it('an app with exposeAs finds its sessions under that name with an s', async () => {
    const world = setting()
    const { store } = world
    const { now } = world.clock
    const app = new Hono()
      .use(session({ secret, store, now, exposeAs: 'admin', csrf: { exposeAs: 'adminCsrf' } }))
      .get('/', async (c) => c.json((await c.get('admins').of('ada').list()).length))
    await browsers(world, 2)

    expect(await (await app.request('/')).json()).toBe(2)
  })
})

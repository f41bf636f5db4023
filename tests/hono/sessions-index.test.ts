import { SessionError, type SessionInfo, type SessionStore, sessionsOf } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { newMark } from '../../packages/orbit/src/session/marks.ts'
import { type Entries, encodeEntries } from '../../packages/orbit/src/session/owner-index.ts'
import { newStore } from '../behaviour/store.ts'
import type { Client } from './client.ts'
import {
  browsers,
  entriesOf,
  indexKeys,
  listOf,
  outside,
  replaceIndex,
  usersOf,
  type World,
} from './sessions.ts'
import { arrived, Clock, setting, signedIn } from './setting.ts'

describe('the record of the list', () => {
  it('has no entry of a session after its sign-out, and is removed after the last one', async () => {
    const world = setting()
    const [phone, laptop] = (await browsers(world, 2)) as [Client, Client]
    expect(await entriesOf(world)).toHaveLength(2)
    await phone.post('/logout')
    expect(await entriesOf(world)).toHaveLength(1)
    await laptop.post('/logout')

    expect(indexKeys(world)).toEqual([])
  })

  it.each<[string, (world: World, ada: Client) => Promise<unknown>]>([
    ['endAll()', (world) => outside(world).endAll()],
    ['a change of user', (world, ada) => world.within(ada, (s) => s.signIn('bob'))],
    [
      "the removal of the owner's key",
      (world, ada) => world.within(ada, (s) => s.forget('userId')),
    ],
  ])('is removed after %s, if it was the last one', async (_, leave) => {
    const world = setting()
    const ada = await signedIn(world.client())
    const [key = ''] = indexKeys(world)
    await leave(world, ada)

    expect(await world.store.load(key)).toBeUndefined()
  })

  it('is kept as long as its sessions can last', async () => {
    const world = setting({ idleTimeoutSeconds: 600, absoluteTimeoutSeconds: 6_000 })
    const ada = await signedIn(world.client())
    for (let i = 0; i < 11; i += 1) {
      world.clock.pass(540)
      await ada.get('/me')
    }

    expect(await listOf(world, ada)).toHaveLength(1)
  })

  it('outlives all its sessions if the absolute timeout is raised, because only new sessions get the new timeout', async () => {
    const clock = new Clock()
    const store = newStore({ now: clock.now })
    const times = { store, now: clock.now, idleTimeoutSeconds: 600 }
    const ada = await signedIn(setting({ ...times, absoluteTimeoutSeconds: 1_000 }).client())
    const raised = setting({ ...times, absoluteTimeoutSeconds: 10_000 })
    const browser = ada.copy(raised.app)
    const seen: unknown[] = []
    for (let i = 0; i < 4; i += 1) {
      clock.pass(300)
      const { userId } = await (await browser.get('/me')).json()
      const listed = await sessionsOf(store, { now: clock.now }).of('ada').list()
      seen.push([userId, listed.length])
    }

    expect(seen).toEqual([
      ['ada', 1],
      ['ada', 1],
      ['ada', 1],
      [null, 0],
    ])
  })

  it('loses the entries of expired sessions, a few at each sign-in', async () => {
    const world = setting({ idleTimeoutSeconds: 600, absoluteTimeoutSeconds: 60_000 })
    await browsers(world, 12)
    world.clock.pass(700)
    await browsers(world, 6)

    expect(await entriesOf(world)).toHaveLength(6)
  })

  it('loses the entry of a sign-in that a crash interrupted, after a minute', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const [entry] = (await entriesOf(world)) as [Entries[number]]
    const cut = { ...entry, name: 'cut off', keys: [newMark()], enteredAt: world.clock.now() }
    await replaceIndex(world, encodeEntries([entry, cut]))
    world.clock.pass(59)
    await signedIn(world.client())
    expect((await entriesOf(world)).map(({ name }) => name)).toContain('cut off')
    expect(await listOf(world, ada)).toHaveLength(2)
    world.clock.pass(1)
    await signedIn(world.client())

    expect((await entriesOf(world)).map(({ name }) => name)).not.toContain('cut off')
  })

  it('makes list() and endAll() fail with 503 if it cannot be read, and the next sign-in replaces it and emits an event', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await replaceIndex(world, 'rubbish')
    const ofAda = outside(world)
    const error = expect.objectContaining({ code: 'session-unavailable', status: 503 })

    const attempts = [
      () => ofAda.list(),
      () => ofAda.endAll(),
      () => ofAda.endOthers(),
      () => ofAda.end('x'),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toEqual(error)
    const response = await world.answer(ada, (_, c) => c.get('sessions').of('ada').endAll())
    expect(response.status).toBe(503)
    expect(await usersOf([ada])).toEqual(['ada'])

    world.happened()
    const other = await signedIn(world.client())
    expect(world.happened()).toContain('session:corrupt')
    expect(await listOf(world, other)).toMatchObject([{ isCurrent: true }])
    expect(await ofAda.endAll()).toBe(1)
  })

  it('of a newer format makes every request that needs it fail with 503, and is never replaced', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await replaceIndex(world, 'o2|[]')
    const visitor = await arrived(world.client())
    const response = await visitor.post('/login')

    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: { code: 'session-newer-format' } })
    expect((await world.answer(ada, (_, c) => c.get('sessions').of('ada').list())).status).toBe(503)
    expect((await world.store.load(indexKeys(world)[0] ?? ''))?.payload).toBe('o2|[]')
    expect(await usersOf([ada, visitor])).toEqual(['ada', null])
  })
})

describe('a full store (R25)', () => {
  /** A store that accepts nothing new once it is full. It still removes records. */
  function fillable() {
    const clock = new Clock()
    const inner = newStore({ now: clock.now })
    const disk = { isFull: false }
    const store: SessionStore = {
      load: async (key) => inner.load(key),
      compareAndSet: async (key, version, next) => {
        if (disk.isFull && next) throw new SessionError('session-store-full', 'no room')
        return inner.compareAndSet(key, version, next)
      },
      close() {},
    }
    return { ...setting({ store, now: clock.now }), clock, store, disk }
  }

  it('still ends all sessions of a user', async () => {
    const { store, clock, disk, client, within } = fillable()
    const clients = [await signedIn(client()), await signedIn(client())]
    const [ada] = clients as [Client]
    const before = ada.copy()
    await within(ada, (session) => session.regenerate())
    const bob = await signedIn(client(), 'bob')
    disk.isFull = true

    expect(await sessionsOf(store, { now: clock.now }).of('ada').endAll()).toBe(2)
    expect(await usersOf([...clients, before, bob])).toEqual([null, null, null, 'bob'])
    disk.isFull = false
    expect(await sessionsOf(store, { now: clock.now }).of('ada').list()).toEqual([])
  })

  it('still ends one session, and still signs users out', async () => {
    const { store, clock, disk, client } = fillable()
    const [phone, laptop, desk] = [
      await signedIn(client()),
      await signedIn(client()),
      await signedIn(client()),
    ]
    const ofAda = sessionsOf(store, { now: clock.now }).of('ada')
    const [{ name }] = (await ofAda.list()) as [SessionInfo]
    disk.isFull = true
    expect(await ofAda.end(name)).toBe(true)
    expect(await ofAda.list()).toHaveLength(2)
    for (const one of [phone, laptop, desk]) await one.post('/logout')

    expect(await usersOf([phone, laptop, desk])).toEqual([null, null, null])
    expect(await ofAda.list()).toEqual([])
  })

  it('makes a sign-in fail with 503, and stores none of it', async () => {
    const { store, clock, disk, client } = fillable()
    const visitor = await arrived(client())
    disk.isFull = true
    const response = await visitor.post('/login')

    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: { code: 'session-store-full' } })
    disk.isFull = false
    expect(await usersOf([visitor])).toEqual([null])
    expect(await sessionsOf(store, { now: clock.now }).of('ada').list()).toEqual([])
    expect((await visitor.post('/login')).status).toBe(200)
  })
})

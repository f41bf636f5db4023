import {
  memoryStore,
  type OwnerKeepingStore,
  type SessionRecord,
  type SynchronousStore,
  type WalkableStore,
} from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { moveSessions } from '../../packages/orbit/src/move.ts'
import { look, take } from '../../packages/orbit/src/stores/moving/look.ts'
import { nextStep } from '../../packages/orbit/src/stores/moving/protocol.ts'
import { Client } from './client.ts'
import { setting, signedIn } from './setting.ts'

/** A store that records the user in each current record, by key. `null` if the record has no user. */
function watched(keepsOwner: boolean, now: () => number) {
  const inner = memoryStore({ now })
  const owners = new Map<string, string | null>()
  const store: OwnerKeepingStore & SynchronousStore & WalkableStore = {
    ...inner,
    isSynchronous: false,
    keepsOwner,
    async load(key) {
      const record = await inner.load(key)
      const owner = keepsOwner && owners.get(key)
      return record && owner ? { ...record, owner } : record
    },
    compareAndSet(key, version, next: SessionRecord | undefined) {
      const isDone = inner.compareAndSet(key, version, next)
      if (isDone === true && next) owners.set(key, next.owner ?? null)
      if (isDone === true && !next) owners.delete(key)
      return isDone
    },
  }
  /** The users in the session records, without the internal records of the library. */
  const users = () => [...owners].flatMap(([key, owner]) => (key.length === 43 ? [owner] : []))
  return { store, users, all: () => [...owners.values()], keys: () => [...owners.keys()] }
}

const clock = { time: Date.UTC(2030, 0, 1) }
const now = () => clock.time

describe('a store with keepsOwner', () => {
  it('gets the user of a session with the sign-in, each write and each touch', async () => {
    const { store, users, all } = watched(true, now)
    const { client, answer } = setting({ store, now })
    const ada = await signedIn(client(), 'ada')
    // The redirect under the key of the visitor, the session, and the list of sessions. Only the session has a
    // user.
    expect(users().filter((user) => user !== null)).toEqual(['ada'])
    expect(all().filter((user) => user !== null)).toEqual(['ada'])

    await answer(ada, (session) => session.put('theme', 'dark'))
    expect(users()).toContain('ada')
    clock.time += 61_000
    await ada.get('/me')
    expect(users().filter((user) => user !== null)).toEqual(['ada'])
  })

  it('gets the user once per session: old ids and ended sessions have none', async () => {
    const { store, users } = watched(true, now)
    const { client } = setting({ store, now })
    const [phone, laptop] = [await signedIn(client(), 'ada'), await signedIn(client(), 'ada')]
    await phone.post('/regenerate')
    expect(users().filter((user) => user !== null)).toEqual(['ada', 'ada'])
    await laptop.post('/logout')
    expect(users().filter((user) => user !== null)).toEqual(['ada'])
    await phone.post('/login?as=grace')
    expect(users().filter((user) => user !== null)).toEqual(['grace'])
    await phone.post('/logout')
    expect(users().filter((user) => user !== null)).toEqual([])
  })

  it('gets no user for a visitor', async () => {
    const { store, users } = watched(true, now)
    const { client, answer } = setting({ store, now })
    await answer(client(), (session) => session.put('cart', ['milk']))
    expect(users()).toEqual([null])
  })
})

describe('two stores while sessions move', () => {
  const known = (users: readonly (string | null)[]) => users.filter((user) => user !== null)

  it('keep the user of each session, if both have keepsOwner', async () => {
    const [to, from] = [watched(true, now), watched(true, now)]
    const { client } = setting({ store: from.store, now })
    await signedIn(client(), 'ada')

    await moveSessions({ from: from.store, to: to.store, now })

    expect([known(to.all()), from.all()]).toEqual([['ada'], []])
  })

  it('store the user in the store that has the session, at each step', async () => {
    const [to, from] = [watched(true, now), watched(true, now)]
    const { client } = setting({ store: from.store, now })
    await signedIn(client(), 'ada')
    const pair = { to: to.store, from: from.store }
    const keys = from.keys()
    const seen: string[] = []
    for (let steps = 0; steps < 6; steps += 1) {
      for (const key of keys) {
        const found = await look(pair, key)
        const step = nextStep(found.to, found.from, now())
        if (typeof step === 'object') await take(pair, key, step)
      }
      seen.push(`${known(from.all())} > ${known(to.all())}`)
    }
    // The steps: prepared, leaving, arrived, left, settled, and done.
    const both = ['ada > ', 'ada > ', 'ada > ada']
    expect(seen).toEqual([...both, ' > ada', ' > ada', ' > ada'])
  })

  it('write the user into the new store with the next write, if only that store has keepsOwner', async () => {
    const [to, from] = [watched(true, now), watched(false, now)]
    const old = setting({ store: from.store, now })
    const ada = await signedIn(old.client(), 'ada')
    const both = setting({ store: [to.store, from.store], now })
    const there = new Client(both.app, 'http://localhost', ada.cookies)
    await both.answer(there, (session) => session.put('theme', 'dark'))
    await moveSessions({ from: from.store, to: to.store, now })
    expect(known(to.all())).toEqual([])

    await both.answer(there, (session) => session.put('theme', 'light'))

    expect([known(to.all()), known(from.all())]).toEqual([['ada'], []])
  })

  it('write no user into a new store without keepsOwner', async () => {
    const [to, from] = [watched(false, now), watched(true, now)]
    const { client } = setting({ store: from.store, now })
    await signedIn(client(), 'ada')

    await moveSessions({ from: from.store, to: to.store, now })

    expect(to.all().length).toBeGreaterThan(1)
    expect(known(to.all())).toEqual([])
  })
})

describe('a store without keepsOwner', () => {
  it.each([false, undefined])('gets no user (keepsOwner: %s)', async (keepsOwner) => {
    const { store, all } = watched(false, now)
    const { client } = setting({ store: Object.assign(store, { keepsOwner }), now })
    await signedIn(client(), 'ada')
    expect(all().length).toBeGreaterThan(1)
    expect(all().filter((user) => user !== null)).toEqual([])
  })
})

import { memoryStore, type OwnerKeepingStore, type SessionRecord } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

/** What a store was given, by key: the user of the record that stands, `null` if it has none. */
function watched(keepsOwner: boolean, now: () => number) {
  const inner = memoryStore({ now })
  const owners = new Map<string, string | null>()
  const store: OwnerKeepingStore = {
    ...inner,
    keepsOwner,
    compareAndSet(key, version, next: SessionRecord | undefined) {
      const isDone = inner.compareAndSet(key, version, next)
      if (isDone === true && next) owners.set(key, next.owner ?? null)
      if (isDone === true && !next) owners.delete(key)
      return isDone
    },
  }
  /** The users of the sessions, without the records of the library. */
  const users = () => [...owners].flatMap(([key, owner]) => (key.length === 43 ? [owner] : []))
  return { store, users, all: () => [...owners.values()] }
}

const clock = { time: Date.UTC(2030, 0, 1) }
const now = () => clock.time

describe('a store that asks for the user of each session', () => {
  it('gets it with the sign-in, each write and each touch', async () => {
    const { store, users, all } = watched(true, now)
    const { client, answer } = setting({ store, now })
    const ada = await signedIn(client(), 'ada')
    // The redirect at the visitor's key, the session, and the list of the sessions, which is not one.
    expect(users().filter((user) => user !== null)).toEqual(['ada'])
    expect(all().filter((user) => user !== null)).toEqual(['ada'])

    await answer(ada, (session) => session.put('theme', 'dark'))
    expect(users()).toContain('ada')
    clock.time += 61_000
    await ada.get('/me')
    expect(users().filter((user) => user !== null)).toEqual(['ada'])
  })

  it('gets it once per session: an id that was left and an ended session have none', async () => {
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

  it('gets none for a visitor', async () => {
    const { store, users } = watched(true, now)
    const { client, answer } = setting({ store, now })
    await answer(client(), (session) => session.put('cart', ['milk']))
    expect(users()).toEqual([null])
  })
})

describe('any other store', () => {
  it.each([false, undefined])('gets no user: keepsOwner %s', async (keepsOwner) => {
    const { store, all } = watched(false, now)
    const { client } = setting({ store: Object.assign(store, { keepsOwner }), now })
    await signedIn(client(), 'ada')
    expect(all().length).toBeGreaterThan(1)
    expect(all().filter((user) => user !== null)).toEqual([])
  })
})

import {
  memoryStore,
  SessionError,
  type SessionStore,
  sessionsOf,
  type WalkableStore,
} from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { Clock, setting, signedIn } from './setting.ts'

/** A full store still removes records, but accepts no new ones. */
function fullSetting() {
  const clock = new Clock()
  const inner = memoryStore({ now: clock.now })
  const state = { isFull: false }
  const store: SessionStore = {
    load: (key) => inner.load(key),
    compareAndSet(key, version, next) {
      if (next && state.isFull) throw new SessionError('session-store-full', 'OOM')
      return inner.compareAndSet(key, version, next)
    },
    close: () => inner.close(),
  }
  return { ...setting({ store, now: clock.now }), inner, store, state, now: clock.now }
}

async function keysOf(store: WalkableStore): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.keys()) keys.push(key)
  return keys
}

describe('a store that is full (R2, R25)', () => {
  it('still signs users out', async () => {
    const { client, state } = fullSetting()
    const ada = await signedIn(client())
    const page = ada.copy()
    state.isFull = true

    expect((await ada.post('/logout')).status).toBe(200)

    expect(await page.json('/all')).toEqual({})
    expect(await ada.json('/all')).toEqual({})
  })

  it('still ends all sessions of a user, and all but one', async () => {
    const { client, state, store, now, inner } = fullSetting()
    const people = [client(), client(), client()]
    for (const one of people) await signedIn(one)
    const sessions = sessionsOf(store, { now }).of('ada')
    const [first] = await sessions.list()
    state.isFull = true

    expect(await sessions.end(first?.name ?? '')).toBe(true)
    expect((await sessions.list()).length).toBe(2)
    expect(await sessions.endAll()).toBe(2)

    expect(await sessions.list()).toEqual([])
    for (const one of people) expect(await one.json('/all')).toEqual({})
    expect(await keysOf(inner)).not.toContainEqual(expect.stringMatching(/^owner-/))
  })

  it('makes a sign-in fail with 503 and the reason, and stores none of it', async () => {
    const { client, state, inner } = fullSetting()
    const ada = client()
    await ada.get('/all')
    state.isFull = true

    const answer = await ada.post('/login')

    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ error: { code: 'session-store-full' } })
    expect(await keysOf(inner)).toEqual([])
  })
})

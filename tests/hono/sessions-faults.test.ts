import type { SessionOptions, SessionRecord, SessionStore } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { newStore } from '../behaviour/store.ts'
import type { Client } from './client.ts'
import { browsers, usersOf } from './sessions.ts'
import { arrived, Clock, setting, signedIn } from './setting.ts'

interface Call {
  readonly key: string
  readonly next?: SessionRecord | undefined
  readonly isWrite: boolean
}

/** An app on a store that fails some calls, before or after it has executed them. */
function failingSetting(options: SessionOptions = {}) {
  const clock = new Clock()
  const inner = newStore({ now: clock.now })
  const faults = { fails: (_: Call): 'before' | 'after' | 'no' => 'no' }
  const run = async <T>(call: Call, job: () => T | Promise<T>): Promise<T> => {
    const fault = faults.fails(call)
    if (fault === 'before') throw new Error('the connection is lost')
    const result = await job()
    if (fault === 'after') throw new Error('the connection is lost')
    return result
  }
  const store: SessionStore = {
    load: (key) => run({ key, isWrite: false }, () => inner.load(key)),
    compareAndSet: (key, version, next) =>
      run({ key, next, isWrite: true }, () => inner.compareAndSet(key, version, next)),
    close: () => inner.close(),
  }
  const works = () => {
    faults.fails = () => 'no'
  }
  const world = { ...setting({ ...options, store, now: clock.now }), clock }
  return { world, inner, faults, works }
}

const isIndex = ({ key }: Call) => key.startsWith('owner-')

describe('a sign-in that failed in the store', () => {
  it.each(
    (['before', 'after'] as const).flatMap((when) =>
      [0, 1, 2, 3, 4].map((at) => [when, at] as const),
    ),
  )('does not count against the limit, and can be repeated (%s, call %i)', async (when, at) => {
    const { world, faults, works } = failingSetting({
      maxSessionsPerOwner: 1,
      sessionsOverLimit: 'refuse',
    })
    const ada = await arrived(world.client())
    let calls = 0
    // The query for the outcome of the write fails too.
    faults.fails = () => {
      calls += 1
      return calls - 1 === at || calls - 2 === at ? when : 'no'
    }
    const first = await ada.post('/login')
    works()
    const again = await ada.post('/login')

    expect([first.status, again.status]).toEqual([503, 200])
    expect(await usersOf([ada])).toEqual(['ada'])
  })

  it('does not count as a session, so that it ends no other session', async () => {
    const { world, faults, works } = failingSetting({ maxSessionsPerOwner: 2 })
    const phone = await signedIn(world.client())
    world.clock.pass(1)
    const laptop = await arrived(world.client())
    faults.fails = (call) => (call.isWrite && !isIndex(call) ? 'before' : 'no')
    for (let i = 0; i < 3; i += 1) expect((await laptop.post('/login')).status).toBe(503)
    works()
    await laptop.post('/login')

    expect(await usersOf([phone, laptop])).toEqual(['ada', 'ada'])
  })

  it("keeps the visitor's data, even if the move may have happened", async () => {
    const { world, faults, works } = failingSetting({ maxSessionsPerOwner: 1 })
    const ada = await arrived(world.client())
    await ada.post('/put?cart=lamp')
    let hasMoved = false
    faults.fails = ({ next }) => {
      if (hasMoved) return 'no'
      hasMoved = next?.evictable === true
      return hasMoved ? 'after' : 'no'
    }
    await ada.post('/login')
    works()
    await ada.post('/login')

    expect(await ada.json('/all')).toEqual({ cart: 'lamp', userId: 'ada' })
  })
})

describe('a new id that failed in the store', () => {
  it.each(
    (['before', 'after'] as const).flatMap((when) =>
      [0, 1, 2, 3, 4].map((at) => [when, at] as const),
    ),
  )(
    'does not count against the limit of the next sign-in (%s, write or look-up %i)',
    async (when, at) => {
      const { world, faults, works } = failingSetting({
        maxSessionsPerOwner: 1,
        sessionsOverLimit: 'refuse',
      })
      const ada = await signedIn(world.client())
      let calls = -1
      faults.fails = () => {
        calls += 1
        return calls > at && calls <= at + 2 ? when : 'no'
      }
      const response = await ada.post('/regenerate')
      works()
      world.clock.pass(11)
      const signedInStill = (await usersOf([ada]))[0] === 'ada'
      const other = signedInStill ? ada : await arrived(world.client())

      expect(response.status).toBe(503)
      expect((await other.post('/login')).status).toBe(200)
    },
  )
})

describe('a sign-out whose entry could not be removed', () => {
  it('does not count if sign-ins over the limit are refused', async () => {
    const { world, faults, works } = failingSetting({
      maxSessionsPerOwner: 2,
      sessionsOverLimit: 'refuse',
    })
    const [phone, laptop] = (await browsers(world, 2)) as [Client, Client]
    faults.fails = (call) => (isIndex(call) ? 'before' : 'no')
    const signedOut = await phone.post('/logout')
    works()
    const signedInAgain = await phone.post('/login')
    const third = await (await arrived(world.client())).post('/login')

    expect([signedOut.status, signedInAgain.status, third.status]).toEqual([200, 200, 409])
    expect(await usersOf([phone, laptop])).toEqual(['ada', 'ada'])
  })
})

describe('an endAll() that failed halfway', () => {
  it('does not lock the user out if sign-ins over the limit are refused', async () => {
    const { world, faults, works } = failingSetting({
      maxSessionsPerOwner: 2,
      sessionsOverLimit: 'refuse',
    })
    const [phone, laptop] = (await browsers(world, 2)) as [Client, Client]
    let writes = 0
    // It has marked the entries and ended the sessions, but cannot remove the entries.
    faults.fails = (call) => {
      if (isIndex(call) && call.isWrite) writes += 1
      return writes > 1 ? 'before' : 'no'
    }
    const end = await world.answer(phone, (_, c) => c.get('sessions').of('ada').endAll())
    works()

    expect(end.status).toBe(503)
    expect(await usersOf([phone, laptop])).toEqual([null, null])
    expect((await laptop.post('/login')).status).toBe(200)
  })
})

describe('a session that a newer release has written', () => {
  it('does not prevent the user from ending the other sessions or signing in', async () => {
    const { world, inner, faults, works } = failingSetting()
    let first = ''
    faults.fails = (call) => {
      if (call.isWrite && !isIndex(call) && first === '' && !call.next?.evictable) first = call.key
      return 'no'
    }
    const [, phone, laptop] = (await browsers(world, 3)) as [Client, Client, Client]
    works()
    const record = await inner.load(first)
    if (!record) throw new Error('no session')
    const payload = record.payload.replace(/^s2/, 's9')
    await inner.compareAndSet(first, record.version, { ...record, version: 'newer', payload })
    const end = await world.answer(phone, (_, c) => c.get('sessions').of('ada').endAll())

    expect(end.status).toBe(503)
    expect(await usersOf([phone, laptop])).toEqual([null, null])
    expect((await laptop.post('/login')).status).toBe(200)
    expect((await inner.load(first))?.payload).toBe(payload)
  })
})

import { type Session, sessionsOf } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { allSessions } from '../../packages/orbit/src/admin/all-sessions.ts'
import { Gate, Processes } from './gates.ts'

const changes: readonly (readonly [string, (session: Session) => unknown])[] = [
  ['puts', (session) => session.put('late', 1)],
  ['increments', (session) => session.increment('visits')],
  ['pushes', (session) => session.push('items', 1)],
  ['flashes', (session) => session.flash('late')],
  ['forgets', (session) => session.forget('secret')],
  ['clears', (session) => session.clear()],
  ['regenerates', (session) => session.regenerate()],
  ['removes the owner', (session) => session.forget('userId')],
]

/** An operator who knows the handle ends the session. */
const endByHandle = ({ store, clock }: Processes, handle: string) =>
  allSessions(sessionsOf(store, { now: clock.now })).end(handle)

/** Ways in which a session ends while another request is in flight. */
const endings: readonly (readonly [string, (world: Processes, key: string) => unknown])[] = [
  ['an administrator revokes it', (world) => world.sessionsOf('ada').endAll()],
  ['an operator ends it by its handle', endByHandle],
  ['the store loses it', (world, key) => world.remove(key)],
  ['its idle timeout ends', (world) => world.clock.pass(1861)],
  ['its absolute timeout ends', (world) => world.clock.pass(7 * 24 * 3600)],
]

/** Checks that no id opens a session any more, and that the store is empty after the grace period. */
async function isOver(world: Processes): Promise<void> {
  expect(await world.live()).toEqual([])
  world.clock.pass(10)
  expect(await world.records()).toEqual([])
}

describe('a request in flight when its session is signed out (R2)', () => {
  it.each(changes)('that %s restores nothing and sets no cookie', async (_, change) => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { secret: 'x', visits: 1 })
    const page = ada.copy()

    const writer = await world.held(page, change, { process: 1 })
    await world.ask(ada, (session) => session.invalidate())
    const answer = await writer.release()

    expect(answer).toMatchObject({ status: 200, cookies: [] })
    expect((await world.read(page)).value).toEqual({})
    await isOver(world)
  })

  it('that only reads restores nothing and sets no cookie', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const page = ada.copy()

    const reader = await world.held(page, (session) => session.all(), { method: 'GET', process: 1 })
    await world.ask(ada, (session) => session.invalidate())
    const answer = await reader.release()

    expect(answer).toMatchObject({ status: 200, value: { userId: 'ada' }, cookies: [] })
    await isOver(world)
  })

  it('that only records activity restores nothing and sets no cookie', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const page = ada.copy()
    world.clock.pass(120)

    const touch = world.holdStore('replace', 1)
    const toucher = world.read(page, { process: 1 })
    await touch.reached
    await world.ask(ada, (session) => session.invalidate())
    touch.open()

    expect(await toucher).toMatchObject({ status: 200, cookies: [] })
    await isOver(world)
  })

  it('that only removes an old flash message restores nothing and sets no cookie', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    await world.ask(ada, (session) => session.flash('saved'))
    const page = ada.copy()

    const reader = await world.held(page, (session) => session.getFlash('saved'), { process: 1 })
    await world.ask(ada, (session) => session.invalidate())

    expect(await reader.release()).toMatchObject({ status: 200, value: true, cookies: [] })
    await isOver(world)
  })

  it('that is already writing to the store restores nothing', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const page = ada.copy()

    const replace = world.holdStore('replace', 1)
    const writer = world.ask(page, (session) => session.put('late', 1), { process: 1 })
    await replace.reached
    await world.ask(ada, (session) => session.invalidate())
    replace.open()

    expect(await writer).toMatchObject({ status: 200, cookies: [] })
    await isOver(world)
  })

  it('that moves it to a new id creates no session', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const page = ada.copy()

    const moved = world.holdStore('replace', 1)
    const mover = world.ask(page, (session) => session.regenerate(), { process: 1 })
    await moved.reached
    await world.ask(ada, (session) => session.invalidate())
    moved.open()

    expect(await mover).toMatchObject({ status: 200, cookies: [] })
    await isOver(world)
  })

  it('that saved before and then makes more changes restores nothing', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const page = ada.copy()

    const writer = await world.held(page, async (session, hold) => {
      session.put('early', 1)
      await session.save()
      await hold()
      session.put('late', 2)
      await session.save()
      session.put('later', 3)
    })
    await world.ask(ada, (session) => session.invalidate(), { process: 1 })

    expect(await writer.release()).toMatchObject({ status: 200, cookies: [] })
    await isOver(world)
  })

  it('that signs out too gets the response of a sign-out', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const page = ada.copy()

    const second = await world.held(page, (session) => session.invalidate())
    await world.ask(ada, (session) => session.invalidate(), { process: 1 })

    expect(await second.release()).toMatchObject({ status: 200, cookies: [] })
    await isOver(world)
  })
})

describe('a request in flight when its session ends for another reason (R2)', () => {
  describe.each(endings)('because %s', (_, end) => {
    it.each(changes)('that %s restores nothing and sets no cookie', async (_, change) => {
      const world = new Processes()
      const ada = await world.signedIn('ada', { secret: 'x', visits: 1 })
      const { value: key = '' } = await world.ask(ada, (session) => session.id())

      const writer = await world.held(ada.copy(), change)
      await end(world, key)
      const answer = await writer.release()

      expect(answer).toMatchObject({ status: 200, cookies: [] })
      await isOver(world)
    })
  })
})

describe('a request that moves a session to a new id while an operator ends it (R2)', () => {
  it.each(['create', 'replace'] as const)(
    'leaves no session behind if it waits before it can %s its record',
    async (verb) => {
      const world = new Processes()
      const ada = await world.signedIn('ada')
      const { value: handle = '' } = await world.ask(ada, (session) => session.id())

      const waiting = world.holdStore(verb, 1)
      const mover = world.ask(ada.copy(), (session) => session.regenerate(), { process: 1 })
      await waiting.reached
      expect(await endByHandle(world, handle)).toBe(true)
      waiting.open()

      expect((await mover).status).toBe(200)
      await isOver(world)
    },
  )
})

describe('after a sign-out (R2)', () => {
  it('the store has only records of moved sessions, which no id opens, and is empty after the grace period', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const first = ada.copy()
    await world.ask(ada, (session) => session.regenerate())
    const second = ada.copy()
    await world.ask(ada, (session) => session.regenerate())

    await world.ask(ada, (session) => session.invalidate())

    expect(await world.live()).toEqual([])
    for (const old of [first, second]) {
      expect(await world.read(old)).toMatchObject({ value: {}, cookies: [] })
    }
    await isOver(world)
    for (const old of [first, second]) {
      expect(await world.read(old)).toMatchObject({ value: {}, cookies: ['XSRF-TOKEN'] })
    }
  })

  it("the old cookie opens no later session that an older visitor's cookie creates", async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const older = guest.copy()
    await world.ask(guest, (session) => session.put('a', 1))
    const ended = guest.copy()
    await world.ask(guest, (session) => session.invalidate())

    await world.ask(older, (session) => session.put('b', 2))

    expect((await world.read(older)).value).toEqual({ b: 2 })
    expect((await world.read(ended)).value).toEqual({})
    await world.ask(ended, (session) => session.put('c', 3), { method: 'GET' })
    expect((await world.read(older)).value).toEqual({ b: 2 })
  })

  it('later changes in the same request start a new session', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { secret: 'x' })

    const answer = await world.ask(ada, (session) => {
      session.put('early', 1)
      session.invalidate()
      session.put('late', 2)
      session.flash('goodbye', 'Ada')
    })

    expect(answer.cookies).toEqual(['XSRF-TOKEN', 'session'])
    expect((await world.live()).length).toBe(1)
    const { value } = await world.ask(ada, (session) => [
      session.all(),
      session.getFlash('goodbye'),
    ])
    expect(value).toEqual([{ late: 2 }, 'Ada'])
  })

  it.each([
    ['before', (session: Session) => [session.regenerate(), session.invalidate()]],
    ['after', (session: Session) => [session.invalidate(), session.regenerate()]],
  ])('a regenerate() %s it has no effect: the session has ended', async (_, both) => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const page = ada.copy()

    const answer = await world.ask(ada, both)

    expect(answer).toMatchObject({ status: 200, cookies: ['XSRF-TOKEN', 'session'] })
    expect((await world.read(page)).value).toEqual({})
    await isOver(world)
  })

  it('the session stays ended if the handler then throws', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const page = ada.copy()

    const answer = await world.ask(ada, (session) => {
      session.invalidate()
      session.put('late', 1)
      throw new Error('the mail server is down')
    })

    expect(answer.status).toBe(500)
    expect((await world.read(page)).value).toEqual({})
    await isOver(world)
  })

  it('the request fails with 503 and the session stays active if the store failed', async () => {
    const world = new Processes()
    const { store } = world
    const ada = await world.signedIn('ada')
    const { compareAndSet } = store
    store.compareAndSet = () => {
      throw new Error('connection lost')
    }

    const answer = await world.ask(ada, (session) => session.invalidate())
    store.compareAndSet = compareAndSet

    expect(answer).toMatchObject({ status: 503, code: 'session-unavailable', cookies: [] })
    expect((await world.read(ada)).value).toEqual({ userId: 'ada' })
  })
})

describe('a sign-out that overlaps with endAll() and a request that removes the owner (R4, R25)', () => {
  const deeds = ['give up', 'end all', 'sign out'] as const
  const orders = deeds.flatMap((first) =>
    deeds.filter((one) => one !== first).map((second) => [first, second] as const),
  )

  it.each(orders)('leaves no session if its response is a 200: %s, then %s', async (...firsts) => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { secret: 'x' })
    const giving = await world.held(ada.copy(), (session) => session.forget('userId'), {
      process: 1,
    })
    const leaving = await world.held(ada.copy(), (session) => session.invalidate(), { process: 2 })
    let status = 0
    const act = {
      'give up': () => giving.release(),
      'end all': () => world.sessionsOf('ada').endAll(),
      'sign out': async () => {
        status = (await leaving.release()).status
      },
    }

    for (const deed of [...firsts, ...deeds.filter((one) => !firsts.includes(one))]) {
      await act[deed]()
    }

    expect([200, 409]).toContain(status)
    if (status === 200) expect(await world.live()).toEqual([])
  })
})

describe("a request that removes its session from the user's list (R4)", () => {
  it.each<[string, (session: Session) => void]>([
    ['signs out', (session) => session.signOut()],
    ['removes the owner', (session) => session.forget('userId')],
  ])(
    '%s and does not overwrite the cookie of a sign-in that happened in between',
    async (_, leave) => {
      const world = new Processes()
      const ada = await world.signedIn('ada')
      const page = ada.copy()
      const { load } = world.store
      const gate = new Gate()
      // The entry is removed from the list after the session has ended.
      world.store.load = async (key) => {
        if (key.startsWith('owner-')) await gate.pass()
        return load(key)
      }
      const leaving = world.ask(ada, leave)
      await gate.reached
      world.store.load = load
      const login = await world.ask(page, (session) => session.signIn('grace'), {
        method: 'GET',
        process: 1,
      })
      gate.open()

      expect(login.cookies).toContain('session')
      expect(await leaving).toMatchObject({ status: 200, cookies: [] })
      expect((await world.read(page)).value).toEqual({ userId: 'grace' })
    },
  )
})

import type { Session } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { type Held, Processes } from './gates.ts'

const calls: readonly (readonly [string, (session: Session) => Promise<unknown>])[] = [
  ['take()', (session) => session.take('code')],
  ['take() of an absent value', (session) => session.take('nothing')],
  ['claim()', (session) => session.claim('coupon')],
  ['claim() of a key that is already claimed', (session) => session.claim('code')],
  ['atomically()', (session) => session.atomically((data) => data.increment('attempts'))],
  ['atomically() without a change', (session) => session.atomically((data) => data.all())],
]

/** Fifty requests in two processes. All have started before the first call. */
async function fifty<T>(world: Processes, work: (session: Session) => Promise<T>) {
  const ada = await world.signedIn('ada', { code: 'x' })
  const held: Held<T>[] = []
  for (let index = 0; index < 50; index += 1) {
    const request = async (session: Session, hold: () => Promise<void>) => {
      session.all()
      await hold()
      return work(session)
    }
    held.push(await world.held(ada, request, { process: index % 2 }))
  }
  const answers = await Promise.all(held.map((request) => request.release()))
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
  return { ada, values: answers.map(({ value }) => value) }
}

describe('of fifty overlapping requests (R26)', () => {
  it('exactly one takes the value, which is absent afterwards', async () => {
    const world = new Processes()
    const { ada, values } = await fifty(world, (session) => session.take('code'))

    expect(values.filter((value) => value === 'x').length).toBe(1)
    expect(values.filter((value) => value === undefined).length).toBe(49)
    expect((await world.read(ada)).value).toEqual({ userId: 'ada' })
  })

  it('exactly one claims the key, and its value is kept', async () => {
    const world = new Processes()
    let next = 0
    const { ada, values } = await fifty(world, async (session) => {
      const mine = next++
      return [await session.claim('winner', mine), mine]
    })

    const winners = values.filter((value) => value?.[0] === true)
    expect(winners.length).toBe(1)
    expect((await world.read(ada)).value).toMatchObject({ winner: winners[0]?.[1] })
  })

  it('each counts as a separate attempt, so that exactly five are allowed', async () => {
    const world = new Processes()
    const { values } = await fifty(world, (session) =>
      session.atomically((data) => data.increment('attempts') <= 5),
    )

    expect(values.filter((allowed) => allowed).length).toBe(5)
  })
})

describe('a refused take, claim or atomically (R26)', () => {
  it.each(calls)("%s has no effects: the handler's other changes are dropped", async (_, call) => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { code: 'x' })
    const slow = await world.held(ada.copy(), async (session, hold) => {
      session.increment('payments')
      await hold()
      return call(session)
    })
    await world.ask(ada, (session) => session.regenerate(), { process: 1 })

    expect(await slow.release()).toMatchObject({ status: 409, code: 'session-moved' })

    expect((await world.read(ada)).value).toEqual({ userId: 'ada', code: 'x' })
    await world.ask(ada, (session) => {
      session.increment('payments')
      return call(session)
    })
    expect((await world.read(ada)).value).toMatchObject({ payments: 1 })
  })
})

describe('take, claim and atomically (R26)', () => {
  it('use the latest stored data, not what the request had loaded', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const slow = await world.held(ada, async (session, hold) => {
      session.all()
      await hold()
      return [await session.take('code'), session.get('other')]
    })
    await world.ask(ada, (session) => session.put({ code: 'x', other: 1 }), { process: 1 })

    expect((await slow.release()).value).toEqual(['x', 1])
  })

  it('commit at once, together with earlier changes', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { code: 'x' })
    const slow = await world.held(ada, async (session, hold) => {
      session.put('early', 1)
      const code = await session.take('code')
      await hold()
      session.put('late', 2)
      return code
    })

    expect((await world.read(ada)).value).toEqual({ userId: 'ada', early: 1 })
    expect((await slow.release()).value).toBe('x')
    expect((await world.read(ada)).value).toEqual({ userId: 'ada', early: 1, late: 2 })
  })

  it('return a value once if one handler calls them several times without waiting', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { code: 'x' })

    const { value } = await world.ask(ada, (session) => {
      session.increment('visits')
      return Promise.all([
        session.take('code'),
        session.take('code'),
        session.save(),
        session.claim('first'),
        session.claim('first'),
      ])
    })

    expect(value).toEqual(['x', undefined, undefined, true, false])
    expect((await world.read(ada)).value).toEqual({ userId: 'ada', visits: 1, first: true })
  })

  it('keep their result if the handler then throws', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { code: 'x' })

    await world.ask(ada, async (session) => {
      await session.take('code')
      throw new Error('no')
    })

    expect((await world.read(ada)).value).toEqual({ userId: 'ada' })
  })

  it('change nothing if the function throws', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { code: 'x' })

    const answer = await world.ask(ada, (session) =>
      session.atomically((data) => {
        data.forget('code')
        throw new Error('no')
      }),
    )

    expect(answer.status).toBe(500)
    expect((await world.read(ada)).value).toEqual({ userId: 'ada', code: 'x' })
  })

  it("commit to the right user's session after a sign-in inside atomically()", async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { code: 'x', private: 1 })

    const { value } = await world.ask(ada, (session) =>
      session.atomically((data) => {
        if (data.pull('code') !== 'x') return false
        data.put('userId', 'grace')
        data.put('via', 'code')
        return true
      }),
    )

    expect(value).toBe(true)
    expect((await world.read(ada)).value).toEqual({ userId: 'grace', via: 'code' })
  })

  it.each(calls)('%s fails with 409 after a move', async (_, call) => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { code: 'x' })
    const slow = await world.held(ada.copy(), async (session, hold) => {
      session.all()
      await hold()
      return call(session)
    })
    await world.ask(ada, (session) => session.regenerate(), { process: 1 })

    expect(await slow.release()).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    expect((await world.read(ada)).value).toEqual({ userId: 'ada', code: 'x' })
  })

  it.each(calls)('%s fails with 409 with an old id', async (_, call) => {
    const world = new Processes()
    const guest = await world.visitor()
    await world.ask(guest, (session) => session.put('code', 'x'))
    const old = guest.copy()
    await world.ask(guest, (session) => session.regenerate())

    const answer = await world.ask(old, call)

    expect(answer).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    expect((await world.read(guest)).value).toEqual({ code: 'x' })
  })

  it.each(calls)('%s fails with 409 on an ended session', async (_, call) => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { code: 'x' })
    const slow = await world.held(ada.copy(), async (session, hold) => {
      session.all()
      await hold()
      return call(session)
    })
    await world.ask(ada, (session) => session.invalidate(), { process: 1 })

    expect(await slow.release()).toMatchObject({ status: 409, code: 'session-ended', cookies: [] })
    expect(await world.live()).toEqual([])
  })

  it.each(calls)('%s fails with 409 on a session that expires meanwhile', async (_, call) => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { code: 'x' })
    const slow = await world.held(ada.copy(), async (session, hold) => {
      session.all()
      await hold()
      return call(session)
    })
    world.clock.pass(1861)

    expect(await slow.release()).toMatchObject({ status: 409, code: 'session-ended', cookies: [] })
  })

  it('have one winner among parallel first requests of a visitor', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const held = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        world.held(
          guest,
          async (session, hold) => {
            await hold()
            return session.claim('first')
          },
          { process: index % 3 },
        ),
      ),
    )
    const answers = await Promise.all(held.map((request) => request.release()))

    expect(answers.filter(({ value }) => value === true).length).toBe(1)
  })
})

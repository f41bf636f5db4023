import type { Session } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { Processes } from './gates.ts'

const login = (owner: string) => (session: Session) => session.put('userId', owner)
const regenerate = (session: Session) => session.regenerate()
const read = (session: Session) => session.all()

describe('a sign-in that overlaps with other requests of the same visitor (R4)', () => {
  it('is not overwritten by ten reads that started before it', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const reads = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        world.held(guest, read, { method: 'GET', process: index % 3 }),
      ),
    )

    expect((await world.ask(guest, login('ada'))).cookies).toEqual(['XSRF-TOKEN', 'session'])
    const answers = await Promise.all(reads.map((request) => request.release()))

    expect(answers.flatMap(({ cookies }) => cookies)).toEqual([])
    expect((await world.read(guest)).value).toEqual({ userId: 'ada' })
  })

  it('is not overwritten by a read that has only one of our cookies', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const page = guest.copy()
    page.drop('XSRF-TOKEN')
    const slow = await world.held(page, read, { method: 'GET', process: 1 })

    await world.ask(guest, login('ada'))

    expect((await slow.release()).cookies).toEqual([])
  })

  it('makes a write that started before it fail with 409, without cookies', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const slow = await world.held(guest, (session) => session.put('a', 1), { process: 1 })

    await world.ask(guest, login('ada'))

    expect(await slow.release()).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    expect((await world.read(guest)).value).toEqual({ userId: 'ada' })
  })

  it('keeps the data that a visitor stored just before', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const slow = await world.held(guest.copy(), login('ada'), { process: 1 })
    await world.ask(guest, (session) => session.put('cart', 3))
    const cart = guest.copy()

    expect((await slow.release()).status).toBe(200)

    expect((await world.live()).length).toBe(1)
    expect((await world.read(cart)).value).toEqual({ cart: 3 })
  })
})

describe('a session that has moved to a new id (R4)', () => {
  it('shows the old id the data from before the move, and nothing later', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { a: 1 })
    const old = ada.copy()
    await world.ask(ada, regenerate)
    await world.ask(ada, (session) => session.put('b', 2))

    const answer = await world.read(old)

    expect(answer).toMatchObject({ value: { userId: 'ada', a: 1 }, cookies: [] })
  })

  it('shows the old id nothing after the grace period', async () => {
    const world = new Processes({ regenerateGraceSeconds: 30 })
    const ada = await world.signedIn('ada')
    const old = ada.copy()
    await world.ask(ada, regenerate)

    world.clock.pass(29)
    expect((await world.read(old)).value).toEqual({ userId: 'ada' })
    world.clock.pass(1)
    expect((await world.read(old)).value).toEqual({})
  })

  it('with a grace of 0 fails with 409 for the old id, which gets no cookie for 10 seconds', async () => {
    const world = new Processes({ regenerateGraceSeconds: 0 })
    const ada = await world.signedIn('ada')
    const old = ada.copy()
    await world.ask(ada, regenerate)

    for (const seconds of [0, 5, 4.9]) {
      world.clock.pass(seconds)
      const answer = await world.read(old)
      expect(answer).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    }
  })

  it('gets a write that was in flight when it moved', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { visits: 1 })
    const slow = await world.held(ada.copy(), (session) => session.increment('visits'), {
      process: 1,
    })
    await world.ask(ada, regenerate)
    await world.ask(ada, (session) => session.increment('visits'))

    expect(await slow.release()).toMatchObject({ status: 200, cookies: [] })
    expect((await world.read(ada)).value).toMatchObject({ visits: 3 })
  })

  it('gets that write after any number of moves, and the request keeps its old view', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const slow = await world.held(ada.copy(), async (session, hold) => {
      await hold()
      session.put('late', 1)
      await session.save()
      session.increment('visits')
      return session.all()
    })
    for (let index = 0; index < 3; index += 1) await world.ask(ada, regenerate, { process: 1 })
    await world.ask(ada, (session) => session.put('news', 'x'))

    const answer = await slow.release()

    expect(answer).toMatchObject({ status: 200, cookies: [] })
    expect(answer.value).toEqual({ userId: 'ada', late: 1, visits: 1 })
    expect((await world.read(ada)).value).toEqual({ userId: 'ada', late: 1, visits: 1, news: 'x' })
  })

  it('makes a late clear() fail with 409', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { a: 1 })
    const slow = await world.held(ada.copy(), (session) => {
      session.clear()
      session.put('userId', 'ada')
    })
    await world.ask(ada, regenerate)

    expect(await slow.release()).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    expect((await world.read(ada)).value).toEqual({ userId: 'ada', a: 1 })
  })

  it('makes a late removal of its owner fail with 409', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const slow = await world.held(ada.copy(), (session) => session.forget('userId'))
    await world.ask(ada, regenerate)

    expect(await slow.release()).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    expect((await world.read(ada)).value).toEqual({ userId: 'ada' })
  })

  it('gets the changes of a late regenerate(), and does not move again', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const slow = await world.held(ada.copy(), (session) => {
      session.regenerate()
      session.put('late', 1)
    })
    await world.ask(ada, regenerate)

    expect(await slow.release()).toMatchObject({ status: 200, cookies: [] })
    expect((await world.read(ada)).value).toEqual({ userId: 'ada', late: 1 })
  })

  it('makes a write with the old id after the move fail with 409, without cookies', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const old = ada.copy()
    await world.ask(ada, regenerate)

    const answer = await world.ask(old, (session) => session.put('a', 1), { method: 'GET' })

    expect(answer).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    expect((await world.read(ada)).value).toEqual({ userId: 'ada' })
  })

  it('refuses an unsafe request on an old id with an owner before the handler runs', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const old = ada.copy()
    await world.ask(ada, regenerate)
    let hasRun = false

    const answer = await world.ask(old, () => {
      hasRun = true
    })

    expect(answer).toMatchObject({ status: 409, code: 'session-stale', cookies: [] })
    expect(hasRun).toBe(false)
  })

  it('makes a write that overlaps a sign-in fail with 409', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const slow = await world.held(ada.copy(), (session) => session.put('private', 'x'))
    await world.ask(ada, login('grace'), { process: 1 })

    expect(await slow.release()).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    expect((await world.read(ada)).value).toEqual({ userId: 'grace' })
  })

  it('moves once for a request that regenerates twice', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')

    await world.ask(ada, (session) => [session.regenerate(), session.regenerate()])

    expect(world.events.filter(({ type }) => type === 'session:regenerated').length).toBe(2)
    expect((await world.live()).length).toBe(1)
  })

  it('moves for a request whose handler throws after regenerate()', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { a: 1 })

    const answer = await world.ask(ada, (session) => {
      session.put('a', 2)
      session.regenerate()
      throw new Error('no')
    })

    expect(answer).toMatchObject({ status: 500, cookies: ['XSRF-TOKEN', 'session'] })
    expect((await world.read(ada)).value).toEqual({ userId: 'ada', a: 1 })
  })

  it('moves once if two requests regenerate at the same time', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const seal = world.holdStore('replace', 1)
    const slow = world.ask(ada.copy(), regenerate, { process: 1 })
    await seal.reached
    await world.ask(ada, regenerate)
    seal.open()

    expect(await slow).toMatchObject({ status: 200, cookies: [] })
    expect((await world.live()).length).toBe(1)
    expect((await world.read(ada)).value).toEqual({ userId: 'ada' })
  })

  it('is not extended under its old id by a read that records activity late', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const old = ada.copy()
    world.clock.pass(120)
    const touch = world.holdStore('replace', 1)
    const reader = world.read(old, { process: 1 })
    await touch.reached
    await world.ask(ada, regenerate)
    touch.open()

    expect(await reader).toMatchObject({ status: 200, cookies: [] })
    world.clock.pass(10)
    expect((await world.read(old)).value).toEqual({})
    expect((await world.read(ada)).value).toEqual({ userId: 'ada' })
  })
})

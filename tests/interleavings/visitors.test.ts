import type { Session } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { Processes } from './gates.ts'

const login = (owner: string) => (session: Session) => session.put('userId', owner)
const logout = (session: Session) => session.invalidate()
const get = { method: 'GET' }

describe("parallel first writes under one visitor's id (R5)", () => {
  it.each([
    ['one process', 0],
    ['two processes', 1],
  ])('through %s result in one session, with the keys of both', async (_, process) => {
    const world = new Processes()
    const guest = await world.visitor()
    const other = guest.copy()
    const slow = await world.held(other, (session) => session.put('color', 'blue'), { process })
    await world.ask(guest, (session) => session.put('size', 'large'))

    expect((await slow.release()).status).toBe(200)

    expect((await world.live()).length).toBe(1)
    expect(other.cookie('session')).toBe(guest.cookie('session'))
    expect((await world.read(guest)).value).toEqual({ color: 'blue', size: 'large' })
  })

  it('result in one session with a count of fifty', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const held = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        world.held(guest, (session) => session.increment('visits'), { process: index % 3 }),
      ),
    )
    await Promise.all(held.map((request) => request.release()))

    expect((await world.live()).length).toBe(1)
    expect((await world.read(guest)).value).toEqual({ visits: 50 })
  })

  it('result in one session even if both reach the store at once', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const create = world.holdStore('create', 1)
    const slow = world.ask(guest.copy(), (session) => session.push('items', 1), { process: 1 })
    await create.reached
    await world.ask(guest, (session) => session.push('items', 2))
    create.open()
    await slow

    expect((await world.read(guest)).value).toEqual({ items: [2, 1] })
  })

  it('keep the CSRF token of the open page valid', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const { token } = guest

    await world.ask(guest, (session) => session.put('a', 1))

    expect(guest.token).toBe(token)
  })

  it('fail with 409 if they started before the session regenerated and commit after it', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const page = guest.copy()
    await world.ask(guest, (session) => session.put('a', 1))
    await world.ask(guest, (session) => session.regenerate())
    world.clock.pass(1)

    const answer = await world.ask(page, (session) => session.put('b', 2))

    expect(answer).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    expect((await world.read(guest)).value).toEqual({ a: 1 })
  })

  it('keep the data of one that started before the session moved', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const slow = await world.held(guest.copy(), (session) => session.put('b', 2), { process: 1 })
    world.clock.pass(1)
    await world.ask(guest, (session) => session.put('a', 1))
    await world.ask(guest, (session) => session.regenerate())

    expect(await slow.release()).toMatchObject({ status: 200, cookies: [] })
    expect((await world.read(guest)).value).toEqual({ a: 1, b: 2 })
  })
})

describe("a record under a visitor's id (R5)", () => {
  it.each([
    ['9.9 seconds old is joined', 10, 9.9, 1],
    ['10 seconds old belongs to another browser', 10, 10, 2],
    ['9.9 seconds old is joined, even with a grace of 0', 0, 9.9, 1],
    ['10 seconds old belongs to another browser, even with a grace of 0', 0, 10, 2],
    ['29.9 seconds old is joined with a grace of 30', 30, 29.9, 1],
    ['30 seconds old belongs to another browser with a grace of 30', 30, 30, 2],
  ])('%s', async (_, grace, age, sessions) => {
    const world = new Processes({ regenerateGraceSeconds: grace })
    const guest = await world.visitor()
    const later = guest.copy()
    await world.ask(guest, (session) => session.put('mine', 1))
    world.clock.pass(age)

    const answer = await world.ask(later, (session) => session.put('theirs', 2))

    expect(answer.status).toBe(200)
    expect((await world.live()).length).toBe(sessions)
    const both = { mine: 1, theirs: 2 }
    expect((await world.read(guest)).value).toEqual(sessions === 1 ? both : { mine: 1 })
    expect((await world.read(later)).value).toEqual(sessions === 1 ? both : { theirs: 2 })
  })

  it('is joined by a slow request that started while it was young', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const slow = await world.held(guest.copy(), (session) => session.put('b', 2))
    await world.ask(guest, (session) => session.put('a', 1))
    world.clock.pass(60)

    await slow.release()

    expect((await world.read(guest)).value).toEqual({ a: 1, b: 2 })
  })

  it('of another browser is not part of a sign-in', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const later = guest.copy()
    await world.ask(guest, (session) => session.put('planted', 1))
    world.clock.pass(10)

    await world.ask(later, login('ada'))

    expect((await world.read(later)).value).toEqual({ userId: 'ada' })
    expect((await world.read(guest)).value).toEqual({ planted: 1 })
  })
})

describe('a visitor (R4)', () => {
  it.each([
    ['invalidate()', logout],
    ['a bare regenerate()', (session: Session) => session.regenerate()],
  ])('gets no new cookie and stores nothing with %s', async (_, work) => {
    const world = new Processes()
    const guest = await world.visitor()

    expect(await world.ask(guest, work)).toMatchObject({ status: 200, cookies: [] })
    expect(await world.records()).toEqual([])
  })

  it('who signs in leaves a redirect that stops later writes of the old id', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const page = guest.copy()
    await world.ask(guest, login('ada'))

    const answer = await world.ask(page, (session) => session.put('a', 1))

    expect(answer).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    expect((await world.live()).length).toBe(1)
  })
})

describe('a signed id whose session has ended (R4)', () => {
  async function dead(world: Processes) {
    const ada = await world.signedIn('ada')
    world.clock.pass(1861)
    return ada
  }

  it('gets the same token in every parallel response, and no session cookie', async () => {
    const world = new Processes()
    const ada = await dead(world)
    const pages = [ada.copy(), ada.copy(), ada.copy()]

    const answers = await Promise.all(pages.map((page, process) => world.read(page, { process })))

    expect(answers.map(({ cookies }) => cookies)).toEqual(Array(3).fill(['XSRF-TOKEN']))
    expect(new Set(pages.map((page) => page.token)).size).toBe(1)
    expect(pages[0]?.token).not.toBe(ada.token)
    expect(await world.records()).toEqual([])
  })

  it('gets a session cookie when a request writes, and shares its session with no other request', async () => {
    const world = new Processes()
    const ada = await dead(world)
    await world.read(ada)
    const page = ada.copy()
    const slow = await world.held(page, (session) => session.put('b', 2), { process: 1 })

    const answer = await world.ask(ada, (session) => session.put('a', 1))
    await slow.release()

    expect(answer).toMatchObject({ status: 200, cookies: ['session'] })
    expect((await world.read(ada)).value).toEqual({ a: 1 })
    expect((await world.read(page)).value).toEqual({ b: 2 })
  })

  it.each([
    ['a read that started before', true],
    ['a read that started after', false],
  ])('that signs in again is not overwritten by %s', async (_, isBefore) => {
    const world = new Processes()
    const ada = await dead(world)
    const page = ada.copy()
    await world.read(ada)
    const poll = isBefore ? await world.held(page, (session) => session.all(), get) : undefined

    await world.ask(ada, login('ada'))
    const answer = poll ? await poll.release() : await world.read(page, { process: 1 })

    expect(answer).toMatchObject({ status: 200, cookies: [] })
    expect((await world.read(ada)).value).toEqual({ userId: 'ada' })
  })

  it('of a signed-out page does not renew XSRF-TOKEN after the sign-out set new cookies', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const load = world.holdStore('load', 1)
    const poll = world.read(ada, { process: 1 })
    await load.reached
    await world.ask(ada, logout)
    load.open()
    await poll

    // The browser got the poll's response last. Its next request must still be accepted.
    expect((await world.ask(ada, (session) => session.put('a', 1))).status).toBe(200)
  })
})

describe('an id that is signed again with a new secret (R4, R12)', () => {
  const first = 'the first secret, which is long enough for all'
  const second = 'the second secret, which is long enough for all'
  const rotating = () =>
    new Processes({}, [{ secret: first }, { secret: [second, first] }, { secret: [second, first] }])

  it('is sent with the next response', async () => {
    const world = rotating()
    const ada = await world.signedIn('ada')

    const answer = await world.read(ada, { process: 1 })

    expect(answer.cookies).toEqual(['XSRF-TOKEN', 'session'])
    expect((await world.read(ada, { process: 2 })).cookies).toEqual([])
  })

  it.each([
    ['a visitor signs in', false, login('ada')],
    ['a visitor writes for the first time', false, (session: Session) => session.put('a', 1)],
    ['the session moves', true, (session: Session) => session.regenerate()],
    ['the session changes its user', true, login('grace')],
    ['the session is signed out', true, logout],
  ])('overwrites no newer cookie if %s at the same time', async (_, isSignedIn, work) => {
    const world = rotating()
    const browser = isSignedIn ? await world.signedIn('ada') : await world.visitor()
    const slow = await world.held(browser, (session) => session.all(), { ...get, process: 1 })

    await world.ask(browser, work)

    expect(await slow.release()).toMatchObject({ status: 200, cookies: [] })
  })
})

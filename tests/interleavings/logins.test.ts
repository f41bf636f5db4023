import type { Session } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { Processes } from './gates.ts'

const login = (owner: string) => (session: Session) => session.put('userId', owner)
const logout = (session: Session) => session.invalidate()

describe('two sign-ins at once (R4)', () => {
  it('of the same user result in one session, with the data of both', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const slow = await world.held(guest.copy(), (session) => {
      session.put('from', 'second')
      session.put('userId', 'ada')
    })
    await world.ask(guest, (session) => {
      session.put('first', true)
      session.put('userId', 'ada')
    })
    const second = guest.copy()

    const answer = await slow.release()

    expect(answer).toMatchObject({ status: 200, cookies: ['XSRF-TOKEN', 'session'] })
    expect((await world.live()).length).toBe(1)
    expect((await world.read(second)).value).toEqual({ first: true, userId: 'ada' })
  })

  it('of two users result in a separate session for each, without data of the other user', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const grace = guest.copy()
    const slow = await world.held(grace, (session) => {
      session.put('hers', 1)
      session.put('userId', 'grace')
    })
    await world.ask(guest, (session) => {
      session.put('his', 1)
      session.put('userId', 'ada')
    })

    expect(await slow.release()).toMatchObject({ status: 200, cookies: ['XSRF-TOKEN', 'session'] })
    expect((await world.read(grace)).value).toEqual({ hers: 1, userId: 'grace' })
    expect((await world.read(guest)).value).toEqual({ his: 1, userId: 'ada' })
  })

  it('of two users on one stored session result in a separate session for each', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    await world.ask(guest, (session) => session.put('cart', 1))
    const grace = guest.copy()
    const slow = await world.held(grace, login('grace'), { process: 1 })
    await world.ask(guest, login('ada'))

    await slow.release()

    expect((await world.read(grace)).value).toEqual({ userId: 'grace' })
    expect((await world.read(guest)).value).toEqual({ cart: 1, userId: 'ada' })
  })

  it('create no third session if one of them loses the race', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    await world.ask(guest, (session) => session.put('cart', 1))
    const seal = world.holdStore('replace', 1)
    const second = guest.copy()
    const slow = world.ask(second, login('ada'), { process: 1 })
    await seal.reached
    await world.ask(guest, login('ada'))
    seal.open()

    expect((await slow).status).toBe(200)
    expect((await world.live()).length).toBe(1)
    expect((await world.read(second)).value).toEqual({ cart: 1, userId: 'ada' })
  })
})

describe('a sign-in as another user (R4)', () => {
  it('keeps no data of the previous user, only the changes of its own request', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { private: 'x' })
    await world.ask(ada, (session) => session.flash('note', 'for Ada'))

    await world.ask(ada, (session) => {
      session.put('own', 1)
      session.put('userId', 'grace')
    })

    const { value } = await world.ask(ada, (session) => [session.all(), session.getFlash('note')])
    expect(value).toEqual([{ own: 1, userId: 'grace' }, undefined])
  })

  it("lets the old id read the previous user's data during the grace period", async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { private: 'x' })
    const old = ada.copy()
    await world.ask(ada, login('grace'))

    expect((await world.read(old)).value).toEqual({ private: 'x', userId: 'ada' })
    world.clock.pass(10)
    expect((await world.read(old)).value).toEqual({})
  })

  it('can be an update(), with the user that it returns', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { private: 'x' })

    await world.ask(ada, (session) =>
      session.update('userId', (id) => (id === 'ada' ? 'grace' : id)),
    )

    expect((await world.read(ada)).value).toEqual({ userId: 'grace' })
  })
})

describe('a sign-in that finds its session ended (R4)', () => {
  it('starts from its own changes alone', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    await world.ask(guest, (session) => session.put('cart', 1))
    const other = guest.copy()
    const slow = await world.held(guest, login('ada'), { process: 1 })
    await world.ask(other, logout)

    expect(await slow.release()).toMatchObject({ status: 200, cookies: ['XSRF-TOKEN', 'session'] })
    expect((await world.read(guest)).value).toEqual({ userId: 'ada' })
  })

  it('is not overwritten by a poll with the dead cookie', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    await world.ask(guest, (session) => session.put('cart', 1))
    const page = guest.copy()
    const slow = await world.held(guest, login('ada'))
    await world.ask(guest.copy(), logout)
    const poll = await world.held(page, (session) => session.put('late', 1), {
      method: 'GET',
      process: 1,
    })
    await slow.release()

    expect(await poll.release()).toMatchObject({ status: 409, cookies: [] })
    expect((await world.read(page)).cookies).toEqual([])
  })

  it('is dropped if the owner was already the same user', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const slow = await world.held(ada.copy(), (session) => {
      session.put('userId', 'ada')
      session.put('again', true)
    })
    await world.ask(ada, logout)

    expect(await slow.release()).toMatchObject({ status: 200, cookies: [] })
    expect(await world.live()).toEqual([])
  })
})

describe('a sign-out of a session that has moved (R4)', () => {
  it('ends the session at the end of the chain, and the grace period with it', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const old = ada.copy()
    const slow = await world.held(ada.copy(), logout, { process: 1 })
    await world.ask(ada, (session) => session.regenerate())
    await world.ask(ada, (session) => session.regenerate())

    expect(await slow.release()).toMatchObject({ status: 200, cookies: [] })
    expect(await world.live()).toEqual([])
    expect((await world.read(old)).value).toEqual({})
    expect((await world.read(ada)).value).toEqual({})
  })

  it('fails with 409 if the session now belongs to another user', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const slow = await world.held(ada.copy(), logout, { process: 1 })
    await world.ask(ada, login('grace'))

    expect(await slow.release()).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })
    expect((await world.read(ada)).value).toEqual({ userId: 'grace' })
  })

  it('fails with 409 if its visitor has signed in', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    await world.ask(guest, (session) => session.put('cart', 1))
    const slow = await world.held(guest.copy(), logout)
    await world.ask(guest, login('ada'))

    expect(await slow.release()).toMatchObject({ status: 409, cookies: [] })
    expect((await world.read(guest)).value).toEqual({ cart: 1, userId: 'ada' })
  })
})

describe('a sign-in in several steps of one request (R4, R20)', () => {
  it('shows the id and the token that its response sets, even after a saved sign-out', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')

    const { value } = await world.ask(ada, async (session) => {
      session.invalidate()
      await session.save()
      session.put('userId', 'grace')
      return session.id()
    })

    const after = await world.ask(ada, (session) => session.id())
    expect(after).toMatchObject({ status: 200, value })
  })

  it('creates one session if it saves after each step', async () => {
    const world = new Processes()
    const guest = await world.visitor()

    await world.ask(guest, async (session) => {
      session.put('cart', 1)
      await session.save()
      session.put('userId', 'ada')
      await session.save()
      session.regenerate()
      await session.save()
      session.put('late', 1)
    })

    expect((await world.live()).length).toBe(1)
    expect((await world.read(guest)).value).toEqual({ cart: 1, userId: 'ada', late: 1 })
  })
})

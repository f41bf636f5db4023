import type { Session } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import type { Client } from '../hono/client.ts'
import { Processes } from './gates.ts'

const login = (owner: string) => (session: Session) => session.signIn(owner)
const get = { method: 'GET' }

/** A browser whose session expired overnight. Its open page still polls. */
async function morning(world: Processes): Promise<Client> {
  const client = await world.signedIn('ada', { private: 'of yesterday' })
  world.clock.pass(31 * 60)
  await world.read(client)
  return client
}

describe('an id whose session has expired', () => {
  it('lets its user sign in again even if the first response of the day was lost (R4)', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    world.clock.pass(31 * 60)
    // This response never arrives, so its cookies are lost.
    await world.ask(ada.copy(), (session) => session.increment('visits'), get)
    world.clock.pass(60)

    await world.read(ada)
    expect((await world.ask(ada, login('ada'))).status).toBe(200)

    expect((await world.read(ada)).value).toEqual({ userId: 'ada' })
  })

  it('gets the token but no session cookie while the id that follows it belongs to an active session', async () => {
    const world = new Processes()
    const ada = await morning(world)
    await world.ask(ada.copy(), (session) => session.put('opened', 1))
    ada.set('XSRF-TOKEN', 'of yesterday')

    expect((await world.read(ada)).cookies).toEqual(['XSRF-TOKEN'])
    expect((await world.read(ada)).cookies).toEqual([])
  })

  it('gets no cookie while the id that follows it belongs to a session that has moved', async () => {
    const world = new Processes()
    const ada = await morning(world)
    const late = await world.held(ada.copy(), (session) => session.all(), get)
    const stale = ada.copy()
    await world.ask(ada, login('ada'))
    stale.set('XSRF-TOKEN', 'of yesterday')

    expect((await late.release()).cookies).toEqual([])
    expect((await world.read(stale)).cookies).toEqual([])
  })
})

describe('a stolen id whose session has expired (R5)', () => {
  it.each([
    ['before the thief writes', 0],
    ['after the thief writes', 1],
  ])('does not show a thief what its user enters as a guest %s', async (_, later) => {
    const world = new Processes()
    const ada = await morning(world)
    const thief = ada.copy()
    const enter = () => world.ask(ada, (session) => session.put('address', '12 Elm Street'))
    const steal = () => world.ask(thief, (session) => session.put('mine', 1), { process: 1 })
    const both = later ? [steal, enter] : [enter, steal]
    for (const one of both) {
      expect((await one()).status).toBe(200)
      world.clock.pass(1)
    }

    expect((await world.read(thief)).value).toEqual({ mine: 1 })
    expect((await world.read(ada)).value).toEqual({ address: '12 Elm Street' })
  })

  it('does not show data to requests that start at the same time', async () => {
    const world = new Processes()
    const ada = await morning(world)
    const thief = ada.copy()
    const slow = await world.held(thief, (session) => session.put('mine', 1), { process: 1 })
    await world.ask(ada, (session) => session.put('address', '12 Elm Street'))
    await slow.release()

    expect((await world.read(thief)).value).toEqual({ mine: 1 })
  })

  it("adds nothing to a sign-in, neither the user's data nor the thief's", async () => {
    const world = new Processes()
    const ada = await morning(world)
    const thief = ada.copy()
    const slow = await world.held(ada, login('ada'))
    await world.ask(thief, (session) => session.put('mine', 1), { process: 1 })
    expect((await slow.release()).status).toBe(200)

    expect((await world.read(ada)).value).toEqual({ userId: 'ada' })
    expect((await world.read(thief)).value).toEqual({ mine: 1 })
  })

  it('cannot take or claim from a record under the derived id', async () => {
    const world = new Processes()
    const ada = await morning(world)
    const thief = ada.copy()
    const slow = await world.held(
      thief,
      async (session, hold) => {
        await hold()
        return [await session.take('code'), await session.claim('mine')]
      },
      { process: 1 },
    )
    await world.ask(ada, (session) => session.put('code', '1234'))

    expect((await slow.release()).value).toEqual([undefined, true])
    expect((await world.read(ada)).value).toEqual({ code: '1234' })
    expect((await world.read(thief)).value).toEqual({ mine: true })
  })

  it('writes nothing into the session that its user has moved in between', async () => {
    const world = new Processes()
    const ada = await morning(world)
    const thief = ada.copy()
    const slow = await world.held(thief, (session) => session.put('mine', 1), { process: 1 })
    await world.ask(ada, (session) => session.put('address', '12 Elm Street'))
    await world.ask(ada, (session) => session.regenerate())

    await slow.release()

    expect((await world.read(ada)).value).toEqual({ address: '12 Elm Street' })
    expect((await world.read(thief)).value ?? {}).not.toHaveProperty('address')
  })
})

describe('data that a user enters while a thief moves the session of the same expired id (R5)', () => {
  const address = '12 Elm Street'

  it.each<[string, (session: Session) => unknown]>([
    ['is written', (session) => session.put('address', address)],
    ['is claimed', (session) => session.claim('address', address)],
    [
      'is written under a new id',
      (session) => {
        session.put('address', address)
        session.regenerate()
      },
    ],
  ])("does not reach the thief's session if it %s", async (_, enter) => {
    const world = new Processes()
    const ada = await morning(world)
    const thief = ada.copy()
    const slow = await world.held(ada, async (session, hold) => {
      await hold()
      await enter(session)
    })
    world.clock.pass(1)
    await world.ask(thief, (session) => [session.put('mine', 1), session.regenerate()], {
      process: 1,
    })

    expect(await slow.release()).toMatchObject({ status: 409, code: 'session-moved', cookies: [] })

    expect((await world.read(thief)).value).toEqual({ mine: 1 })
  })

  it('does not reach it if it starts a session after a sign-out', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const thief = ada.copy()
    const mark = world.holdStore('create')
    const slow = world.ask(ada, async (session) => {
      session.signOut()
      session.put('address', address)
    })
    await mark.reached
    // The record of the end has expired, so the thief's cookie belongs to no session.
    world.clock.pass(1861)
    await world.read(thief, { process: 1 })
    await world.ask(thief, (session) => [session.put('mine', 1), session.regenerate()], {
      process: 1,
    })
    mark.open()
    await slow

    expect((await world.read(thief)).value).toEqual({ mine: 1 })
  })
})

describe('a sign-in on an id whose session has expired', () => {
  it('gives late responses of that id no cookie to set', async () => {
    const world = new Processes()
    const ada = await morning(world)
    const late = await world.held(ada.copy(), (session) => session.put('cart', 1), { process: 1 })
    await world.ask(ada, login('ada'))
    world.clock.pass(1)

    const answer = await late.release()

    expect(answer.status).toBe(409)
    expect(answer.cookies).toEqual([])
  })

  it('moves the session that an overlapping request created, without its data, so that its cookie is not used', async () => {
    const world = new Processes()
    const ada = await morning(world)
    const slow = await world.held(ada.copy(), login('ada'), { process: 1 })
    await world.ask(ada, (session) => session.put('cart', 1))
    const guest = ada.copy()
    await slow.release()

    expect((await world.ask(guest, (session) => session.put('late', 1))).status).toBe(409)
  })
})

import { type SessionInfo, sessionsOf } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { asking, browsers, listOf, nameOf, usersOf } from './sessions.ts'
import { arrived, setting, signedIn } from './setting.ts'

describe("the list of a user's sessions (R25)", () => {
  it('contains the time of the sign-in and the last activity, and marks the current session', async () => {
    const world = setting({ touchIntervalSeconds: 60 })
    const began = world.clock.now()
    const [phone, laptop] = (await browsers(world, 2)) as [Client, Client]
    world.clock.pass(298)
    await laptop.get('/me')

    const list = await listOf(world, phone)

    const [mine, other] = [began, began + 1000]
    expect(list).toEqual<SessionInfo[]>([
      {
        name: expect.stringMatching(/^[\w-]{16}$/),
        createdAt: new Date(other),
        lastActiveAt: new Date(began + 300_000),
        isCurrent: false,
      },
      {
        name: expect.stringMatching(/^[\w-]{16}$/),
        createdAt: new Date(mine),
        lastActiveAt: new Date(mine),
        isCurrent: true,
      },
    ])
    expect(new Set(list.map(({ name }) => name)).size).toBe(2)
  })

  it('contains no id, no handle and no part of the cookies', async () => {
    const world = setting()
    const clients = await browsers(world, 2)
    const text = JSON.stringify(await listOf(world, clients[0] as Client))

    for (const client of clients) {
      const handle = await world.within(client, (session) => session.handle)
      const secrets = client.received
        .flatMap((value) => value.split('.'))
        .filter((part) => part.length > 16)
      for (const part of [handle, ...secrets]) expect(text).not.toContain(part)
    }
  })

  it('is empty for a user without sessions, and contains no sessions of other users', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await signedIn(world.client(), 'bob')

    expect(await listOf(world, ada, 'carol')).toEqual([])
    expect(await listOf(world, ada)).toHaveLength(1)
    expect((await listOf(world, ada, 'bob')).map(({ isCurrent }) => isCurrent)).toEqual([false])
  })

  it('keeps the name and the sign-in time of a session that gets new ids', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const before = await nameOf(world, ada)
    const [{ createdAt }] = (await listOf(world, ada)) as [SessionInfo]
    world.clock.pass(30)
    await ada.post('/regenerate')
    world.clock.pass(30)
    await world.within(ada, (session) => session.signIn('ada'))

    expect(await listOf(world, ada)).toMatchObject([{ name: before, createdAt, isCurrent: true }])
  })

  it('has another name for a session after a sign-out and a sign-in', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const before = await nameOf(world, ada)
    await ada.post('/logout')
    await ada.post('/login')

    expect(await nameOf(world, ada)).not.toBe(before)
    expect(await listOf(world, ada)).toHaveLength(1)
  })

  it('contains no session that has expired or was ended', async () => {
    const world = setting({ idleTimeoutSeconds: 600, touchIntervalSeconds: 60 })
    const [old, ended, ada] = (await browsers(world, 3)) as [Client, Client, Client]
    for (let i = 0; i < 3; i += 1) {
      world.clock.pass(300)
      await ada.get('/me')
      if (i === 0) await ended.post('/logout')
    }

    expect(await listOf(world, ada)).toHaveLength(1)
    expect(await usersOf([old, ended, ada])).toEqual([null, null, 'ada'])
  })

  it('is different for the users 1 and "1"', async () => {
    const world = setting()
    const number = await arrived(world.client())
    await world.within(number, (session) => session.signIn(1))
    const text = await arrived(world.client())
    await world.within(text, (session) => session.signIn('1'))
    const both = await asking(world, number, async (sessions) => [
      await sessions.of(1).list(),
      await sessions.of('1').list(),
    ])

    expect(both).toMatchObject([[{ isCurrent: true }], [{ isCurrent: false }]])
    expect(await asking(world, number, (sessions) => sessions.of('1').endAll())).toBe(1)
    expect(await usersOf([number, text])).toEqual([1, null])
  })

  it('is found by the key of the user if ownerKey is a list', async () => {
    const world = setting({ ownerKey: ['adminId', 'userId'] })
    const ada = await signedIn(world.client())
    const lists = await asking(world, ada, async (sessions) => [
      await sessions.of('ada', 'userId').list(),
      await sessions.of('ada').list(),
    ])

    expect(lists.map(({ length }) => length)).toEqual([1, 0])
  })

  it.each([[''], [Number.NaN], [null], [{ id: 1 }], [undefined]])(
    'is refused for the user %s',
    async (owner) => {
      const world = setting()
      const error = expect.objectContaining({ code: 'session-bad-owner' })

      // @ts-expect-error: what JavaScript may pass
      expect(() => sessionsOf(world.store).of(owner)).toThrow(error)
    },
  )

  it('is refused for an undefined user, with the received value and the expected ones', () => {
    // @ts-expect-error: what JavaScript may pass
    expect(() => sessionsOf(setting().store).of(undefined)).toThrow(
      'sessions.of() needs the id of the user, the value that signIn() got: a string that is not empty, a finite number or a bigint. It got undefined.',
    )
  })

  it('is refused for a key that is not an owner key, because it would be empty', () => {
    const world = setting()

    expect(() => sessionsOf(world.store).of('ada', 'usreId')).toThrow(
      expect.objectContaining({
        code: 'session-bad-owner',
        message: expect.stringMatching(/"usreId".*ownerKey.*"userId"/),
      }),
    )
  })

  it('does not count as use of the session: it sets no cookie, and does not touch the session', async () => {
    const world = setting()
    world.app.get('/devices', async (c) => c.json(await c.get('sessions').of('ada').list()))
    const ada = await signedIn(world.client())
    world.clock.pass(300)
    world.store.taken()

    const response = await ada.get('/devices')

    expect(await response.json()).toHaveLength(1)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(world.store.taken().filter((command) => command !== 'load')).toEqual([])
  })
})

describe('ending a session by name (R25)', () => {
  it('ends it, and returns true', async () => {
    const world = setting()
    const [phone, laptop] = (await browsers(world, 2)) as [Client, Client]
    const name = await nameOf(world, phone)

    expect(await asking(world, laptop, (sessions) => sessions.of('ada').end(name))).toBe(true)
    expect(await usersOf([phone, laptop])).toEqual([null, 'ada'])
    expect(await asking(world, laptop, (sessions) => sessions.of('ada').end(name))).toBe(false)
  })

  it('also ends its id from before it moved, within the grace period', async () => {
    const world = setting()
    const [phone, laptop] = (await browsers(world, 2)) as [Client, Client]
    const before = phone.copy()
    await phone.post('/regenerate')
    const name = await nameOf(world, phone)
    await asking(world, laptop, (sessions) => sessions.of('ada').end(name))

    expect(await usersOf([before, phone, laptop])).toEqual([null, null, 'ada'])
  })

  it('ends nothing for a session name of another user', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const bob = await signedIn(world.client(), 'bob')
    const name = await nameOf(world, ada)

    expect(await asking(world, bob, (sessions) => sessions.of('bob').end(name))).toBe(false)
    expect(await usersOf([ada, bob])).toEqual(['ada', 'bob'])
  })

  it.each(['', 'unknown', '__proto__', '../../x', 'A'.repeat(10_000), '\u0000'])(
    'ends nothing for an unknown name: %j',
    async (name) => {
      const world = setting()
      const ada = await signedIn(world.client())

      expect(await asking(world, ada, (sessions) => sessions.of('ada').end(name))).toBe(false)
      expect(await usersOf([ada])).toEqual(['ada'])
    },
  )

  it('ends nothing for a handle or an id', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const handle = await world.within(ada, (session) => session.handle)
    for (const name of [handle, ada.cookie('session')]) {
      expect(await asking(world, ada, (sessions) => sessions.of('ada').end(name))).toBe(false)
    }

    expect(await usersOf([ada])).toEqual(['ada'])
  })

  it('can end the current session: its changes are dropped, and it gets no cookie', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const name = await nameOf(world, ada)
    const response = await world.answer(ada, async (session, c) => {
      session.put('a', 1)
      await c.get('sessions').of('ada').end(name)
    })

    expect([response.status, response.headers.getSetCookie()]).toEqual([200, []])
    expect(await ada.json('/all')).toEqual({})
    expect(world.store.live()).toEqual([])
  })
})

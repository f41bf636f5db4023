import type { SessionOptions } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { browsers, listOf, usersOf } from './sessions.ts'
import { arrived, setting, signedIn } from './setting.ts'

describe('the limit of sessions per user (R25)', () => {
  const three: SessionOptions = { maxSessionsPerOwner: 3 }

  it('a sign-in over the limit ends the session with the oldest sign-in', async () => {
    const world = setting(three)
    const clients = (await browsers(world, 3)) as [Client, Client, Client]
    // The session with the oldest sign-in is the most active one.
    world.clock.pass(120)
    await clients[0].get('/me')
    const last = await signedIn(world.client())

    expect(await usersOf([...clients, last])).toEqual([null, 'ada', 'ada', 'ada'])
    expect(await listOf(world, last)).toHaveLength(3)
  })

  it('with refuse, a sign-in over the limit fails with 409, and changes no session', async () => {
    const world = setting({ ...three, sessionsOverLimit: 'refuse' })
    const clients = (await browsers(world, 3)) as [Client, Client, Client]
    const visitor = await arrived(world.client())
    await visitor.post('/put?cart=lamp')
    const response = await visitor.post('/login')

    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ error: { code: 'session-limit' } })
    expect(await visitor.json('/all')).toEqual({ cart: 'lamp' })
    expect(await usersOf(clients)).toEqual(['ada', 'ada', 'ada'])
    await clients[1].post('/logout')
    expect((await visitor.post('/login')).status).toBe(200)
    expect(await visitor.json('/all')).toEqual({ cart: 'lamp', userId: 'ada' })
  })

  it('with refuse, a browser gets a page that says to sign out elsewhere, not to try again', async () => {
    const world = setting({ maxSessionsPerOwner: 1, sessionsOverLimit: 'refuse' })
    await signedIn(world.client())
    const visitor = await arrived(world.client())
    const response = await visitor.post('/login', { headers: { Accept: 'text/html' } })
    const page = await response.text()

    expect(response.status).toBe(409)
    expect(page).toContain('Sign out on one of them, and sign in here again.')
    expect(page).not.toContain('in another tab')
  })

  it.each(['end-oldest', 'refuse'] as const)(
    'a new id or a new sign-in of the same session does not exceed it: %s',
    async (sessionsOverLimit) => {
      const world = setting({ ...three, sessionsOverLimit })
      const clients = (await browsers(world, 3)) as [Client, Client, Client]
      for (const client of clients) {
        expect((await client.post('/regenerate')).status).toBe(200)
        await world.within(client, (session) => session.signIn('ada'))
      }

      expect(await usersOf(clients)).toEqual(['ada', 'ada', 'ada'])
    },
  )

  it.each(['end-oldest', 'refuse'] as const)(
    'expired and signed-out sessions do not count: %s',
    async (sessionsOverLimit) => {
      const world = setting({ ...three, sessionsOverLimit, idleTimeoutSeconds: 600 })
      const [first] = (await browsers(world, 1)) as [Client]
      await browsers(world, 1)
      const [out] = (await browsers(world, 1)) as [Client]
      await out.post('/logout')
      for (let i = 0; i < 3; i += 1) {
        world.clock.pass(400)
        await first.get('/me')
      }
      const later = await browsers(world, 2)

      expect(await usersOf([first, ...later])).toEqual(['ada', 'ada', 'ada'])
    },
  )

  it('each user has a separate limit, and a change of user frees a place', async () => {
    const world = setting({ maxSessionsPerOwner: 1, sessionsOverLimit: 'refuse' })
    const ada = await signedIn(world.client())
    const bob = await signedIn(world.client(), 'bob')
    await bob.post('/logout')
    await world.within(ada, (session) => session.signIn('bob'))
    const again = await signedIn(world.client())

    expect(await usersOf([ada, again])).toEqual(['bob', 'ada'])
  })
})

import type { Session } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { ask } from './client.ts'
import { arrived, setting, signedIn } from './setting.ts'

async function begun() {
  const world = setting()
  const ada = await signedIn(world.client())
  world.happened()
  return { world, ada }
}

describe('the events of', () => {
  it('a visitor who only reads: none', async () => {
    const world = setting()
    const visitor = await arrived(world.client())
    await visitor.post('/logout')

    expect(world.events).toEqual([])
  })

  it("a visitor's first write: created, with the handle that session.id() gives", async () => {
    const world = setting()
    const visitor = await arrived(world.client())
    const handle = await world.within(visitor, (session) => {
      session.put('a', 1)
      return session.id()
    })

    expect(world.events).toEqual([{ type: 'session:created', handle }])
  })

  it('a read: none', async () => {
    const { world, ada } = await begun()
    await ada.get('/me')

    expect(world.events).toEqual([])
  })

  it('a write: saved', async () => {
    const { world, ada } = await begun()
    const handle = await world.within(ada, (session) => {
      session.put('a', 1)
      return session.id()
    })

    expect(world.events).toEqual([{ type: 'session:saved', handle }])
  })

  it('a write that changes nothing: none', async () => {
    const { world, ada } = await begun()
    await ada.post('/login')

    expect(world.events).toEqual([])
  })

  it('a read after the touch interval: touched', async () => {
    const { world, ada } = await begun()
    world.clock.pass(100)
    await ada.get('/me')

    expect(world.happened()).toEqual(['session:touched'])
  })

  it("a visitor's sign-in: the session is created", async () => {
    const world = setting()
    const visitor = await arrived(world.client())
    await visitor.post('/login')

    expect(world.happened()).toContain('session:created')
  })

  it('regenerate(): regenerated, from the old handle to the new one, and not created', async () => {
    const { world, ada } = await begun()
    const from = await world.within(ada, (session) => session.id())
    await ada.post('/regenerate')
    const handle = await world.within(ada, (session) => session.id())

    expect(world.events).toEqual([{ type: 'session:regenerated', handle, from }])
  })

  it('a change of owner: regenerated', async () => {
    const { world, ada } = await begun()
    await ada.post('/login?as=bob')

    expect(world.happened()).toContain('session:regenerated')
  })

  it('invalidate(): invalidated', async () => {
    const { world, ada } = await begun()
    const handle = await world.within(ada, (session) => session.id())
    await ada.post('/logout')

    expect(world.events).toEqual([{ type: 'session:ended', handle, reason: 'signed-out' }])
  })

  it('invalidate() and then a write: invalidated, then created', async () => {
    const { world, ada } = await begun()
    await world.within(ada, (session) => {
      session.invalidate()
      session.put('a', 1)
    })

    expect(world.happened()).toEqual(['session:ended', 'session:created'])
  })

  it('a cookie whose session has ended: expired, with the handle it had', async () => {
    const { world, ada } = await begun()
    const handle = await world.within(ada, (session) => session.id())
    const old = ada.copy()
    await ada.post('/logout')
    world.happened()
    await old.get('/me')

    expect(world.events).toEqual([{ type: 'session:expired', handle }])
  })

  it('a cookie whose session has timed out: expired', async () => {
    const { world, ada } = await begun()
    world.clock.pass(1e6)
    await ada.get('/me')

    expect(world.happened()).toEqual(['session:expired'])
  })

  it("a visitor's cookie that has timed out: expired", async () => {
    const world = setting({ absoluteTimeoutSeconds: 100 })
    const visitor = await arrived(world.client())
    world.clock.pass(100)
    await visitor.get('/me')

    expect(world.happened()).toEqual(['session:expired'])
  })

  it('a cookie that is not ours: unknown-id', async () => {
    const world = setting()
    await ask(world.app, '/me', { headers: { Cookie: 'session=planted' } })

    expect(world.events).toEqual([{ type: 'session:unknown-id', reason: 'not-ours' }])
  })

  it('an unsafe request with the id from before a sign-in: moved', async () => {
    const { world, ada } = await begun()
    const old = ada.copy()
    await ada.post('/login?as=bob')
    world.happened()

    expect((await old.post('/put?a=b')).status).toBe(409)
    expect(world.happened()).toEqual(['session:moved'])
  })

  it('a session above maxBytes: an error, with its code', async () => {
    const world = setting({ maxBytes: 300 })
    const ada = await signedIn(world.client())
    world.happened()
    await ada.post(`/put?a=${'x'.repeat(400)}`)

    expect(world.events).toMatchObject([{ type: 'session:error', code: 'session-too-large' }])
  })

  it.each([
    ['a value that cannot be kept', 'session-bad-value', (s: Session) => s.put('f', () => 1)],
    ['an invalid owner', 'session-bad-owner', (s: Session) => s.put('userId', { id: 1 })],
    ['an async update', 'session-not-sync', (s: Session) => s.update('n', async () => 1)],
    [
      'a session that grows too large during the request',
      'session-too-large',
      (s: Session) => {
        s.put('a', 'x'.repeat(100_000))
        return s.save()
      },
    ],
  ])(
    'an error of the app in a handler, %s: one error, because nothing else would report it',
    async (_, code, fault) => {
      const world = setting()
      const ada = await signedIn(world.client())
      world.happened()

      expect((await world.answer(ada, fault)).status).toBe(500)
      expect(world.events).toMatchObject([{ type: 'session:error', code }])
    },
  )

  it('an error that the handler catches: none', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.happened()
    await world.answer(ada, (s) => {
      expect(() => s.put('f', () => 1)).toThrow('f')
    })

    expect(world.happened()).toEqual([])
  })
})

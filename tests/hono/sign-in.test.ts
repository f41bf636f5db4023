import { describe, expect, it, vi } from 'vitest'
import { arrived, setting, signedIn } from './setting.ts'

describe('signIn()', () => {
  it("signs a visitor in under a new id, and keeps the visitor's data", async () => {
    const world = setting()
    const client = await arrived(world.client())
    await world.within(client, (session) => session.put('cart', ['lamp']))
    const guest = client.copy()

    await world.within(client, (session) => session.signIn('ada'))

    expect(client.cookie('session')).not.toBe(guest.cookie('session'))
    expect(await client.json('/all')).toEqual({ cart: ['lamp'], userId: 'ada' })
    expect(await guest.json('/me')).toEqual({ userId: null })
  })

  it('takes effect within the same request', async () => {
    const world = setting()
    const seen = await world.within(await arrived(world.client()), (session) => {
      const before = session.userId
      session.signIn(5)
      return [before, session.userId]
    })

    expect(seen).toEqual([undefined, 5])
  })

  it('gives a new id and a new token if the same user signs in again, and the old id ends (ASVS 7.2.4)', async () => {
    const world = setting({ regenerateGraceSeconds: 0 })
    const ada = await signedIn(world.client())
    const before = ada.copy()

    await world.within(ada, (session) => session.signIn('ada'))

    expect(ada.cookie('session')).not.toBe(before.cookie('session'))
    expect(ada.token).not.toBe(before.token)
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
    expect((await before.get('/me')).status).toBe(409)
  })

  it('lets the old id of the same user read during the grace period only (ASVS 7.2.4)', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const before = ada.copy()
    await world.within(ada, (session) => session.signIn('ada'))
    await world.within(ada, (session) => session.put('letter', 'new'))

    expect(await before.json('/all')).toEqual({ userId: 'ada' })
    expect((await before.post('/put?a=b')).status).toBe(409)
    world.clock.pass(10)
    expect(await before.json('/all')).toEqual({})
    expect(await ada.json('/all')).toEqual({ userId: 'ada', letter: 'new' })
  })

  it('ends the old id when the same user signs out, even during the grace period', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const before = ada.copy()
    await world.within(ada, (session) => session.signIn('ada'))

    await world.within(ada, (session) => session.signOut())

    expect(await before.json('/all')).toEqual({})
    expect(world.store.live()).toEqual([])
  })

  it('of the same user does not extend the absolute lifetime', async () => {
    const world = setting({ absoluteTimeoutSeconds: 3_600, idleTimeoutSeconds: 3_000 })
    const ada = await signedIn(world.client())
    world.clock.pass(1_800)
    await world.within(ada, (session) => session.signIn('ada'))

    world.clock.pass(1_799)
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
    world.clock.pass(1)
    expect(await ada.json('/me')).toEqual({ userId: null })
  })

  it('keeps no data of the previous user', async () => {
    const world = setting()
    const client = await signedIn(world.client(), 'ada')
    await world.within(client, (session) => session.put('letter', 'private'))

    await world.within(client, (session) => session.signIn('bob'))

    expect(await client.json('/all')).toEqual({ userId: 'bob' })
  })

  it.each([[''], [null], [undefined], [Number.NaN], [{ id: 5 }], [true]])(
    'refuses %s and signs no user in',
    async (wrong) => {
      const world = setting()
      const client = await arrived(world.client())
      await world.within(client, (session) =>
        // @ts-expect-error: what JavaScript may pass
        expect(() => session.signIn(wrong)).toThrow(
          expect.objectContaining({ code: 'session-bad-owner' }),
        ),
      )

      expect(await client.json('/me')).toEqual({ userId: null })
    },
  )

  it('sets the first of several owner keys, and userId returns the first one with a value', async () => {
    const world = setting({ ownerKey: ['accountId', 'user_id'] })
    const client = await arrived(world.client())
    await world.within(client, (session) => session.put('user_id', 'old'))
    const before = client.cookie('session')
    expect(await world.within(client, (session) => session.userId)).toBe('old')

    await world.within(client, (session) => session.signIn('new'))

    expect(client.cookie('session')).not.toBe(before)
    expect(await client.json('/all')).toEqual({ accountId: 'new' })
  })
})

describe('signOut()', () => {
  it('ends the session on the server', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const copy = ada.copy()

    await world.within(ada, (session) => session.signOut())

    expect(await copy.json('/me')).toEqual({ userId: null })
    expect(world.store.live()).toEqual([])
  })
})

describe('session.handle', () => {
  it('is the same as id(), and reading it does not start the session', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const id = await world.within(ada, (session) => session.id())
    world.clock.pass(120)

    const response = await world.answer(ada, (session, c) =>
      c.json([session.handle, session.isStarted()]),
    )

    expect(await response.json()).toEqual([id, false])
    expect(response.headers.get('Vary')).toBeNull()
    expect(world.happened().filter((type) => type === 'session:touched')).toEqual([])
  })

  it('can be read after the response, for a log line', async () => {
    const world = setting()
    const lines: string[] = []
    world.app.get('/late', (c) => c.text('late'))
    const ada = await signedIn(world.client())
    const kept = await world.within(ada, (session) => ({ session, id: session.id() }))

    lines.push(kept.session.handle)

    expect(lines).toEqual([kept.id])
  })
})

describe('an app that stores the user under another key than ownerKey', () => {
  it.each([
    ['development', 1],
    ['production', 0],
  ])('gets warnings in %s: %i', async (mode, times) => {
    vi.stubEnv('NODE_ENV', mode)
    const log = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const world = setting()
    vi.unstubAllEnvs()
    world.app.get('/in', (c) => {
      c.get('session').put('user', { id: 5 })
      return c.text('in')
    })
    await world.client().get('/in')
    await world.client().get('/in')

    const warnings = log.mock.calls.filter(([message]) => String(message).includes('ownerKey'))
    log.mockRestore()
    expect(warnings).toHaveLength(times)
  })
})

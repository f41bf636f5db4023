import { describe, expect, it } from 'vitest'
import { ask, type Client, setCookieNames, setCookies } from './client.ts'
import { arrived, isWrite, setting, signedIn } from './setting.ts'

const nobody = { userId: null }

describe('a new id', () => {
  it('is different for each of a thousand visitors', async () => {
    const { app } = setting()
    const ids = new Set<string>()
    for (let i = 0; i < 1000; i += 1) {
      const [cookie] = setCookies(await ask(app, '/me')).filter(({ name }) => name === 'session')
      ids.add(cookie?.value ?? '')
    }

    expect(ids.size).toBe(1000)
  })

  it('holds at least 128 random bits', async () => {
    const client = await arrived(setting().client())

    const random = client.cookie('session').split('.')[1] ?? ''

    expect(Buffer.from(random, 'base64url').length).toBeGreaterThanOrEqual(16)
  })

  it.each([
    ['a sign-in', '/login?as=bob'],
    ['regenerate()', '/regenerate'],
    ['invalidate()', '/logout'],
  ])('and a new token are sent after %s', async (_, path) => {
    const world = setting()
    const client = await signedIn(world.client())
    const before = client.copy()

    const response = await client.post(path)

    expect(setCookieNames(response)).toEqual(['XSRF-TOKEN', 'session'])
    expect(client.cookie('session').split('.')[1]).not.toBe(before.cookie('session').split('.')[1])
    expect(client.token).not.toBe(before.token)
  })

  it('is sent once for a sign-in that also regenerates', async () => {
    const world = setting()
    const client = world.client()
    await world.within(client, (session) => session.put('cart', 1))
    world.happened()
    await world.answer(client, (session) => {
      session.regenerate()
      session.put('userId', 'ada')
      session.regenerate()
    })

    expect(world.happened()).toEqual(['session:regenerated'])
    expect(world.store.live()).toHaveLength(1)
  })

  it.each([['put', (s: { put(key: string, value: unknown): void }) => s.put('userId', 'bob')]])(
    'is sent after a change of owner by %s alone',
    async (_, change) => {
      const world = setting()
      const client = await signedIn(world.client())
      const before = client.cookie('session')
      await world.answer(client, change)

      expect(client.cookie('session')).not.toBe(before)
    },
  )

  it.each(['forget', 'pull', 'clear', 'put null'] as const)(
    'is sent after a sign-out by %s',
    async (how) => {
      const world = setting()
      const client = await signedIn(world.client())
      await world.within(client, (session) => session.put('theme', 'dark'))
      const before = client.copy()
      await world.within(client, (session) => {
        if (how === 'forget') session.forget('userId')
        if (how === 'pull') session.pull('userId')
        if (how === 'clear') session.clear()
        if (how === 'put null') session.put('userId', null)
      })

      expect(client.cookie('session')).not.toBe(before.cookie('session'))
      expect(await client.json('/me')).toEqual(nobody)
    },
  )

  it('is not sent if the owner is set to the same value', async () => {
    const world = setting()
    const client = await signedIn(world.client())
    const before = client.cookie('session')
    await world.within(client, (session) => session.put({ userId: 'ada', theme: 'dark' }))

    expect(client.cookie('session')).toBe(before)
  })
})

describe('an id that is no longer valid (R11)', () => {
  it('opens nothing: the old cookie after a sign-out', async () => {
    const world = setting()
    const client = await signedIn(world.client())
    const old = client.copy()
    await client.post('/logout')

    expect(await old.json('/me')).toEqual(nobody)
    expect(await old.json('/all')).toEqual({})
  })

  it('opens nothing: the old cookie after a sign-in, after the grace period', async () => {
    const world = setting()
    const client = await signedIn(world.client())
    const old = client.copy()
    await client.post('/login?as=bob')
    world.clock.pass(10)
    const seen = await old.get('/me')

    expect(await seen.text()).not.toMatch(/ada|bob/)
  })

  it('gets a new session when a request writes', async () => {
    const world = setting()
    const client = await signedIn(world.client())
    const old = client.copy()
    await client.post('/logout')
    // During the grace period, late responses do not replace the newer cookies.
    world.clock.pass(10)
    await old.get('/me')
    await old.post('/put?color=blue')

    expect(await old.json('/all')).toEqual({ color: 'blue' })
    expect(await old.json('/me')).toEqual(nobody)
  })

  it('expires with the absolute timeout for a visitor, and the next write gets a new one', async () => {
    const world = setting({ absoluteTimeoutSeconds: 1000 })
    const visitor = await arrived(world.client())
    const first = visitor.copy()
    const randomOf = (client: Client) => client.cookie('session').split('.')[1]

    world.clock.pass(999.999)
    await visitor.get('/me')
    expect(visitor.token).toBe(first.token)
    world.clock.pass(0.001)
    await visitor.get('/me')
    expect(visitor.token).not.toBe(first.token)
    expect(world.store.commands.filter(isWrite)).toEqual([])
    await visitor.post('/put?color=blue')
    expect(randomOf(visitor)).not.toBe(randomOf(first))
    expect(await visitor.json('/all')).toEqual({ color: 'blue' })
  })

  it('causes no error for a page that still polls, and is not replaced until a request writes', async () => {
    const world = setting()
    const client = await signedIn(world.client())
    const dead = client.cookie('session')
    world.clock.pass(1e6)

    const first = await client.get('/me')
    expect(await first.json()).toEqual(nobody)
    expect(setCookieNames(first)).toEqual(['XSRF-TOKEN'])
    expect(setCookieNames(await client.get('/me'))).toEqual([])
    expect(client.cookie('session')).toBe(dead)
    expect((await client.post('/login')).status).toBe(200)
    expect(await client.json('/me')).toEqual({ userId: 'ada' })
  })
})

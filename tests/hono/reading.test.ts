import { describe, expect, it } from 'vitest'
import { arrived, isWrite, setting, signedIn } from './setting.ts'

describe('a request that only reads the session (R3)', () => {
  it('writes nothing for a signed-in read', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.store.taken()

    await world.within(
      ada,
      (session) => {
        session.get('userId')
        session.has('userId')
        session.all()
        session.getFlash('notice')
        session.id()
        session.pull('absent')
        session.remember('userId', () => 'another user')
      },
      { method: 'GET' },
    )

    expect(world.store.taken()).toEqual(['load'])
  })

  it('writes nothing if a put changes nothing', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.put('cart', { items: [1, 2] }))
    world.store.taken()

    await world.within(ada, (session) => {
      session.put('cart', { items: [1, 2] })
      session.put('userId', 'ada')
      session.forget('absent')
      session.increment('absent', 0)
      session.forget('absent')
    })

    expect(world.store.taken().filter(isWrite)).toEqual([])
  })

  it('touches the session once per touch interval, whatever the number of reads', async () => {
    const world = setting({ touchIntervalSeconds: 60 })
    const ada = await signedIn(world.client())
    world.store.taken()

    for (let i = 0; i < 30; i += 1) {
      world.clock.pass(10)
      await ada.get('/me')
    }

    const commands = world.store.taken()
    expect(commands.filter((command) => command === 'replace')).toHaveLength(5)
    expect(commands.filter((command) => command === 'load')).toHaveLength(30)
    expect(commands).toHaveLength(35)
  })

  it('does not touch the session if its handler does not use it', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.clock.pass(300)
    world.store.taken()

    await ada.get('/free')

    expect(world.store.taken().filter(isWrite)).toEqual([])
  })

  it('writes nothing if it is refused', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.clock.pass(300)
    world.store.taken()

    expect((await ada.send('POST', '/put?a=b')).status).toBe(403)

    expect(world.store.taken().filter(isWrite)).toEqual([])
  })

  it('ages a flash message with one write, and the next read writes nothing', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.flash('notice', 'hello'))
    world.store.taken()

    await ada.get('/me')
    expect(world.store.taken()).toEqual(['load', 'replace'])
    await ada.get('/me')
    expect(world.store.taken()).toEqual(['load'])
  })
})

describe('the number of store commands (R8)', () => {
  it('is one for a read', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.store.taken()

    await ada.get('/me')

    expect(world.store.taken()).toEqual(['load'])
  })

  it('is one more for a write, whatever the number of changes', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.store.taken()

    await world.within(ada, (session) => {
      for (let i = 0; i < 20; i += 1) session.put(`key ${i}`, i)
      session.flash('notice')
      session.increment('count')
    })

    expect(world.store.taken()).toEqual(['load', 'replace'])
  })

  it('does not grow by a touch if the request also writes', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.clock.pass(300)
    world.store.taken()

    await ada.post('/put?a=b')

    expect(world.store.taken()).toEqual(['load', 'replace'])
  })

  it("is one for a visitor's first write", async () => {
    const world = setting()
    const visitor = await arrived(world.client())

    await visitor.post('/put?a=b')

    expect(world.store.taken()).toEqual(['create'])
  })

  it.each([
    [
      6,
      "a visitor's sign-in",
      async (world: ReturnType<typeof setting>) => arrived(world.client()),
      '/login',
    ],
    [
      6,
      'a regenerate',
      async (world: ReturnType<typeof setting>) => signedIn(world.client()),
      '/regenerate',
    ],
    // Four more, because the lists of both users change.
    [
      6 + 4,
      'a sign-in as another user',
      async (world: ReturnType<typeof setting>) => signedIn(world.client()),
      '/login?as=bob',
    ],
    [
      6,
      'a sign-out',
      async (world: ReturnType<typeof setting>) => signedIn(world.client()),
      '/logout',
    ],
  ])('is at most %d for %s', async (most, _, begin, path) => {
    const world = setting()
    const client = await begin(world)
    world.store.taken()

    expect((await client.post(path)).status).toBe(200)

    expect(world.store.taken().length).toBeLessThanOrEqual(most)
  })

  it('is two for all cookies of other apps together: to look for the kept secret once', async () => {
    const world = setting()
    const other = setting({ secret: 'the secret of another app, long enough too' })
    const ada = await signedIn(other.client())
    const foreign = ada.copy(world.app)

    await foreign.get('/me')
    await foreign.post('/put?a=b')

    expect(world.store.commands).toEqual(['load', 'create'])
    expect(world.store.keys[0]).toMatch(/^secret-/)
  })

  it('is two for take(), including the read', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.put('state', 'abc'))
    world.store.taken()

    expect(await world.within(ada, (session) => session.take('state'))).toBe('abc')
    expect(world.store.taken()).toEqual(['load', 'replace'])
  })
})

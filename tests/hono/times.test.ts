import { session } from '@gravito/orbit'
import { Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Client, setCookieNames } from './client.ts'
import { arrived, secret, setting, signedIn } from './setting.ts'

const nobody = { userId: null }
const ada = { userId: 'ada' }

describe('the idle timeout (R10)', () => {
  const options = {
    idleTimeoutSeconds: 1000,
    touchIntervalSeconds: 60,
    absoluteTimeoutSeconds: 1e6,
  }

  it('keeps a session whose latest request was less than the timeout ago', async () => {
    const world = setting(options)
    const client = await signedIn(world.client())

    world.clock.pass(999.999)

    expect(await client.json('/me')).toEqual(ada)
  })

  it('ends a session at most one timeout and one touch interval after the latest request', async () => {
    const world = setting(options)
    const client = await signedIn(world.client())

    world.clock.pass(1060)

    expect(await client.json('/me')).toEqual(nobody)
  })

  it('starts at the latest request, even if that was too early for a touch', async () => {
    const world = setting(options)
    const client = await signedIn(world.client())
    world.clock.pass(59.999)
    await client.get('/me')

    world.clock.pass(999.999)

    expect(await client.json('/me')).toEqual(ada)
  })

  it('ends a touched session at most one timeout and one touch interval after the touch', async () => {
    const world = setting(options)
    const client = await signedIn(world.client())
    world.clock.pass(60)
    await client.get('/me')

    world.clock.pass(1060)

    expect(await client.json('/me')).toEqual(nobody)
  })

  it('keeps a session that is in use, far longer than the timeout', async () => {
    const world = setting(options)
    const client = await signedIn(world.client())

    for (let i = 0; i < 20; i += 1) {
      world.clock.pass(990)
      expect(await client.json('/me')).toEqual(ada)
    }
  })

  it('does not count requests that do not use the session', async () => {
    const world = setting(options)
    const client = await signedIn(world.client())
    for (let i = 0; i < 4; i += 1) {
      world.clock.pass(300)
      await client.get('/free')
    }

    expect(await client.json('/me')).toEqual(nobody)
  })

  it('lowers a touch interval above a tenth of the idle timeout to that tenth', async () => {
    const world = setting({ idleTimeoutSeconds: 100, touchIntervalSeconds: 60 })
    const client = await signedIn(world.client())
    world.store.taken()

    world.clock.pass(9.999)
    await client.get('/me')
    expect(world.store.taken()).toEqual(['load'])
    world.clock.pass(0.001)
    await client.get('/me')
    expect(world.store.taken()).toEqual(['load', 'replace'])
    world.clock.pass(110)
    expect(await client.json('/me')).toEqual(nobody)
  })

  it('ends a session on time if its only requests are polls that do not count as activity', async () => {
    const world = setting({ ...options, touch: (c) => c.req.path !== '/work' })
    const client = await signedIn(world.client())
    for (let i = 0; i < 10; i += 1) {
      world.clock.pass(105)
      await world.within(client, (session) => session.get('userId'), { method: 'GET' })
    }

    world.clock.pass(10)

    expect(await client.json('/me')).toEqual(nobody)
  })

  it('lets a poll write without counting as activity', async () => {
    const world = setting({ ...options, touch: (c) => c.req.path !== '/work' })
    const client = await signedIn(world.client())
    world.clock.pass(900)
    await world.within(client, (session) => session.increment('polls'))

    world.clock.pass(160)

    expect(await client.json('/me')).toEqual(nobody)
  })

  it('uses the current setting: a shorter timeout ends sessions that were stored with a longer one', async () => {
    const long = setting({ ...options, idleTimeoutSeconds: 1e5 })
    const client = await signedIn(long.client())
    const short = setting({ ...options, store: long.store, now: long.clock.now })
    long.clock.pass(2000)

    expect(await client.copy(short.app).json('/me')).toEqual(nobody)
  })
})

describe('fake timers', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    ['of a session created before them', false],
    ['of a session created with them', true],
  ])('move the clock %s', async (_, isMadeWithThem) => {
    if (isMadeWithThem) vi.useFakeTimers()
    const app = new Hono()
    app.use(session({ secret, idleTimeoutSeconds: 1000 }))
    app.get('/me', (c) => c.json({ userId: c.get('session').get('userId', null) }))
    app.post('/login', (c) => {
      c.get('session').put('userId', 'ada')
      return c.text('ok')
    })
    vi.useFakeTimers()
    const client = await signedIn(new Client(app))

    vi.advanceTimersByTime(999_000)
    expect(await client.json('/me')).toEqual(ada)
    vi.advanceTimersByTime(1_100_000)
    expect(await client.json('/me')).toEqual(nobody)
  })
})

describe('a clock with fractions of a millisecond', () => {
  it("can read a visitor's id", async () => {
    const world = setting({ now: () => Date.UTC(2030, 0, 1) + 0.25 })
    const visitor = await arrived(world.client())

    expect(setCookieNames(await visitor.get('/me'))).toEqual([])
    expect((await visitor.post('/put?a=b')).status).toBe(200)
    expect(world.happened()).toEqual(['session:created'])
  })
})

describe('the absolute timeout (R10)', () => {
  const options = { idleTimeoutSeconds: 1000, absoluteTimeoutSeconds: 3000 }

  async function busyUntil(
    world: ReturnType<typeof setting>,
    seconds: number,
    work: () => Promise<unknown>,
  ) {
    for (let passed = 0; passed < seconds; passed += 500) {
      world.clock.pass(500)
      await work()
    }
  }

  it('ends a session, whatever the number of reads', async () => {
    const world = setting(options)
    const client = await signedIn(world.client())
    await busyUntil(world, 2500, () => client.get('/me'))

    world.clock.pass(499.999)
    expect(await client.json('/me')).toEqual(ada)
    world.clock.pass(0.001)
    expect(await client.json('/me')).toEqual(nobody)
  })

  it('ends a session, whatever the number of writes', async () => {
    const world = setting(options)
    const client = await signedIn(world.client())
    await busyUntil(world, 2500, () => world.within(client, (session) => session.increment('n')))

    world.clock.pass(500)

    expect(await client.json('/me')).toEqual(nobody)
  })

  it('is not moved by regenerate()', async () => {
    const world = setting(options)
    const client = await signedIn(world.client())
    await busyUntil(world, 2500, () => client.post('/regenerate'))

    world.clock.pass(499.999)
    expect(await client.json('/me')).toEqual(ada)
    world.clock.pass(0.001)
    expect(await client.json('/me')).toEqual(nobody)
  })

  it('restarts with a change of owner', async () => {
    const world = setting(options)
    const client = await signedIn(world.client())
    await busyUntil(world, 2500, () => client.get('/me'))
    await client.post('/login?as=bob')
    await busyUntil(world, 2500, () => client.get('/me'))

    expect(await client.json('/me')).toEqual({ userId: 'bob' })
  })

  it("starts when a visitor signs in, not with the visitor's first request", async () => {
    const world = setting(options)
    const client = world.client()
    await world.within(client, (session) => session.put('cart', 1))
    world.clock.pass(900)
    await client.post('/login')
    await busyUntil(world, 2500, () => client.get('/me'))

    expect(await client.json('/me')).toEqual(ada)
  })

  it('also ends a session that reaches both timeouts at once', async () => {
    const world = setting({ idleTimeoutSeconds: 50, absoluteTimeoutSeconds: 50 })
    const client = await signedIn(world.client())

    world.clock.pass(50)

    expect(await client.json('/me')).toEqual(nobody)
  })
})

describe('timers (R9)', () => {
  it('do not overflow if sessions last for months', async () => {
    const warnings: string[] = []
    const hear = (warning: Error) => warnings.push(warning.name)
    process.on('warning', hear)
    const months = { idleTimeoutSeconds: 90 * 86_400, absoluteTimeoutSeconds: 365 * 86_400 }
    const world = setting({ ...months, touchIntervalSeconds: 9 * 86_400 })

    const client = await signedIn(world.client())
    world.clock.pass(80 * 86_400)
    expect(await client.json('/me')).toEqual(ada)
    await new Promise((resolve) => setImmediate(resolve))

    process.off('warning', hear)
    expect(warnings.filter((name) => name === 'TimeoutOverflowWarning')).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { deferred } from './deferred.ts'
import { setting, signedIn } from './setting.ts'

const [hour, day] = [3_600, 86_400]
const app = { idleTimeoutSeconds: hour / 2, maxAbsoluteTimeoutSeconds: 30 * day }
const long = { idleTimeoutSeconds: 14 * day }
const short = { idleTimeoutSeconds: 60, persistent: false }

/**
 * An app with a user who is signed in for a long time, and a route that waits before it signs in
 * again.
 */
async function again(options = app) {
  const world = setting({ ...options, devices: true, ownerVersion: () => version.now })
  const version = { now: 'one' }
  const { promise: opened, settle: open } = deferred()
  const { promise: begun, settle: begin } = deferred()
  world.app.post('/again', async (c) => {
    c.get('session').signIn('ada', short)
    begin()
    await opened
    return c.text('in')
  })
  const client = world.client()
  await world.answer(client, (session) => session.signIn('ada', long))
  const isIn = async () => (await (await client.get('/me')).json()).userId === 'ada'
  return { world, client, version, open, begun, isIn }
}

describe('a sign-in of the user who is already signed in', () => {
  it('keeps its own timeouts and version if another request moves the session', async () => {
    const { world, client, version, open, begun, isIn } = await again()
    const response = client.post('/again')
    await begun
    await client.copy().post('/regenerate')
    open()
    expect((await response).status).toBe(200)
    expect(await isIn()).toBe(true)
    version.now = 'two'
    world.clock.pass(50)
    expect(await isIn()).toBe(true)
    world.clock.pass(50)
    expect(await isIn()).toBe(false)
  })

  it('signs in even if another request ends the session', async () => {
    const { world, client, open, begun, isIn } = await again()
    const response = client.post('/again')
    await begun
    await world.middleware.sessions.of('ada').endAll()
    open()
    expect((await response).status).toBe(200)
    expect(await isIn()).toBe(true)
  })

  it.each([
    ['take', 'before'],
    ['take', 'after'],
    ['claim', 'after'],
  ] as const)('takes effect if the handler calls %s() %s it', async (verb, when) => {
    const { world, client, isIn } = await again()
    const before = await world.within(client, (session) => session.handle)
    await world.answer(client, async (session) => {
      if (when === 'before') await session[verb]('state')
      session.signIn('ada', short)
      if (when === 'after') await session[verb]('state')
    })
    expect(await world.within(client, (session) => session.handle)).not.toBe(before)
    world.clock.pass(hour)
    expect(await isIn()).toBe(false)
  })
})

describe('a regenerate() with another call', () => {
  it.each(['take', 'claim'] as const)(
    'takes effect if the handler calls %s() after it',
    async (verb) => {
      const world = setting()
      const ada = await signedIn(world.client())
      const before = await world.within(ada, (session) => session.handle)
      await world.answer(ada, async (session) => {
        session.regenerate()
        await session[verb]('state')
      })
      expect(await world.within(ada, (session) => session.handle)).not.toBe(before)
    },
  )
})

describe('the timeouts of a sign-in', () => {
  it('do not apply to another user who is signed in by the same handler', async () => {
    const world = setting(app)
    const client = world.client()
    await world.answer(client, (session) => {
      session.signIn('ada', long)
      session.put('userId', 'bob')
    })
    world.clock.pass(hour)
    expect(await (await client.get('/me')).json()).toEqual({ userId: null })
  })

  it('do not apply to a session without a signed-in user', async () => {
    const world = setting(app)
    const response = await world.answer(world.client(), (session) => {
      session.put('cart', 1)
      session.signIn('ada', { absoluteTimeoutSeconds: 30 * day })
      session.forget('userId')
    })
    expect(response.headers.getSetCookie().join()).not.toContain(String(30 * day))
  })

  it('do not end a session that is in use, even if other requests overtake its touches', async () => {
    const world = setting({ ...app, touch: (c) => !c.req.query('poll') })
    const client = world.client()
    await world.answer(client, (session) => session.signIn('ada', { idleTimeoutSeconds: 60 }))
    for (let count = 0; count < 30; count += 1) {
      world.clock.pass(6)
      await Promise.all([client.get('/me'), client.post('/put?poll=1'), client.post('/put?poll=2')])
    }
    expect(await (await client.get('/me')).json()).toEqual({ userId: 'ada' })
  })
})

describe('endAll()', () => {
  it('ends sessions with longer timeouts than those of its own process', async () => {
    const { world, client, isIn } = await again()
    world.clock.pass(2 * day)
    expect(await isIn()).toBe(true)
    const strict = setting({ store: world.store, now: world.clock.now })
    expect(await strict.middleware.sessions.of('ada').endAll()).toBe(1)
    expect(await isIn()).toBe(false)
    expect(client.has('session')).toBe(true)
  })
})

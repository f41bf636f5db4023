import type { SignInOptions } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { listOf } from './sessions.ts'
import { setting } from './setting.ts'

const [hour, day] = [3_600, 86_400]
/** An app whose sessions last half an hour, or 30 days with "remember me". */
const remembering = { idleTimeoutSeconds: hour / 2, maxAbsoluteTimeoutSeconds: 30 * day }

async function signedInWith(options: SignInOptions, app = remembering) {
  const world = setting(app)
  const client = world.client()
  const response = await world.answer(client, (session) => session.signIn('ada', options))
  const isIn = async () => {
    const { userId } = await (await client.get('/me')).json()
    return userId === 'ada'
  }
  return { world, client, response, isIn, pass: (seconds: number) => world.clock.pass(seconds) }
}

const remember = { idleTimeoutSeconds: 14 * day, absoluteTimeoutSeconds: 30 * day }

describe('a sign-in with its own lifetime (R10)', () => {
  it("lasts that long, whatever the app's timeouts", async () => {
    const { isIn, pass } = await signedInWith(remember)
    pass(13 * day)
    expect(await isIn()).toBe(true)
    pass(13 * day)
    expect(await isIn()).toBe(true)
    pass(4 * day + 1)
    expect(await isIn()).toBe(false)
  })

  it('ends after its own idle timeout, at most one touch interval later', async () => {
    const { isIn, pass } = await signedInWith({ idleTimeoutSeconds: 10 * day })
    pass(10 * day - 1)
    expect(await isIn()).toBe(true)
    pass(10 * day + 61)
    expect(await isIn()).toBe(false)
  })

  it("may be shorter than the app's, with a suitable touch interval", async () => {
    const { isIn, pass } = await signedInWith({ idleTimeoutSeconds: 60 })
    for (let count = 0; count < 5; count += 1) {
      pass(55)
      expect(await isIn()).toBe(true)
    }
    pass(67)
    expect(await isIn()).toBe(false)
  })

  it('keeps its lifetime after new ids and writes', async () => {
    const { world, client, isIn, pass } = await signedInWith(remember)
    pass(10 * day)
    await world.answer(client, (session) => session.regenerate())
    await world.answer(client, (session) => session.put('theme', 'dark'))
    pass(13 * day)
    expect(await isIn()).toBe(true)
    pass(7 * day + 1)
    expect(await isIn()).toBe(false)
  })

  it('is listed until it expires, and is ended with the other sessions', async () => {
    const { world, client, isIn, pass } = await signedInWith(remember)
    pass(9 * day)
    expect(await listOf(world, client)).toHaveLength(1)
    expect(await world.middleware.sessions.of('ada').endAll()).toBe(1)
    expect(await isIn()).toBe(false)
  })

  it('restarts the session with these timeouts if the user is already signed in', async () => {
    const { world, client, isIn, pass } = await signedInWith({})
    pass(hour / 4)
    await world.answer(client, (session) => session.signIn('ada', remember))
    pass(13 * day)
    expect(await listOf(world, client)).toHaveLength(1)
    expect(await isIn()).toBe(true)
  })

  it('has the right expiresAt(), before and after it is stored', async () => {
    const world = setting(remembering)
    const client = world.client()
    const end = world.clock.now() + 14 * day * 1000
    const signIn = await world.within(client, (session) => {
      session.signIn('ada', remember)
      return session.expiresAt()
    })
    const later = await world.within(client, (session) => session.expiresAt())
    expect([signIn?.getTime(), later?.getTime()]).toEqual([end, end])
  })

  it("does not outlive the app's current maximum", async () => {
    const { world, client } = await signedInWith(remember)
    const strict = setting({ store: world.store, now: world.clock.now, idleTimeoutSeconds: hour })
    const there = client.copy(strict.app)
    expect(await (await there.get('/me')).json()).toEqual({ userId: 'ada' })
    world.clock.pass(2 * hour)
    expect(await (await there.get('/me')).json()).toEqual({ userId: null })
  })

  it('does not pass its lifetime to the next user', async () => {
    const { world, client, pass } = await signedInWith(remember)
    await world.answer(client, (session) => session.signIn('bob'))
    pass(hour)
    expect(await (await client.get('/me')).json()).toEqual({ userId: null })
  })
})

describe('the cookie of a sign-in', () => {
  const agesOf = (response: Response) =>
    response.headers.getSetCookie().map((cookie) => /Max-Age=(\d+)/.exec(cookie)?.[1])

  it('lasts as long as the session can', async () => {
    const { response } = await signedInWith(remember)
    expect(agesOf(response)).toEqual([String(30 * day), String(30 * day)])
  })

  it('expires with the browser session if the sign-in says so, even under the next id', async () => {
    const { world, client, response } = await signedInWith({ persistent: false })
    const next = await world.answer(client, (session) => session.regenerate())
    expect([...agesOf(response), ...agesOf(next)]).toEqual(Array(4).fill(undefined))
  })

  it('persists if the sign-in says so, even in an app with expireOnClose', async () => {
    const app = { ...remembering, cookie: { expireOnClose: true } }
    const forgetful = await signedInWith({}, app)
    const persistent = await signedInWith({ ...remember, persistent: true }, app)
    expect(agesOf(forgetful.response)).toEqual([undefined, undefined])
    expect(agesOf(persistent.response)).toEqual([String(30 * day), String(30 * day)])
  })
})

describe('a sign-in is refused', () => {
  it.each<[string, object, RegExp]>([
    [
      "an absolute timeout above the app's maximum",
      { absoluteTimeoutSeconds: 31 * day },
      /2592000 as abs.*raise/,
    ],
    [
      "an idle timeout above the app's maximum",
      { idleTimeoutSeconds: 31 * day },
      /maxIdleTimeoutSeconds/,
    ],
    ['an idle timeout of zero', { idleTimeoutSeconds: 0 }, /from 1 to 2592000/],
    [
      'an idle timeout above the absolute timeout',
      { idleTimeoutSeconds: 9, absoluteTimeoutSeconds: 8 },
      /longer/,
    ],
    ['a string instead of a boolean', { persistent: 'yes' }, /true or false/],
    ['a long label', { label: 'x'.repeat(101) }, /100 characters/],
    ['an unknown option', { remember: true }, /persistent, label, method and ownerVersion/],
    ['a value that is not an object', 'ada' as never, /object with options/],
  ])('with %s', async (_, options, message) => {
    const world = setting(remembering)
    await expect(
      world.within(world.client(), (session) => session.signIn('ada', options)),
    ).rejects.toMatchObject({ code: 'session-bad-value', message: expect.stringMatching(message) })
  })
})

import type { SignInOptions } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { listOf } from './sessions.ts'
import { setting } from './setting.ts'

const [hour, day] = [3_600, 86_400]
/** An app whose sessions last for half an hour, and those of "remember me" for 30 days. */
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

describe('a sign-in with times of its own (R10)', () => {
  it('lives that long, whatever the app has for others', async () => {
    const { isIn, pass } = await signedInWith(remember)
    pass(13 * day)
    expect(await isIn()).toBe(true)
    pass(13 * day)
    expect(await isIn()).toBe(true)
    pass(4 * day + 1)
    expect(await isIn()).toBe(false)
  })

  it('ends after its own idle timeout, and no later than a touch interval after that', async () => {
    const { isIn, pass } = await signedInWith({ idleTimeoutSeconds: 10 * day })
    pass(10 * day - 1)
    expect(await isIn()).toBe(true)
    pass(10 * day + 61)
    expect(await isIn()).toBe(false)
  })

  it('may be shorter than the app’s, with a touch interval to match', async () => {
    const { isIn, pass } = await signedInWith({ idleTimeoutSeconds: 60 })
    for (let count = 0; count < 5; count += 1) {
      pass(55)
      expect(await isIn()).toBe(true)
    }
    pass(67)
    expect(await isIn()).toBe(false)
  })

  it('keeps its times through new ids and writes', async () => {
    const { world, client, isIn, pass } = await signedInWith(remember)
    pass(10 * day)
    await world.answer(client, (session) => session.regenerate())
    await world.answer(client, (session) => session.put('theme', 'dark'))
    pass(13 * day)
    expect(await isIn()).toBe(true)
    pass(7 * day + 1)
    expect(await isIn()).toBe(false)
  })

  it('is listed as long as it lives, and ended with the others', async () => {
    const { world, client, isIn, pass } = await signedInWith(remember)
    pass(9 * day)
    expect(await listOf(world, client)).toHaveLength(1)
    expect(await world.middleware.sessions.of('ada').endAll()).toBe(1)
    expect(await isIn()).toBe(false)
  })

  it('of somebody who is signed in begins again with these times', async () => {
    const { world, client, isIn, pass } = await signedInWith({})
    pass(hour / 4)
    await world.answer(client, (session) => session.signIn('ada', remember))
    pass(13 * day)
    expect(await listOf(world, client)).toHaveLength(1)
    expect(await isIn()).toBe(true)
  })

  it('tells its end by expiresAt(), before and after it is stored', async () => {
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

  it('lives no longer than the app allows today', async () => {
    const { world, client } = await signedInWith(remember)
    const strict = setting({ store: world.store, now: world.clock.now, idleTimeoutSeconds: hour })
    const there = client.copy(strict.app)
    expect(await (await there.get('/me')).json()).toEqual({ userId: 'ada' })
    world.clock.pass(2 * hour)
    expect(await (await there.get('/me')).json()).toEqual({ userId: null })
  })

  it('does not lend its times to the next user', async () => {
    const { world, client, pass } = await signedInWith(remember)
    await world.answer(client, (session) => session.signIn('bob'))
    pass(hour)
    expect(await (await client.get('/me')).json()).toEqual({ userId: null })
  })
})

describe('the cookie of a sign-in', () => {
  const agesOf = (response: Response) =>
    response.headers.getSetCookie().map((cookie) => /Max-Age=(\d+)/.exec(cookie)?.[1])

  it('lives as long as the session may', async () => {
    const { response } = await signedInWith(remember)
    expect(agesOf(response)).toEqual([String(30 * day), String(30 * day)])
  })

  it('ends with the browser if the sign-in says so, also under the next id', async () => {
    const { world, client, response } = await signedInWith({ persistent: false })
    const next = await world.answer(client, (session) => session.regenerate())
    expect([...agesOf(response), ...agesOf(next)]).toEqual(Array(4).fill(undefined))
  })

  it('stays if the sign-in says so, in an app whose cookies end with the browser', async () => {
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
      'a time above what the app allows',
      { absoluteTimeoutSeconds: 31 * day },
      /2592000 as abs.*raise/,
    ],
    ['an idle time above that', { idleTimeoutSeconds: 31 * day }, /maxIdleTimeoutSeconds/],
    ['no time', { idleTimeoutSeconds: 0 }, /from 1 to 2592000/],
    [
      'an idle time above its absolute one',
      { idleTimeoutSeconds: 9, absoluteTimeoutSeconds: 8 },
      /longer/,
    ],
    ['a text', { persistent: 'yes' }, /true or false/],
    ['a long label', { label: 'x'.repeat(101) }, /100 characters/],
    ['a misspelt option', { remember: true }, /persistent, label, method and ownerVersion/],
    ['no object', 'ada' as never, /object of options/],
  ])('with %s', async (_, options, message) => {
    const world = setting(remembering)
    await expect(
      world.within(world.client(), (session) => session.signIn('ada', options)),
    ).rejects.toMatchObject({ code: 'session-bad-value', message: expect.stringMatching(message) })
  })
})

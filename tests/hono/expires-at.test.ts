import type { Session } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { type Clock, setting, signedIn } from './setting.ts'

const options = {
  idleTimeoutSeconds: 1000,
  touchIntervalSeconds: 60,
  absoluteTimeoutSeconds: 3000,
}

/** Seconds from now until the session ends, as the handler sees it. */
function world(more: object = {}) {
  const setup = setting({ ...options, ...more })
  const left = (session: Session) => {
    const end = session.expiresAt()
    return end && (end.getTime() - setup.clock.now()) / 1000
  }
  return { ...setup, left }
}

const reading = { method: 'GET' }

/** Uses the session until 600 seconds are left of the absolute timeout. */
async function useFor2400Seconds(client: Client, clock: Clock): Promise<void> {
  for (let passed = 0; passed < 2400; passed += 800) {
    clock.pass(800)
    await client.get('/me')
  }
}

describe('the end of a session in session.expiresAt()', () => {
  it('is undefined for a visitor, who has nothing stored', async () => {
    const { client, within, left } = world()

    expect(await within(client(), left, reading)).toBeUndefined()
  })

  it('is one idle timeout after this request', async () => {
    const { client, within, left, clock } = world()
    const ada = await signedIn(client())

    expect(await within(ada, left, reading)).toBe(1000)
    clock.pass(500)
    expect(await within(ada, left, reading)).toBe(1000)
    clock.pass(30)
    expect(await within(ada, left, reading)).toBe(1000)
  })

  it('is the absolute timeout if that comes first', async () => {
    const { client, within, left, clock } = world()
    const ada = await signedIn(client())
    await useFor2400Seconds(ada, clock)

    expect(await within(ada, left, reading)).toBe(600)
  })

  it('does not change with a request that does not count as activity', async () => {
    const { client, within, left, clock } = world({
      touch: (c: { req: { path: string } }) => c.req.path !== '/work',
    })
    const ada = await signedIn(client())

    clock.pass(300)

    expect(await within(ada, left, reading)).toBe(700)
  })

  it('starts again within the request that signs in', async () => {
    const { client, within, left, clock } = world()
    const ada = await signedIn(client())
    await useFor2400Seconds(ada, clock)

    const atSignIn = await within(ada, (session) => {
      session.put('userId', 'grace')
      return left(session)
    })

    expect(atSignIn).toBe(1000)
    expect(await within(ada, left, reading)).toBe(1000)
  })

  it('does not change with a new id', async () => {
    const { client, within, left, clock } = world()
    const ada = await signedIn(client())
    await useFor2400Seconds(ada, clock)

    const atMove = await within(ada, (session) => {
      session.regenerate()
      return left(session)
    })

    expect(atMove).toBe(600)
    expect(await within(ada, left, reading)).toBe(600)
  })

  it('is known as soon as a visitor has put a value', async () => {
    const { client, within, left } = world()

    const first = await within(client(), (session) => {
      session.put('theme', 'dark')
      return left(session)
    })

    expect(first).toBe(1000)
  })

  it('is undefined after invalidate(), until a value is put', async () => {
    const { client, within, left } = world()
    const ada = await signedIn(client())

    const [after, withMore] = await within(ada, (session) => {
      session.invalidate()
      const nothing = left(session)
      session.put('theme', 'dark')
      return [nothing, left(session)]
    })

    expect([after, withMore]).toEqual([undefined, 1000])
  })

  it('is correct: the session is active until then, and at most one touch interval longer', async () => {
    const { client, within, left, clock } = world()
    const ada = await signedIn(client())
    clock.pass(45)
    const seconds = (await within(ada, left, reading)) ?? 0

    clock.pass(seconds - 0.001)
    expect(await ada.copy().json('/me')).toEqual({ userId: 'ada' })
    clock.pass(1060)
    expect(await ada.json('/me')).toEqual({ userId: null })
  })
})

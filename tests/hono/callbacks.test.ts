import { runInNewContext } from 'node:vm'
import { SessionConfigError, session } from '@gravito/orbit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask } from './client.ts'
import { secret, setting, signedIn } from './setting.ts'

const post = { method: 'POST' }
const crossSite = { ...post, headers: { 'Sec-Fetch-Site': 'cross-site' } }

/** A promise that the types forbid. JavaScript or a cast can still pass it. */
const promised = <T>(value: T): T => Promise.resolve(value) as T
const rejected = <T>(): T => Promise.reject(new Error('the database is away')) as T

const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  // Rejections are reported after the microtasks have run.
  await new Promise(setImmediate)
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

describe('an async csrf.ignore', () => {
  const app = (ignore: () => boolean | Promise<boolean>) => {
    const world = setting({ csrf: { ignore } })
    const ran: string[] = []
    world.app.post('/pay', (c) => {
      ran.push(c.req.path)
      return c.text('paid')
    })
    return { ...world, ran }
  }

  it('is awaited, and skips the check only for the requests that it names', async () => {
    const { app } = setting({ csrf: { ignore: async (c) => c.req.path === '/hook' } })
    app.post('/hook', (c) => c.text('taken'))
    app.post('/pay', (c) => c.text('paid'))

    expect((await ask(app, '/pay', crossSite)).status).toBe(403)
    expect((await ask(app, '/hook', crossSite)).status).toBe(200)
  })

  it('may return a promise of another realm', async () => {
    const never = runInNewContext('async () => false') as () => Promise<boolean>

    expect((await ask(app(never).app, '/pay', crossSite)).status).toBe(403)
  })

  it.each([
    ['rejects', () => rejected<boolean>()],
    [
      'throws',
      (): boolean => {
        throw new Error('the database is away')
      },
    ],
  ])('skips no check if it %s, and the app gets the error', async (_, ignore) => {
    const { app: failing, ran } = app(ignore)
    failing.onError((error, c) => c.text(error.message, 500))

    const response = await ask(failing, '/pay', post)

    expect([response.status, await response.text()]).toEqual([500, 'the database is away'])
    expect(ran).toEqual([])
  })
})

describe('a csrf.onError that fails', () => {
  it.each([
    ['rejects', () => rejected<Response>()],
    [
      'throws',
      (): Response => {
        throw new Error('the database is away')
      },
    ],
  ])(
    'makes the request fail with 500 if it %s, and the handler does not run',
    async (_, onError) => {
      const { app } = setting({ csrf: { onError } })
      let ran = false
      app.post('/pay', (c) => {
        ran = true
        return c.text('paid')
      })
      app.onError((error, c) => c.text(error.message, 500))

      const response = await ask(app, '/pay', post)

      expect([response.status, await response.text()]).toEqual([500, 'the database is away'])
      expect(ran).toBe(false)
    },
  )

  it('results in the default refusal if it returns nothing', async () => {
    const { app } = setting({ csrf: { onError: () => promised(undefined as never) } })

    const response = await ask(app, '/put', post)

    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { code: 'csrf-refused' } })
  })
})

describe('touch and now, which must be synchronous', () => {
  it.each(['touch', 'now'] as const)('%s is refused at boot if it is async', (name) => {
    const make = () => session({ [name]: async () => 0 })

    expect(make).toThrow(SessionConfigError)
    expect(make).toThrow(
      `session.${name} is an async function; its result is needed at once. Make it synchronous.`,
    )
  })

  describe.each([
    [
      'returns a promise',
      () => promised(false),
      'session-not-sync',
      /^session\.touch returned a p/,
    ],
    [
      'rejects',
      () => rejected<boolean>(),
      'session-not-sync',
      /^session\.touch returned a promise/,
    ],
    [
      'throws',
      (): boolean => {
        throw new Error('no')
      },
      'session-callback-failed',
      /^session\.touch threw an error\. \(no\)$/,
    ],
  ])('a touch that %s', (_, fails, code, message) => {
    const failing = async () => {
      let touch = () => true
      const world = setting({ touch: () => touch(), idleTimeoutSeconds: 1000 })
      const ada = await signedIn(world.client())
      touch = fails
      world.clock.pass(600)
      world.happened()
      return { world, ada }
    }
    const told = { type: 'session:error', code, message: expect.stringMatching(message) }

    it('does not count as activity, and an event reports it', async () => {
      const { world, ada } = await failing()

      expect(await ada.json('/me')).toEqual({ userId: 'ada' })
      expect(world.events).toMatchObject([told])
      world.clock.pass(600)
      expect(await ada.json('/me')).toEqual({ userId: null })
    })

    it('loses no write and does not prevent signing out', async () => {
      const { world, ada } = await failing()

      expect((await ada.post('/put?a=b')).status).toBe(200)
      expect(await ada.json('/all')).toEqual({ userId: 'ada', a: 'b' })
      expect((await ada.post('/logout')).status).toBe(200)
      expect(await ada.json('/me')).toEqual({ userId: null })
      expect(world.events).toContainEqual(expect.objectContaining(told))
    })

    it('does not extend expiresAt()', async () => {
      const { world, ada } = await failing()
      const end = await world.within(ada, (s) => s.expiresAt())

      expect((end?.getTime() ?? 0) - world.clock.now()).toBe(400_000)
    })
  })

  it.each([
    ['is fulfilled', () => promised(0)],
    ['rejects', () => rejected() as never],
  ])('now is refused at boot if it returns a promise that %s', (_, now) => {
    expect(() => session({ secret, now })).toThrow(
      /^session\.now\(\) is an object; it must be a number/,
    )
  })
})

it('a touch that changes and saves the session loses neither its own changes nor those of the handler', async () => {
  let isFirst = true
  const world = setting({
    touch(c) {
      const session = c.get('session')
      if (c.req.path === '/work' && isFirst) {
        isFirst = false
        session.put('seen', true)
        session.increment('count')
        session.save()
      }
      return true
    },
  })
  const ada = await signedIn(world.client())

  await world.within(ada, async (s) => {
    s.put('a', 'b')
    s.increment('count')
    await s.save()
  })

  expect(await ada.json('/all')).toEqual({ userId: 'ada', a: 'b', count: 2, seen: true })
})

it('an async function given to update or atomically is refused, and its rejection does not end the process', async () => {
  const world = setting()
  const ada = await signedIn(world.client())

  const code = 'session-not-sync'
  const update = world.within(ada, (s) => s.update('a', () => rejected()))
  await expect(update).rejects.toMatchObject({ code })
  await expect(world.within(ada, (s) => s.atomically(() => rejected()))).rejects.toMatchObject({
    code,
  })
})

it.each([
  ['this realm', async () => rejected<void>()],
  ['another realm', runInNewContext('async () => { throw new Error("no") }') as () => void],
])('a rejected promise from onEvent, of %s, does not affect the request', async (_, onEvent) => {
  const ada = await signedIn(setting({ onEvent }).client())

  expect(await ada.json('/me')).toEqual({ userId: 'ada' })
})

describe('a csrf.ignore that returns a value other than true', () => {
  it.each([
    ['a match', ['/hook']],
    ['a string', 'yes'],
    ['a number', 1],
  ])('does not skip the check: %s', async (_, result) => {
    // @ts-expect-error: what JavaScript may return
    const world = setting({ csrf: { ignore: () => result } })

    expect((await world.app.request('/put', { method: 'POST' })).status).toBe(403)
  })
})

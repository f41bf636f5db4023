import type { OwnerSessions, Session } from '@gravito/orbit'
import type { Context } from 'hono'
import { stream } from 'hono/streaming'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { faultySetting, faultyStore } from './faulty-store.ts'
import { setting, signedIn } from './setting.ts'

/** The errors that would have ended the process. Vitest's own listener is removed meanwhile. */
let unhandled: unknown[] = []
let others: NodeJS.UnhandledRejectionListener[] = []
const note = (reason: unknown) => void unhandled.push(reason)

beforeEach(() => {
  unhandled = []
  others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', note)
})

afterEach(() => {
  process.removeAllListeners('unhandledRejection')
  for (const listener of others) process.on('unhandledRejection', listener)
})

/** Node reports an unhandled rejection after the microtasks of a turn. */
const turns = async () => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

const calls: readonly (readonly [string, (session: Session) => Promise<unknown>])[] = [
  ['save()', (session) => session.save()],
  ['take()', (session) => session.take('code')],
  ['claim()', (session) => session.claim('coupon')],
  ['atomically()', (session) => session.atomically((data) => data.increment('attempts'))],
]

describe('a session promise without await', () => {
  it.each(calls)(
    'from %s does not end the process when the store fails, and is reported',
    async (_, call) => {
      const world = faultySetting()
      const ada = await signedIn(world.client())
      await world.within(ada, (session) => session.put('code', 'x'))
      world.fault.down = true
      world.happened()

      await world.answer(ada, (session) => {
        session.put('other', 1)
        call(session)
      })
      await turns()

      expect(unhandled).toEqual([])
      expect(world.happened()).toContain('session:error')
    },
  )

  it.each(calls)('from %s, awaited later, can still be handled there', async (_, call) => {
    const world = faultySetting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.put('code', 'x'))
    world.fault.down = true

    await world.answer(ada, async (session) => {
      session.put('other', 1)
      const promise = call(session)
      await turns()
      await expect(promise).rejects.toMatchObject({ code: 'session-unavailable' })
    })

    expect(unhandled).toEqual([])
  })

  it.each(calls)(
    'from %s after the response has started does not end the process',
    async (_, call) => {
      const world = setting()
      const ada = await signedIn(world.client())

      const response = await world.answer(ada, (session, c) => {
        session.get('userId')
        return stream(c, async (out) => {
          await out.sleep(1)
          call(session)
          await out.write('page')
        })
      })
      await response.text()
      await turns()

      expect(unhandled).toEqual([])
      expect(world.events).toContainEqual(
        expect.objectContaining({ type: 'session:error', code: 'session-committed' }),
      )
    },
  )

  it.each([
    ['list()', (ada: OwnerSessions) => ada.list()],
    ['end()', (ada: OwnerSessions) => ada.end('name')],
    ['endOthers()', (ada: OwnerSessions) => ada.endOthers()],
    ['endAll()', (ada: OwnerSessions) => ada.endAll()],
  ] as const)(
    'from sessions.of(…).%s does not end the process when the store fails, and is reported',
    async (_, call) => {
      const { clock, store, fault } = faultyStore()
      const load = (key: string) => {
        if (fault.down) throw new Error('the connection is lost')
        return store.load(key)
      }
      const world = setting({ store: { ...store, load }, now: clock.now })
      const ada = await signedIn(world.client())
      const work = (_: Session, c: Context) => {
        fault.down = true
        call(c.get('sessions').of('ada'))
      }
      await world.answer(ada, work)
      await turns()

      expect(unhandled).toEqual([])
      expect(world.happened()).toContain('session:error')
    },
  )

  it('from remember(), whose value arrives after the response, does not end the process, and is reported', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    let make = (_: string) => {}
    const name = new Promise<string>((resolve) => {
      make = resolve
    })

    await world.answer(ada, (session) => {
      session.remember('name', () => name)
    })
    make('Ada')
    await turns()

    expect(unhandled).toEqual([])
    expect(world.events).toContainEqual(
      expect.objectContaining({ type: 'session:error', code: 'session-committed' }),
    )
  })

  it('from remember() and atomically() with a failing function is reported with its message', async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    await world.answer(ada, async (session) => {
      session.remember('name', () => Promise.reject(new Error('no such user')))
      session.atomically(() => {
        throw new Error('no such stock')
      })
      await turns()
    })

    expect(unhandled).toEqual([])
    const messages = world.events.map((event) => ('message' in event ? event.message : ''))
    expect(messages.join()).toContain('no such user')
    expect(messages.join()).toContain('no such stock')
  })

  it('is not reported a second time if the handler awaited it and failed because of it', async () => {
    const world = setting()
    world.app.onError((error, c) => c.text(error.message, 500))
    const ada = await signedIn(world.client())

    await world.answer(ada, async (session) => {
      await session.remember('name', () => Promise.reject(new Error('no such user')))
    })
    await turns()

    expect(unhandled).toEqual([])
    expect(world.happened()).not.toContain('session:error')
  })
})

describe('an error of a function given to atomically', () => {
  it.each<[string, (cause: unknown, c: Context) => Response]>([
    ['that the handler turns into a response', (_, c) => c.text('sold out', 400)],
    [
      'that the handler throws inside another error',
      (cause) => {
        throw new Error('sold out', { cause })
      },
    ],
  ])('%s is not reported as a failure of the session', async (_, answer) => {
    const world = setting()
    world.app.onError((error, c) => c.text(error.message, 500))
    const ada = await signedIn(world.client())
    world.happened()
    await world.answer(ada, async (session, c) => {
      try {
        await session.atomically(() => {
          throw new Error('out of stock')
        })
      } catch (error) {
        return answer(error, c)
      }
    })
    expect(world.happened()).not.toContain('session:error')
  })
})

import { memoryStore, type Session, type SessionStore } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { look, take } from '../../packages/orbit/src/stores/moving/look.ts'
import { nextStep } from '../../packages/orbit/src/stores/moving/protocol.ts'
import { Client } from './client.ts'
import { setting, signedIn } from './setting.ts'
import { transactionalSetting } from './transactional-store.ts'

/** An app on a store with transactions, another store, and a move between the two. */
async function moving() {
  const world = transactionalSetting()
  const { now } = world.clock
  const to = memoryStore({ now })
  const ada = await signedIn(world.client())
  await ada.post('/put?cart=books')
  const key = await world.within(ada, (session) => session.handle)
  const step = async (times: number) => {
    const pair = { to, from: world.own }
    for (let taken = 0; taken < times; taken += 1) {
      const seen = await look(pair, key)
      const next = nextStep(seen.to, seen.from, now())
      if (typeof next === 'object') await take(pair, key, next)
    }
  }
  /** The session data in the app with both stores. */
  const shown = () => {
    const both = setting({ store: [to, world.own], now })
    return new Client(both.app, 'http://localhost', ada.cookies).json('/all')
  }
  return { world, ada, to, step, shown }
}

describe('a save within a transaction, while sessions move', () => {
  it('is refused in an app with two stores, with the reason, and stores nothing', async () => {
    const { world, ada, to } = await moving()
    const { now } = world.clock
    const pairs: readonly (readonly [SessionStore, SessionStore])[] = [
      [to, world.own],
      [world.own, to],
    ]
    for (const store of pairs) {
      const both = setting({ store, now })
      const client = new Client(both.app, 'http://localhost', ada.cookies)
      const tx = world.begin()
      const save = async (session: Session) => {
        session.forget('cart')
        return session.save({ within: tx }).catch((error: unknown) => error)
      }
      expect(await both.within(client, save)).toMatchObject({
        code: 'session-not-transactional',
        message: expect.stringContaining('has two, store: [to, from]'),
      })
      await tx.commit()
      expect(await client.json('/all')).toEqual({ userId: 'ada', cart: 'books' })
    }
  })

  it.each([2, 3, 4])(
    'fails with 503 in a process that knows one store only, and does not end the session (step %d)',
    async (steps) => {
      const { world, ada, step, shown } = await moving()
      const response = await world.answer(ada, async (session) => {
        session.get('cart')
        await step(steps)
        session.forget('cart')
        const tx = world.begin()
        await session.save({ within: tx }).finally(() => tx.rollback())
      })

      expect([response.status, response.headers.getSetCookie()]).toEqual([503, []])
      expect(await shown()).toEqual({ userId: 'ada', cart: 'books' })
    },
  )
})

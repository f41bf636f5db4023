import type { SessionStore } from '@gravito/orbit'
import { expect, it } from 'vitest'
import { newMark } from '../../packages/orbit/src/session/marks.ts'
import { newStore } from '../behaviour/store.ts'
import { Processes } from '../interleavings/gates.ts'
import { Clock, setting, signedIn } from './setting.ts'

const poll = { headers: { 'X-Poll': '1' } }

it('Activity is recorded even if a poll that does not count as activity writes between the load and the touch (R10)', async () => {
  const world = new Processes({
    idleTimeoutSeconds: 600,
    touchIntervalSeconds: 60,
    touch: (c) => c.req.header('X-Poll') === undefined,
  })
  const ada = await world.signedIn('ada')
  world.clock.pass(541)
  const page = await world.held(ada.copy(), (session) => session.get('userId'), { method: 'GET' })
  await world.ask(ada, (session) => session.increment('polls'), { process: 1, ...poll })
  await page.release()

  world.clock.pass(300)

  expect((await world.read(ada, poll)).value).toMatchObject({ userId: 'ada' })
})

it('A touch that finds a newer version retries once', async () => {
  const clock = new Clock()
  const inner = newStore({ now: clock.now })
  let touches = 0
  let isTouching = false
  const store: SessionStore = {
    ...inner,
    compareAndSet: async (key, version, next) => {
      const record = isTouching ? await inner.load(key) : undefined
      if (record) {
        touches += 1
        await inner.compareAndSet(key, record.version, { ...record, version: newMark() })
      }
      return inner.compareAndSet(key, version, next)
    },
  }
  const world = setting({ store, now: clock.now })
  const ada = await signedIn(world.client())
  clock.pass(120)
  isTouching = true

  await ada.get('/me')

  expect(touches).toBe(2)
})

it('A touch is not retried if another request has touched the session in between', async () => {
  const world = new Processes()
  const ada = await world.signedIn('ada')
  world.clock.pass(120)
  const touch = world.holdStore('replace')
  const page = world.ask(ada.copy(), (session) => session.get('userId'), { method: 'GET' })
  await touch.reached
  await world.ask(ada, (session) => session.put('a', 1), { process: 1 })
  const before = (await world.live()).map(({ version, lastActivityAt }) => [
    version,
    lastActivityAt,
  ])
  world.clock.pass(1)
  touch.open()
  await page

  expect(
    (await world.live()).map(({ version, lastActivityAt }) => [version, lastActivityAt]),
  ).toEqual(before)
})

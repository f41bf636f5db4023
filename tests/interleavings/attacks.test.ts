import type { Session } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { idle, Processes } from './gates.ts'

describe('activity that a request recorded', () => {
  it.each([
    ['puts a value', (session: Session) => session.put('a', 1)],
    ['takes an absent value', (session: Session) => session.take('x')],
  ])('is kept if a slow poll that does not count as activity %s (R10)', async (_, work) => {
    const world = new Processes({
      idleTimeoutSeconds: 600,
      touch: (c) => c.req.header('X-Poll') === undefined,
    })
    const ada = await world.signedIn('ada')
    world.clock.pass(590)

    const poll = await world.held(
      ada,
      async (session, hold) => {
        session.get('userId')
        await hold()
        await work(session)
      },
      { headers: { 'X-Poll': '1' } },
    )
    await world.ask(ada, (session) => session.get('userId'), { process: 1 })
    await poll.release()
    world.clock.pass(590)

    expect((await world.read(ada)).value).toMatchObject({ userId: 'ada' })
  })

  it('is kept if such a poll is already writing to the store (R10)', async () => {
    const world = new Processes({
      idleTimeoutSeconds: 600,
      touch: (c) => c.req.header('X-Poll') === undefined,
    })
    const ada = await world.signedIn('ada')
    world.clock.pass(580)
    const replace = world.holdStore('replace', 1)
    const poll = world.ask(ada, (session) => session.put('a', 1), {
      process: 1,
      headers: { 'X-Poll': '1' },
    })
    await replace.reached
    await world.ask(ada, (session) => session.get('userId'))
    replace.open()
    await poll
    world.clock.pass(590)

    expect((await world.read(ada)).value).toMatchObject({ userId: 'ada' })
  })
})

describe('the cookies of a signed-in user', () => {
  it('survive a link from another site on which the browser did not send the SameSite=Strict cookie (R7)', async () => {
    const world = new Processes({ cookie: { sameSite: 'strict' } })

    const answer = await world.read(world.browser(), {
      headers: { 'Sec-Fetch-Site': 'cross-site' },
    })

    expect(answer).toMatchObject({ status: 200, cookies: [] })
  })

  it('survive a request that signed out earlier and gets its response after the next sign-in (R4)', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const page = ada.copy()
    const login = await world.held(ada, (session) => session.put('userId', 'grace'))

    const logout = await world.held(page, async (session, hold) => {
      session.invalidate()
      await session.save()
      await hold()
    })
    expect((await login.release()).cookies).toContain('session')

    expect((await logout.release()).cookies).toEqual([])
  })

  it('survive a read during the sign-in of a visitor whose id is too old (R4)', async () => {
    const world = new Processes({ absoluteTimeoutSeconds: 3600, cookie: { expireOnClose: true } })
    const guest = await world.visitor()
    world.clock.pass(3601)
    const page = guest.copy()
    const poll = await world.held(page, (session) => session.all(), { method: 'GET' })

    await world.ask(guest, (session) => session.put('userId', 'ada'), { method: 'GET' })

    expect((await poll.release()).cookies).not.toContain('session')
  })

  it('survive a write from before an earlier sign-in and sign-out (R4)', async () => {
    const world = new Processes()
    const browser = await world.visitor()
    const slow = await world.held(browser.copy(), (session) => session.put('a', 1))
    world.clock.pass(0.001)
    await world.ask(browser, (session) => session.put('userId', 'ada'))
    await world.ask(browser, (session) => session.invalidate())
    await world.ask(browser, (session) => session.put('userId', 'grace'))

    expect((await slow.release()).cookies).toEqual([])
  })

  it('are sent for a session that was saved, even if the store then fails (R6)', async () => {
    const world = new Processes()
    const { store } = world
    const browser = await world.visitor()

    const answer = await world.ask(browser, async (session) => {
      session.put('userId', 'ada')
      await session.save()
      store.load = () => {
        throw new Error('down')
      }
    })

    expect(answer.status === 200 && !answer.cookies.includes('session')).toBe(false)
  })
})

describe('a value', () => {
  it('under the key "then" is ordinary data (R16)', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const rule: unknown = JSON.parse('{"then":"mail"}')

    const answer = await world.ask(ada, (session) => session.update('rule', () => rule))

    expect(answer).toMatchObject({ status: 200, value: rule })
  })

  it.each([
    ['a Map', () => new Map([['a', 1]])],
    ['a Set', () => new Set(['a'])],
  ])('is refused if it is %s instead of an object of values (R16)', async (_, make) => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const answer = await world.ask(ada, (session) => session.put(make() as never))
    expect(answer.status).toBe(500)
  })

  it('of an array subclass is refused like a class instance (R16)', async () => {
    class Items extends Array<number> {}
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const answer = await world.ask(ada, (session) => session.put('items', Items.from([1, 2])))
    expect(answer.status).toBe(500)
  })
})

describe("take() in a visitor's request", () => {
  it('returns the value that an overlapping request of the same id stored first (R26)', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    const taker = await world.held(guest.copy(), async (session, hold) => {
      session.all()
      await hold()
      return session.take('code')
    })
    await world.ask(guest, (session) => session.put('code', 'x'))
    expect((await taker.release()).value).toBe('x')
  })
})

describe('a write whose store response was lost', () => {
  it('is not applied twice if the handler continues (R23)', async () => {
    const world = new Processes()
    const { store } = world
    const ada = await world.signedIn('ada')
    const { compareAndSet } = store
    let losses = 1
    store.compareAndSet = async (...args) => {
      const result = await compareAndSet(...args)
      if (losses-- > 0) throw new Error('connection lost')
      return result
    }
    await world.ask(ada, async (session) => {
      session.increment('n')
      await session.save().catch(idle)
    })
    expect((await world.read(ada)).value).toMatchObject({ n: 1 })
  })
})

describe('an old id at the start of a long chain of moves', () => {
  it('causes a limited number of store commands', async () => {
    const world = new Processes()
    const { store } = world
    const ada = await world.signedIn('ada')
    const old = ada.copy()
    for (let index = 0; index < 200; index += 1) {
      await world.ask(ada, (session) => session.regenerate())
    }
    const { load } = store
    let loads = 0
    store.load = (key) => {
      loads += 1
      return load(key)
    }
    await world.read(old)
    expect(loads).toBeLessThan(50)
  })
})

describe('a change that a running save cannot replay', () => {
  it('does not apply the saved changes twice', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { list: [] })
    const slow = await world.held(ada, async (session, hold) => {
      session.increment('n')
      await hold()
      const saving = session.save()
      await Promise.resolve()
      await Promise.resolve()
      session.push('list', 1)
      await saving.catch(idle)
      await world.ask(ada.copy(), (other) => other.put('list', []), { process: 2 })
    })
    await world.ask(ada, (session) => session.put('list', 'text'), { process: 1 })
    await slow.release()
    expect((await world.read(ada)).value).toMatchObject({ n: 1 })
  })
})

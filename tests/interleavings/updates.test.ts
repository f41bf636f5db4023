import { describe, expect, it } from 'vitest'
import { type Held, Processes } from './gates.ts'

/** A hundred requests, half of them in each of two processes. All have started before the first one commits. */
async function hundred<T>(begin: (index: number, process: number) => Promise<Held<T>>) {
  const held: Held<T>[] = []
  for (let index = 0; index < 100; index += 1) held.push(await begin(index, index % 2))
  return Promise.all(held.map((request) => request.release()))
}

describe('two overlapping requests of one session (R1)', () => {
  it.each([
    ['in one process', 0],
    ['in two processes', 1],
  ])('both take effect if they change different keys, %s', async (_, process) => {
    const world = new Processes()
    const ada = await world.signedIn('ada')

    const slow = await world.held(ada, (session) => session.put('color', 'blue'))
    await world.ask(ada, (session) => session.put('size', 'large'), { process })
    const answer = await slow.release()

    expect(answer.status).toBe(200)
    expect((await world.read(ada)).value).toEqual({ userId: 'ada', color: 'blue', size: 'large' })
  })

  it('keep the value of the later commit if both put the same key', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')

    const first = await world.held(ada, (session) => session.put('color', 'blue'))
    const second = await world.held(ada, (session) => session.put('color', 'red'), { process: 1 })
    await second.release()
    await first.release()

    expect((await world.read(ada)).value).toMatchObject({ color: 'blue' })
  })

  it('keep the value of the later commit, even if it put the value that it had loaded', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { color: 'blue' })

    const slow = await world.held(ada, (session) => session.put('color', 'blue'))
    await world.ask(ada, (session) => session.put('color', 'red'), { process: 1 })
    await slow.release()

    expect((await world.read(ada)).value).toMatchObject({ color: 'blue' })
  })

  it('both count if one forgets a key and the other changes another key', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { draft: 'x', visits: 1 })

    const slow = await world.held(ada, (session) => session.forget('draft'))
    await world.ask(ada, (session) => session.increment('visits'), { process: 1 })
    await slow.release()

    expect((await world.read(ada)).value).toEqual({ userId: 'ada', visits: 2 })
  })

  it('leave no data if one clears the session while the other adds a key', async () => {
    const world = new Processes()
    const guest = await world.visitor()
    await world.ask(guest, (session) => session.put('a', 1))

    const slow = await world.held(guest, (session) => session.clear())
    await world.ask(guest, (session) => session.put('b', 2), { process: 1 })
    await slow.release()

    expect((await world.read(guest)).value).toEqual({})
  })

  it('keep the value that the first one remembered', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')

    const slow = await world.held(ada, (session) => session.remember('seed', () => 'late'))
    await world.ask(ada, (session) => session.remember('seed', () => 'early'), { process: 1 })
    await slow.release()

    expect((await world.read(ada)).value).toMatchObject({ seed: 'early' })
  })

  it('keep both of their flash messages for the next request', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')

    const slow = await world.held(ada, (session) => session.flash('saved', 'one'))
    await world.ask(ada, (session) => session.flash('mailed', 'two'), { process: 1 })
    await slow.release()

    const both = await world.ask(ada, (session) => [
      session.getFlash('saved'),
      session.getFlash('mailed'),
    ])
    expect(both.value).toEqual(['one', 'two'])
  })

  it('refuse the later one with a 409 if its number has become a string, and keep the string', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada', { visits: 1 })

    const slow = await world.held(ada, (session) => session.increment('visits'))
    await world.ask(ada, (session) => session.put('visits', 'many'), { process: 1 })
    const answer = await slow.release()

    expect(answer).toMatchObject({ status: 409, code: 'session-wrong-type' })
    expect((await world.read(ada)).value).toMatchObject({ visits: 'many' })
  })
})

describe('100 overlapping requests through two processes (R1)', () => {
  it('count all 100 increments', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')

    const answers = await hundred((_, process) =>
      world.held(ada, (session) => session.increment('visits'), { process }),
    )

    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200))
    expect((await world.read(ada)).value).toMatchObject({ visits: 100 })
  })

  it('lose none of 100 pushes', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')

    await hundred((index, process) =>
      world.held(ada, (session) => session.push('items', index), { process }),
    )

    const { value } = await world.ask(ada, (session) => session.get<number[]>('items', []))
    expect(new Set(value)).toEqual(new Set(Array.from({ length: 100 }, (_, index) => index)))
    expect(value).toHaveLength(100)
  })

  it('lose none of 100 updates of the same object', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const click = (stats: { clicks: number } | undefined) => ({ clicks: (stats?.clicks ?? 0) + 1 })

    await hundred((_, process) =>
      world.held(ada, (session) => session.update('stats', click), { process }),
    )

    expect((await world.read(ada)).value).toMatchObject({ stats: { clicks: 100 } })
  })
})

describe('a session that other requests change all the time (R1)', () => {
  it('makes a write fail with 503 and Retry-After after two seconds', async () => {
    const world = new Processes()
    const { store } = world
    const ada = await world.signedIn('ada')
    store.compareAndSet = () => false

    const began = performance.now()
    const answer = await world.ask(ada, (session) => session.increment('visits'))
    const took = performance.now() - began

    expect(answer).toMatchObject({ status: 503, code: 'session-busy', cookies: [] })
    expect(Number(answer.response.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(took).toBeGreaterThan(1_500)
    expect(took).toBeLessThan(3_500)
  })

  it.each(['put', 'regenerate', 'invalidate'] as const)(
    'does not delay a %s for longer than that, whatever the length of its queue',
    async (method) => {
      const world = new Processes()
      const { store } = world
      const ada = await world.signedIn('ada')
      store.compareAndSet = () => false

      const began = performance.now()
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          world.ask(ada.copy(), (session) =>
            method === 'put' ? session.put('a', Math.random()) : session[method](),
          ),
        ),
      )
      const took = performance.now() - began

      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(503))
      expect(took).toBeLessThan(5_000)
    },
  )

  it('makes a first write whose id is always in use fail with 503', async () => {
    const world = new Processes()
    const { store } = world
    const until = performance.now() + 4_000
    // Stops after a while, so that an endless loop makes this test fail instead of hang.
    store.compareAndSet = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return performance.now() >= until
    }

    const answer = await world.ask(world.browser(), (session) => session.put('a', 1), {
      method: 'GET',
    })

    expect(answer).toMatchObject({ status: 503, code: 'session-busy', cookies: [] })
  })
})

describe('reads that overlap with reads and writes (R3, R10)', () => {
  it('write nothing, in any order', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    const before = await world.records()
    const slow = await world.held(ada, (session) => session.all(), { method: 'GET' })
    await world.read(ada, { process: 1 })
    await slow.release()

    expect(await world.records()).toEqual(before)
  })

  it('record activity without undoing a faster write', async () => {
    const world = new Processes()
    const ada = await world.signedIn('ada')
    world.clock.pass(120)
    const touch = world.holdStore('replace', 1)
    const reader = world.read(ada, { process: 1 })
    await touch.reached
    await world.ask(ada, (session) => session.put('a', 1))
    touch.open()
    await reader

    expect((await world.read(ada)).value).toEqual({ userId: 'ada', a: 1 })
  })

  it('record activity that a write in progress does not undo', async () => {
    const world = new Processes({ idleTimeoutSeconds: 600 })
    const ada = await world.signedIn('ada')
    world.clock.pass(500)
    const replace = world.holdStore('replace', 1)
    const writer = world.ask(ada, (session) => session.put('a', 1), { process: 1 })
    await replace.reached
    world.clock.pass(50)
    await world.read(ada)
    replace.open()
    await writer
    world.clock.pass(590)

    expect((await world.read(ada)).value).toEqual({ userId: 'ada', a: 1 })
  })
})

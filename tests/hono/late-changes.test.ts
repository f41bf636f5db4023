import { SessionError } from '@gravito/orbit'
import { stream } from 'hono/streaming'
import { describe, expect, it } from 'vitest'
import { faultySetting } from './faulty-store.ts'
import { setting, signedIn } from './setting.ts'

describe('a change after the commit (R6)', () => {
  it.each([
    ['had used the session before', true],
    ['had not used the session yet', false],
  ])('throws in the callback of a stream if the handler %s', async (_, before) => {
    const world = setting()
    const ada = await signedIn(world.client())
    let thrown: unknown

    const response = await world.answer(ada, (session, c) => {
      if (before) session.get('userId')
      return stream(c, async (out) => {
        await out.write('a')
        await out.sleep(5)
        try {
          session.put('late', 1)
        } catch (error) {
          thrown = error
        }
      })
    })
    await response.text()

    expect(thrown).toMatchObject({ code: 'session-committed' })
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it.each(['put', 'forget', 'flash', 'increment', 'regenerate', 'invalidate', 'clear'] as const)(
    'throws from %s',
    async (method) => {
      const world = setting()
      const ada = await signedIn(world.client())
      const kept = await world.within(ada, (session) => ({ session, id: session.id() }))

      const calls = {
        put: () => kept.session.put('a', 1),
        forget: () => kept.session.forget('userId'),
        flash: () => kept.session.flash('a', 1),
        increment: () => kept.session.increment('a'),
        regenerate: () => kept.session.regenerate(),
        invalidate: () => kept.session.invalidate(),
        clear: () => kept.session.clear(),
      }
      expect(calls[method]).toThrow(expect.objectContaining({ code: 'session-committed' }))
    },
  )

  it('rejects from save, take, claim and atomically', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const { session } = await world.within(ada, (kept) => ({ session: kept, id: kept.id() }))

    const late = { code: 'session-committed' }
    await expect(session.save()).rejects.toMatchObject(late)
    await expect(session.take('userId')).rejects.toMatchObject(late)
    await expect(session.claim('x')).rejects.toMatchObject(late)
    await expect(session.atomically(() => 1)).rejects.toMatchObject(late)
  })

  it('does not prevent reads in the stream', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const { session } = await world.within(ada, (kept) => ({ session: kept, id: kept.id() }))

    expect(session.get('userId')).toBe('ada')
  })

  it('throws or is stored if it happens while the store writes, and is never lost silently', async () => {
    const world = faultySetting()
    const ada = await signedIn(world.client())
    let open = () => {}
    world.fault.gate = new Promise((resolve) => {
      open = resolve
    })
    let late: (() => void) | undefined

    const answer = world.answer(ada, (session) => {
      session.put('early', 1)
      late = () => session.put('late', 2)
    })
    // The handler has returned, and its commit waits at the gate.
    while (!late) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    let threw = false
    try {
      late()
    } catch {
      threw = true
    }
    open()
    await answer

    const stored = await ada.json('/all')
    expect(stored).toEqual({ userId: 'ada', early: 1, ...(threw ? {} : { late: 2 }) })
  })
})

describe('save() before the end of the handler (R6)', () => {
  it('stores the changes so far at once', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const other = ada.copy()

    const seen = await world.within(ada, async (session) => {
      session.put('step', 1)
      await session.save()
      const before = world.store.live().length
      session.put('step', 2)
      return before
    })

    expect(seen).toBe(1)
    expect(await other.json('/all')).toEqual({ userId: 'ada', step: 2 })
  })

  it('costs one write, and the commit costs none if nothing changes afterwards', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.store.taken()

    await world.within(ada, async (session) => {
      session.put('step', 1)
      await session.save()
    })

    expect(world.store.taken()).toEqual(['load', 'replace'])
  })

  it('does nothing if nothing has changed', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.store.taken()

    await world.within(ada, (session) => session.save())

    expect(world.store.taken()).toEqual(['load'])
  })

  it('starts a session for a visitor, whose cookie comes with the response', async () => {
    const world = setting()
    const client = world.client()
    await world.within(client, async (session) => {
      session.put('a', 1)
      await session.save()
      session.put('b', 2)
    })

    expect(await client.json('/all')).toEqual({ a: 1, b: 2 })
  })

  it('reports a failure to the handler, which can continue without it', async () => {
    const world = setting({ maxBytes: 300 })
    const client = world.client()

    const code = await world.within(client, async (session) => {
      session.put('big', 'x'.repeat(400))
      const failed = await session.save().catch((error: unknown) => error)
      session.forget('big')
      session.put('small', 1)
      return failed instanceof SessionError ? failed.code : failed
    })

    expect(code).toBe('session-too-large')
    expect(await client.json('/all')).toEqual({ small: 1 })
  })
})

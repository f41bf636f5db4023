import { SessionError, type SessionOptions } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { newStore } from '../behaviour/store.ts'
import { setCookieNames } from './client.ts'
import { Clock, setting, signedIn } from './setting.ts'

/**
 * The payload that another release, or a bug, has stored for a session: the whole payload, or only its data.
 */
type Spoiled = { readonly payload: string } | { readonly data: string }

/** A store that returns other session payloads than those that were written. */
function spoiled(options: SessionOptions = {}) {
  const clock = new Clock()
  const inner = newStore({ now: clock.now })
  const spoil: { by: Spoiled | undefined; writes: number } = { by: undefined, writes: 0 }
  const world = setting({
    now: clock.now,
    store: {
      load: async (key) => {
        const record = await inner.load(key)
        if (!record || !spoil.by || !isSession(key)) return record
        const payload =
          'payload' in spoil.by ? spoil.by.payload : headOf(record.payload) + spoil.by.data
        return { ...record, payload }
      },
      compareAndSet: (key, version, next) => {
        spoil.writes += 1
        return inner.compareAndSet(key, version, next)
      },
      close: () => inner.close(),
    },
    ...options,
  })
  return { ...world, clock, spoil }
}

/** Keys of sessions have 43 characters. Records with other keys are internal. */
function isSession(key: string): boolean {
  return key.length === 43
}

function headOf(payload: string): string {
  return payload.slice(0, payload.indexOf('|') + 1)
}

const unreadable: Spoiled[] = [
  ...['', 'x', '|', 's1', 's1.|[]', 's0.|[]', 's-1.|[]', 'sNaN.|[]', 'o1|[]', 'k1|x', '\u0000'].map(
    (payload) => ({ payload }),
  ),
  ...[
    '',
    '{',
    'null',
    '[[1,2]]',
    '[[1,2],{"a":3},{"b":4},1,1]',
    // A sparse array, a shared object, and a cyclic one: put() would have copied them.
    '[[1,2],["Map",3,4],[],"userId",[-7,1000000000]]',
    '[[1,2],["Map",3,4],[],"userId",[5,5],[]]',
    '[[1,2],["Map",3,4],[],"userId",{"self":4}]',
  ].map((data) => ({ data })),
]

describe('a record that cannot be decoded (R18)', () => {
  it.each(unreadable)(
    'results in a fresh session and an event, not in an error: %j',
    async (by) => {
      const world = spoiled()
      const ada = await signedIn(world.client())
      world.spoil.by = by
      world.happened()

      const response = await ada.get('/me')

      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ userId: null })
      expect(world.happened()).toEqual(['session:corrupt'])
    },
  )

  it('does not block the user: a new sign-in works, and removes the old record', async () => {
    const world = spoiled()
    const ada = await signedIn(world.client())
    const old = ada.copy()
    world.spoil.by = { payload: 'rubbish' }
    await ada.get('/me')
    expect((await ada.post('/login')).status).toBe(200)
    world.spoil.by = undefined

    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
    expect(await old.json('/me')).toEqual({ userId: null })
  })

  it('is removed by a sign-out', async () => {
    const world = spoiled()
    const ada = await signedIn(world.client())
    const old = ada.copy()
    world.spoil.by = { payload: 'rubbish' }
    await ada.get('/me')
    await world.within(ada, (session) => session.invalidate())
    world.spoil.by = undefined

    expect(await old.json('/me')).toEqual({ userId: null })
  })

  it('is not loaded by a request that does not use the session', async () => {
    const world = spoiled()
    const ada = await signedIn(world.client())
    world.spoil.by = { data: 'rubbish' }
    world.happened()

    await ada.get('/free')

    expect(world.happened()).toEqual([])
  })
})

describe('a record of a newer format (R18)', () => {
  const newer = { payload: 's3.[[1],{"what":"ever"}]' }

  it('makes the request fail with 503, with a Retry-After header and no cookie', async () => {
    const world = spoiled()
    const ada = await signedIn(world.client())
    world.spoil.by = newer

    const response = await ada.get('/me')

    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).not.toBeNull()
    expect(setCookieNames(response)).toEqual([])
    expect(await response.json()).toMatchObject({ error: { code: 'session-newer-format' } })
  })

  it.each(['put', 'flash', 'regenerate', 'invalidate', 'clear', 'increment'] as const)(
    'is never overwritten by %s, even if the handler continues after the error',
    async (method) => {
      const world = spoiled()
      const ada = await signedIn(world.client())
      world.spoil.by = newer
      world.spoil.writes = 0

      await world.answer(ada, (session, c) => {
        const attempts = [
          () => session.get('userId'),
          () => {
            if (method === 'put') session.put('a', 1)
            else if (method === 'flash') session.flash('a', 1)
            else if (method === 'increment') session.increment('a')
            else session[method]()
          },
        ]
        for (const attempt of attempts) {
          try {
            attempt()
          } catch {}
        }
        return c.text('went on')
      })

      expect(world.spoil.writes).toBe(0)
      world.spoil.by = undefined
      expect(await ada.json('/me')).toEqual({ userId: 'ada' })
    },
  )

  it('throws each time that the handler uses the session', async () => {
    const world = spoiled()
    const ada = await signedIn(world.client())
    world.spoil.by = newer
    const codes: unknown[] = []
    await world.answer(ada, (session, c) => {
      for (let i = 0; i < 3; i += 1) {
        try {
          codes.push(session.all())
        } catch (error) {
          codes.push(error instanceof SessionError ? error.code : error)
        }
      }
      return c.text('went on')
    })

    expect(codes).toEqual(Array(3).fill('session-newer-format'))
  })

  it('does not affect handlers that do not use the session', async () => {
    const world = spoiled()
    const ada = await signedIn(world.client())
    world.spoil.by = newer

    expect((await ada.get('/free')).status).toBe(200)
  })
})

describe('a session above maxBytes (R18)', () => {
  it('throws a typed error, and the 500 does not reveal the content of the session', async () => {
    const world = setting({ maxBytes: 1000 })
    const ada = await signedIn(world.client())

    const response = await ada.post(`/put?big=${'x'.repeat(1000)}`)

    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ error: { code: 'session-too-large' } })
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('counts bytes, not characters', async () => {
    const world = setting({ maxBytes: 1000 })
    const ada = await signedIn(world.client())

    const outcome = await world.within(ada, async (session) => {
      session.put('big', '€'.repeat(400))
      const error = await session.save().catch((thrown: unknown) => thrown)
      session.forget('big')
      return error
    })

    expect(outcome).toMatchObject({ code: 'session-too-large', status: 500 })
  })

  it('includes flash messages, and leaves the stored session unchanged', async () => {
    const world = setting({ maxBytes: 1000 })
    const ada = await signedIn(world.client())

    const response = await world.answer(ada, (session) => session.flash('big', 'x'.repeat(1000)))

    expect(response.status).toBe(500)
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
  })

  it('is 64 KiB by default', async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    await world.within(ada, (session) => session.put('big', 'x'.repeat(65_000)))
    const response = await world.answer(ada, (session) => session.put('big', 'x'.repeat(65_536)))

    expect(response.status).toBe(500)
  })
})

describe('what put() accepts can be read again (R16)', () => {
  it.each([2n ** 32_768n - 1n, -(2n ** 32_768n - 1n)])('the largest bigints', async (n) => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.answer(ada, (session) => session.put('n', n))
    expect(await world.within(ada, (session) => [session.userId, session.get('n')])).toEqual([
      'ada',
      n,
    ])
  })
})

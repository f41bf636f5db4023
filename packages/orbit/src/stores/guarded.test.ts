import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SessionConfigError, SessionError } from '../errors.ts'
import { newerFormatError } from '../stored-errors.ts'
import { chaotic, type Fault } from '../testing/chaos.ts'
import { guarded } from './guarded.ts'
import { memoryStore } from './memory.ts'
import type { SessionRecord, SessionStore } from './store.ts'

const limit = 50
const record = (version: string): SessionRecord => ({ version, payload: 'p' })
const unavailable = expect.objectContaining({ code: 'session-unavailable', status: 503 })

/** A store on a medium, with faults that the test sets, and a list of the calls that reached it. */
function setting() {
  const medium = memoryStore()
  const faults: { load: Fault; compareAndSet: Fault } = { load: 'none', compareAndSet: 'none' }
  const calls: string[] = []
  const store = guarded(
    chaotic(medium, (verb) => {
      calls.push(verb)
      return verb === 'close' ? 'none' : faults[verb]
    }),
    limit,
  )
  return { medium, faults, calls, store }
}

afterEach(() => {
  vi.restoreAllMocks()
})

/** Moves the clock that decides whether calls come too early. */
function pass(ms: number): void {
  const time = performance.now() + ms
  vi.spyOn(performance, 'now').mockImplementation(() => time)
}

it('a store may return promises of another realm', async () => {
  const later = (value: unknown) => runInNewContext('async (value) => value')(value)
  const medium = memoryStore()
  const { load, compareAndSet } = guarded(
    {
      load: (key) => later(medium.load(key)),
      compareAndSet: (...args) => later(medium.compareAndSet(...args)),
      close: () => {},
    },
    limit,
  )

  const answers = [compareAndSet('a', undefined, record('1')), load('a')]

  for (const answer of answers) expect(answer).toBeInstanceOf(Promise)
  expect(await Promise.all(answers)).toEqual([true, record('1')])
})

describe('a synchronous store', () => {
  it('stays synchronous', () => {
    const store = guarded(memoryStore(), limit)

    expect(store.isSynchronous).toBe(true)
    expect(store.compareAndSet('k', undefined, record('a'))).toBe(true)
    expect(store.load('k')).toEqual(record('a'))
  })

  it('may become synchronous later, when its code is loaded', () => {
    const source = { ...memoryStore(), isSynchronous: false }
    const store = guarded(source, limit)
    expect(store.isSynchronous).toBe(false)
    source.isSynchronous = true

    expect(store.isSynchronous).toBe(true)
  })

  it('fails at once, with a 503', () => {
    const broken = () => {
      throw new Error('the disk is gone')
    }
    const store = guarded({ ...memoryStore(), load: broken }, limit)

    expect(() => store.load('k')).toThrow(unavailable)
  })

  it('does not count as synchronous if it returns promises', async () => {
    const { store } = setting()

    expect(store.isSynchronous).toBe(false)
    expect(store.load('k')).toBeInstanceOf(Promise)
    expect(await store.load('k')).toBeUndefined()
  })
})

describe('a write whose response is lost (R23)', () => {
  it.each([
    ['created', undefined, record('b')],
    ['replaced', 'a', record('b')],
    ['removed', 'a', undefined],
  ])('is looked up, and counts as done if it is stored: %s', async (_, version, next) => {
    const { medium, faults, calls, store } = setting()
    if (version) medium.compareAndSet('k', undefined, record(version))
    faults.compareAndSet = 'lose'

    expect(await store.compareAndSet('k', version, next)).toBe(true)
    expect(medium.load('k')).toEqual(next)
    expect(calls).toEqual(['compareAndSet', 'load'])
  })

  it.each([
    ['created', undefined, record('b')],
    ['replaced', 'a', record('b')],
    ['removed', 'a', undefined],
  ])(
    'fails with a 503 if it is not stored, and is never repeated: %s',
    async (_, version, next) => {
      const { medium, faults, calls, store } = setting()
      if (version) medium.compareAndSet('k', undefined, record(version))
      faults.compareAndSet = 'fail'

      await expect(store.compareAndSet('k', version, next)).rejects.toThrow(unavailable)
      expect(medium.load('k')).toEqual(version && record(version))
      expect(calls).toEqual(['compareAndSet', 'load'])
    },
  )

  it('fails with a 503 if another process has written since, because the result is unknown', async () => {
    const { medium, store } = setting()
    const overtaken = guarded(
      {
        ...store,
        compareAndSet: async (key) => {
          medium.compareAndSet(key, undefined, record('theirs'))
          throw new Error('connection lost')
        },
      },
      limit,
    )

    await expect(overtaken.compareAndSet('k', undefined, record('ours'))).rejects.toThrow(
      unavailable,
    )
  })

  it('fails with a 503 if the look-up fails too', async () => {
    const { faults, store } = setting()
    faults.compareAndSet = 'lose'
    faults.load = 'fail'

    await expect(store.compareAndSet('k', undefined, record('a'))).rejects.toThrow(unavailable)
  })

  it('is looked up in a synchronous store too', async () => {
    const medium = memoryStore()
    const store = guarded(
      {
        ...medium,
        compareAndSet: (...args) => {
          medium.compareAndSet(...args)
          throw new Error('the disk is full of surprises')
        },
      },
      limit,
    )

    expect(await store.compareAndSet('k', undefined, record('a'))).toBe(true)
  })
})

describe('an error that a store throws', () => {
  it.each([new SessionError('session-store-full', 'full'), newerFormatError(2, 1)])(
    'stays unchanged, without a look-up: $code',
    async (error) => {
      const medium = memoryStore()
      let looks = 0
      const store = guarded(
        {
          ...medium,
          load: (key) => {
            looks += 1
            return medium.load(key)
          },
          compareAndSet: () => {
            throw error
          },
        },
        limit,
      )

      await expect(async () => store.compareAndSet('k', undefined, record('a'))).rejects.toBe(error)
      expect(looks).toBe(0)
    },
  )

  it('does not show the record in the log (ASVS 16.2.5)', async () => {
    const payload = 's1.private.data.of.somebody|["a","secret"]'
    const store = guarded(
      {
        ...memoryStore(),
        compareAndSet(_, __, next) {
          throw new Error(`INSERT failed, parameters: '${next?.payload}'`)
        },
      },
      limit,
    )

    const error = await Promise.resolve()
      .then(() => store.compareAndSet('k', undefined, { ...record('a'), payload }))
      .catch((error: unknown) => error)

    expect(error).toMatchObject({ code: 'session-unavailable' })
    expect(String(error instanceof Error && error.cause)).not.toContain('private')
  })

  it('because of its options mentions the configuration, and keeps the reason', () => {
    const reason = new SessionConfigError('redis.url is wrong')
    const load = () => {
      throw reason
    }

    expect(() => guarded({ ...memoryStore(), load }, limit).load('k')).toThrow(
      expect.objectContaining({
        code: 'session-unavailable',
        message: expect.stringContaining('current configuration'),
        cause: reason,
      }),
    )
  })
})

describe('a store that does not respond in time (R23)', () => {
  it('fails with a 503 after the limit, and then at once, without a call', async () => {
    const { faults, calls, store } = setting()
    faults.load = 'hang'
    const began = performance.now()
    await expect(async () => store.load('k')).rejects.toThrow(unavailable)
    expect(performance.now() - began).toBeGreaterThanOrEqual(limit - 5)

    for (let i = 0; i < 10; i += 1) expect(() => store.load('k')).toThrow(unavailable)
    expect(calls).toEqual(['load'])
  })

  it('gets one call every half second, and works again after the first response', async () => {
    const { faults, calls, store } = setting()
    faults.load = 'hang'
    await expect(async () => store.load('k')).rejects.toThrow(unavailable)
    faults.load = 'none'
    pass(600)

    const probe = store.load('k')
    // Other calls do not wait for this one.
    expect(() => store.load('other')).toThrow(unavailable)
    expect(await probe).toBeUndefined()
    expect(await store.load('other')).toBeUndefined()
    expect(calls).toEqual(['load', 'load', 'load'])
  })

  it('counts as unavailable while the calls that test it hang', async () => {
    const { faults, calls, store } = setting()
    faults.load = 'hang'
    for (let i = 0; i < 3; i += 1) {
      await expect(async () => store.load('k')).rejects.toThrow(unavailable)
      expect(() => store.load('k')).toThrow(unavailable)
      vi.restoreAllMocks()
      pass((i + 1) * 600)
    }

    expect(calls).toHaveLength(3)
  })

  it('does not count as unavailable if a write waits for its record and a read works', async () => {
    const { medium, faults, calls, store } = setting()
    medium.compareAndSet('k', undefined, record('a'))
    faults.compareAndSet = 'hang'

    await expect(store.compareAndSet('k', 'a', record('b'))).rejects.toThrow(unavailable)
    expect(await store.load('other')).toBeUndefined()
    expect(calls).toEqual(['compareAndSet', 'load', 'load'])
  })

  it('counts as unavailable if neither a write nor the look-up after it comes back', async () => {
    const { faults, calls, store } = setting()
    faults.compareAndSet = 'hang'
    faults.load = 'hang'

    await expect(store.compareAndSet('k', undefined, record('a'))).rejects.toThrow(unavailable)
    expect(() => store.load('k')).toThrow(unavailable)
    expect(calls).toEqual(['compareAndSet', 'load'])
  })

  it('keeps a write that exceeded its limit but is stored', async () => {
    const { faults, store } = setting()
    faults.compareAndSet = 'lose-and-hang'

    expect(await store.compareAndSet('k', undefined, record('a'))).toBe(true)
  })

  it('does not count as unavailable after an error: the next call reaches it', async () => {
    const { faults, store } = setting()
    faults.load = 'fail'
    await expect(async () => store.load('k')).rejects.toThrow(unavailable)
    faults.load = 'none'

    expect(await store.load('k')).toBeUndefined()
  })
})

it('closes the store', async () => {
  const closed: string[] = []
  const store: SessionStore = { ...memoryStore(), close: () => void closed.push('closed') }
  await guarded(store, limit).close()

  expect(closed).toEqual(['closed'])
})

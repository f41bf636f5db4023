import { expect, test } from 'vitest'
import { createCache } from '../../packages/stasis/src/index.ts'

/** A computation that ends when the test says so, and counts its runs. */
function computation<T>(value: T) {
  let end: (value: T) => void = () => {}
  const result = new Promise<T>((resolve) => {
    end = resolve
  })
  const run = {
    runs: 0,
    end: () => end(value),
    make() {
      run.runs += 1
      return result
    },
  }
  return run
}

test('fifty parallel callers share one computation, and each gets a separate copy', async () => {
  const cache = createCache()
  const slow = computation({ list: [1] })
  const calls = Array.from({ length: 50 }, () => cache.remember('key', slow.make))
  slow.end()
  const got = await Promise.all(calls)
  expect(slow.runs).toBe(1)
  expect(new Set(got).size).toBe(50)
  for (const value of got) expect(value).toStrictEqual({ list: [1] })
  expect(await cache.remember('key', slow.make)).toStrictEqual({ list: [1] })
  expect(slow.runs).toBe(1)
})

test('different keys have separate computations', async () => {
  const cache = createCache()
  const all = await Promise.all(['a', 'b', 'c'].map((key) => cache.remember(key, () => key)))
  expect(all).toEqual(['a', 'b', 'c'])
})

test('a stored value is not computed again, even null', async () => {
  const cache = createCache()
  await cache.set('key', null)
  const run = computation(1)
  expect(await cache.remember('key', run.make)).toBeNull()
  expect(run.runs).toBe(0)
})

test('if a computation fails, all waiting callers get the error, and the next caller tries again', async () => {
  const cache = createCache()
  let runs = 0
  const fail = async () => {
    runs += 1
    throw new Error('no answer')
  }
  const calls = Array.from({ length: 5 }, () => cache.remember('key', fail))
  const outcomes = await Promise.allSettled(calls)
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
  expect(runs).toBe(1)
  expect(await cache.remember('key', () => 'works')).toBe('works')
})

test.each(['delete', 'clear', 'set'] as const)(
  'a computation that started before a %s is not stored',
  async (verb) => {
    const cache = createCache()
    const old = computation('old')
    const waiting = cache.remember('key', old.make)
    await Promise.resolve()
    if (verb === 'delete') await cache.delete('key')
    else if (verb === 'clear') await cache.clear()
    else await cache.set('key', 'new')
    old.end()
    expect(await waiting).toBe('old')
    expect(await cache.get('key')).toBe(verb === 'set' ? 'new' : undefined)
    expect(await cache.remember('key', () => 'new')).toBe('new')
  },
)

test('a computation that returns undefined is refused, because undefined means absent', async () => {
  const cache = createCache()
  await expect(cache.remember('key', () => undefined)).rejects.toThrow('"key": it is undefined')
})

import { memoryStore } from '@gravito/orbit'
import { describe, expect, it, vi } from 'vitest'
import { Clock } from '../hono/setting.ts'

const second = 1_000
const day = 86_400 * second

function setting(maxEntries: number) {
  const clock = new Clock()
  const store = memoryStore({ now: clock.now, maxEntries })
  /** Creates a record that the store may not drop before it expires. */
  const create = (key: string, lifetime: number) =>
    store.compareAndSet(key, undefined, {
      version: 'v',
      payload: 'payload',
      expiresAt: clock.now() + lifetime,
    })
  return { clock, create }
}

describe('the memory store', () => {
  it('has space again after signed-in sessions have expired (R9)', () => {
    const { clock, create } = setting(2)
    create('a', second)
    create('b', second)
    clock.pass(2)
    expect(create('c', second)).toBe(true)
  })

  it('sweeps every expired record, at any position (R9)', () => {
    vi.useFakeTimers()
    try {
      const { clock, create } = setting(1_501)
      for (let index = 0; index < 1_500; index += 1) {
        create(String(index), index === 1_000 ? second : day)
      }
      create('last', day)
      clock.pass(2)
      vi.advanceTimersByTime(300 * second)
      expect(create('c', second)).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
})

import { memoryStore } from '@gravito/orbit'
import { describe, expect, it, vi } from 'vitest'
import { Clock } from '../hono/setting.ts'

describe('the memory store', () => {
  const record = (expiresAt: number, owner?: string) => ({
    version: 'v',
    birth: 'b',
    payload: '1:[]',
    createdAt: 0,
    lastActivityAt: 0,
    expiresAt,
    ...(owner ? { owner } : {}),
  })

  it('has room where signed-in sessions have expired (R9)', () => {
    const clock = new Clock()
    const store = memoryStore({ now: clock.now, maxEntries: 2 })
    store.create('a', record(clock.now() + 1000, 'x'))
    store.create('b', record(clock.now() + 1000, 'x'))
    clock.pass(2)
    expect(store.create('c', record(clock.now() + 1000, 'x'))).toBe('created')
  })

  it('sweeps every expired record, wherever it stands (R9)', () => {
    vi.useFakeTimers()
    try {
      const clock = new Clock()
      const store = memoryStore({ now: clock.now, maxEntries: 1_501 })
      for (let index = 0; index < 1_500; index += 1) {
        store.create(String(index), record(clock.now() + (index === 1_000 ? 1000 : 1e9), 'x'))
      }
      store.create('last', record(clock.now() + 1e9, 'x'))
      clock.pass(2)
      vi.advanceTimersByTime(300_000)
      expect(store.create('c', record(clock.now() + 1000, 'x'))).toBe('created')
    } finally {
      vi.useRealTimers()
    }
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { clockOf } from './clock.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('the clock', () => {
  it('reads Date.now at each call, so that fake timers work', () => {
    const now = clockOf('now', undefined)
    vi.useFakeTimers({ now: 1234 })
    expect(now()).toBe(1234)
    vi.advanceTimersByTime(1000)
    expect(now()).toBe(2234)
  })

  it('returns whole milliseconds', () => {
    expect(clockOf('now', () => 1234.999)()).toBe(1234)
  })

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 1e15])(
    'uses Date.now while the app’s clock returns %s, which is not a time',
    (later) => {
      vi.useFakeTimers({ now: 5678 })
      let time = 1000
      const now = clockOf('now', () => time)
      time = later

      expect(now()).toBe(5678)
      time = 2000
      expect(now()).toBe(2000)
    },
  )
})

import { describe, expect, it } from 'vitest'
import { quantile, ratiosOf, rounded, summaryOf, verdictOf } from './statistics.mjs'

describe('the statistics of the benchmarks', () => {
  it('use the median round, in any order, or the mean of the two middle ones', () => {
    expect(quantile([9, 1, 5], 0.5)).toBe(5)
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(quantile([7], 0.75)).toBe(7)
  })

  it('do not increase the spread because of one bad round', () => {
    const calm = [0.7, 0.71, 0.72, 0.73, 0.74]
    expect(summaryOf(calm)).toEqual({ median: 0.72, low: 0.71, high: 0.73 })
    expect(summaryOf([...calm.slice(0, 4), 12])).toEqual({ median: 0.72, low: 0.71, high: 0.73 })
  })

  it('compare figures from the same round', () => {
    // In the second round, the machine is twice as slow for both.
    expect(ratiosOf([30, 60], [40, 80])).toEqual([0.75, 0.75])
  })

  it('round to four digits for the file', () => {
    expect(rounded({ median: 0.123456, low: 1, high: 12345.6 })).toEqual({
      median: 0.1235,
      low: 1,
      high: 12350,
    })
  })
})

describe('the verdict on a goal', () => {
  it.each([
    ['met', 'the median reaches it', { median: 0.74, low: 0.7, high: 0.75 }],
    [
      'close',
      'the median misses it, but not the better quartile',
      { median: 0.73, low: 0.7, high: 0.75 },
    ],
    ['missed', 'the better quartile misses it too', { median: 0.7, low: 0.69, high: 0.73 }],
  ])('for a minimum is %s if %s', (verdict, _, summary) => {
    expect(verdictOf(summary, { atLeast: 0.74 })).toBe(verdict)
  })

  it.each([
    ['met', 'the median reaches it', { median: 1.5, low: 1.4, high: 1.9 }],
    [
      'close',
      'the median misses it, but not the better quartile',
      { median: 1.6, low: 1.4, high: 1.9 },
    ],
    ['missed', 'the better quartile misses it too', { median: 1.6, low: 1.51, high: 1.9 }],
  ])('for a maximum is %s if %s', (verdict, _, summary) => {
    expect(verdictOf(summary, { atMost: 1.5 })).toBe(verdict)
  })
})

import { expect, it } from 'vitest'
import { testClock } from './clock.ts'

it('a clock stands still until a test moves it', () => {
  const clock = testClock(new Date('2030-01-01T00:00:00Z'))
  const { now } = clock
  expect(now()).toBe(Date.UTC(2030, 0, 1))

  clock.travel({ days: 1, hours: 2, minutes: 3, seconds: 4.5 })
  expect(new Date(now())).toEqual(new Date('2030-01-02T02:03:04.500Z'))

  clock.travel({ days: -1, minutes: undefined })
  expect(new Date(now())).toEqual(new Date('2030-01-01T02:03:04.500Z'))
})

it('a clock starts now, or at the given time', () => {
  const before = Date.now()

  expect(testClock().now()).toBeGreaterThanOrEqual(before)
  expect(testClock(1_000).now()).toBe(1_000)
})

it.each([
  [{ minute: 1 }, /minute: 1\. Write travel\({ minutes: 31 }\)/],
  [{ minutes: Number.NaN }, /minutes: NaN/],
  [{ minutes: '5' }, /minutes: 5/],
])('refuses %j as a step', (step, message) => {
  const clock = testClock(0)

  expect(() => Reflect.apply(clock.travel, clock, [step])).toThrow(message)
  expect(clock.now()).toBe(0)
})

it('refuses an invalid date as its start', () => {
  expect(() => testClock(new Date('yesterday'))).toThrow(TypeError)
})

/** How far `travel` moves the clock. The parts are added up, and may be negative. */
export interface TimeStep {
  /** Days of 24 hours. */
  readonly days?: number | undefined
  /** Hours. */
  readonly hours?: number | undefined
  /** Minutes. */
  readonly minutes?: number | undefined
  /** Seconds. */
  readonly seconds?: number | undefined
}

const milliseconds = new Map([
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1_000],
])

/** A clock that stands still until a test moves it. See `testClock`. */
export class TestClock {
  #time: number
  /** Returns the time in milliseconds since the epoch. Pass this function to the app: `session({ now: clock.now })`. */
  readonly now: () => number

  /** @internal */
  constructor(start: number) {
    this.#time = start
    this.now = () => this.#time
  }

  /**
   * Moves the clock.
   *
   * @throws {TypeError} for an unknown unit, and for a value that is not a finite number
   * @example
   * clock.travel({ minutes: 31 })
   */
  travel(step: TimeStep): void {
    let sum = 0
    for (const [unit, amount = 0] of Object.entries(step)) {
      const length = milliseconds.get(unit)
      if (length === undefined || !Number.isFinite(amount)) {
        throw new TypeError(
          `travel() takes a number of ${[...milliseconds.keys()].join(', ')}, and got ${unit}: ${String(amount)}. Write travel({ minutes: 31 }).`,
        )
      }
      sum += amount * length
    }
    this.#time += Math.round(sum)
  }
}

/**
 * Creates a clock that stands still until a test moves it, for tests of timeouts. Create it before the app, because you
 * pass it to the app. If you create the store yourself, pass it to the store too: `memoryStore({ now: clock.now })`.
 *
 * @param start the initial time: a Date, or milliseconds since the epoch. Default: the current time
 * @throws {TypeError} for an invalid time
 * @example
 * const clock = testClock()
 * const client = testClient(makeApp({ now: clock.now }))
 * await client.actingAs('ada')
 * clock.travel({ minutes: 31 })
 */
export function testClock(start: Date | number = Date.now()): TestClock {
  const time = Number(start)
  if (!Number.isFinite(time)) {
    throw new TypeError(`testClock takes a Date or milliseconds, and got ${String(start)}.`)
  }
  return new TestClock(time)
}

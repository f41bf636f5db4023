import { aFunction, aNumber } from './checks.ts'
import { ignoreFailure, synchronous } from './synchronous.ts'

/** The latest time that fits into the id of a visitor, in milliseconds: the year 5188. */
const latest = 36 ** 9 - 1

const isTime = (time: number): boolean => time >= 0 && time <= latest

/**
 * A clock in whole milliseconds. It reads `Date.now` at each call, so fake timers of test runners work even if they
 * are installed later.
 *
 * @param option the option's name, for the messages
 * @param given the app's clock. If it later returns a value that is not a time, `Date.now` is used: a
 * timer of a store may call it, and an error there would end the process
 * @throws {SessionConfigError} if the app's clock does not return a valid time at startup
 */
export function clockOf(option: string, given: (() => number) | undefined): () => number {
  if (!given) return () => Date.now()
  aFunction(option, given)
  synchronous(option, given)
  const first: unknown = given()
  ignoreFailure(first)
  aNumber(0, latest)(`${option}()`, first)
  return () => {
    const time = Math.floor(given())
    return isTime(time) ? time : Date.now()
  }
}

import { refuse } from './checks.ts'
import { SessionError } from './errors.ts'

/**
 * Wraps a function of the app whose result is needed at once. A promise would count as `true`, and never as a
 * number. So it is refused: at boot if the function is declared async, otherwise when it returns a promise.
 *
 * @param option the option's name, for the messages
 */
export function synchronous<Args extends readonly unknown[], Result>(
  option: string,
  fn: (...args: Args) => Result,
): (...args: Args) => Result {
  if (tagOf(fn) === '[object AsyncFunction]') {
    refuse(option, 'is an async function; its result is needed at once. Make it synchronous')
  }
  return (...args) => {
    const result = fn(...args)
    refusePromise(result, `${option} returned a promise. Its result is needed at once.`)
    return result
  }
}

/** @throws {SessionError} `session-not-sync` for a promise, of any realm or library */
export function refusePromise(result: unknown, message: string): void {
  if (!isThenable(result)) return
  ignoreFailure(result)
  throw new SessionError('session-not-sync', message)
}

/** Whether the value can be awaited, from any realm or library. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null || !('then' in value)) return false
  return typeof value.then === 'function'
}

/** If nobody awaits a promise and it rejects, the process must not end. */
export function ignoreFailure(result: unknown): void {
  if (tagOf(result) === '[object Promise]') Promise.resolve(result).catch(() => {})
}

/** Unlike `instanceof`, this also works for values of another realm. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}

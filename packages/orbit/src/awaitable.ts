import type { Awaitable } from './stores/store.ts'
import { isThenable } from './synchronous.ts'

/**
 * Goes on with a value, at once if it is there, so that a store that answers at once makes nobody wait. It knows
 * only promises of this realm: pass what an app or a store returns through `fromOutside`.
 */
export function andThen<A, B>(value: Awaitable<A>, next: (value: A) => Awaitable<B>): Awaitable<B> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** What the function returns, or what is made of its error, thrown or rejected. */
export function orElse<A, B>(
  run: () => Awaitable<A>,
  onError: (error: unknown) => Awaitable<B>,
): Awaitable<A | B> {
  try {
    const value = run()
    return value instanceof Promise ? value.then((value) => value, onError) : value
  } catch (error) {
    return onError(error)
  }
}

/** What must be there already. */
export function atOnce<T>(value: Awaitable<T>): T {
  if (!(value instanceof Promise)) return value
  throw new TypeError('A store that says that it is synchronous returned a promise.')
}

/** Turns a promise of another realm, or another object with a `then`, into a promise of this realm. */
export function fromOutside<T>(value: Awaitable<T>): Awaitable<T> {
  return isThenable(value) ? new Promise((resolve) => resolve(value)) : value
}

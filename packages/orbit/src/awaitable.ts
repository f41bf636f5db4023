import type { Awaitable } from './stores/store.ts'
import { isThenable } from './synchronous.ts'

/**
 * Calls `next` with a value. If the value is not a promise, this happens at once, so a synchronous store causes no
 * wait. It recognizes only promises of this realm: pass results of an app or a store through `fromOutside`.
 */
export function andThen<A, B>(value: Awaitable<A>, next: (value: A) => Awaitable<B>): Awaitable<B> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Returns the result of `run`. If it throws or rejects, returns the result of `onError`. */
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

/** Returns a value that must not be a promise. */
export function atOnce<T>(value: Awaitable<T>): T {
  if (!(value instanceof Promise)) return value
  throw new TypeError('A store with synchronous: true returned a promise.')
}

/** Turns a promise of another realm, or another object with a `then`, into a promise of this realm. */
export function fromOutside<T>(value: Awaitable<T>): Awaitable<T> {
  return isThenable(value) ? new Promise((resolve) => resolve(value)) : value
}

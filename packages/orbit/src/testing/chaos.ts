import type { Awaitable, SessionStore } from '../stores/store.ts'

/** What happens to one call of `load` or `compareAndSet`. */
export type Fault =
  /** The call works as usual. */
  | 'none'
  /** The store is not called, and the call fails. */
  | 'fail'
  /** The store is not called, and the call never ends. */
  | 'hang'
  /** The store does its work, but the response is lost: the call fails. */
  | 'lose'
  /** The store does its work, but the call never ends. */
  | 'lose-and-hang'
  /** The store is called after this many milliseconds. */
  | { readonly delay: number }

/**
 * Adds faults to a store, so that you can test what your users see when the store fails.
 *
 * @param fault called before each `load` and `compareAndSet`, with the name of that method and the key. It returns a
 * `Fault`, or a promise of one
 * @example
 * const store = chaotic(memoryStore(), (verb) => (verb === 'compareAndSet' ? 'lose' : 'none'))
 */
export function chaotic(
  store: SessionStore,
  fault: (verb: keyof SessionStore, key: string | undefined) => Awaitable<Fault>,
): SessionStore {
  const spoil =
    <Args extends unknown[], Result>(
      name: keyof SessionStore,
      verb: (...args: Args) => Awaitable<Result>,
    ) =>
    async (...args: Args): Promise<Result> => {
      const [key] = args
      const what = await fault(name, typeof key === 'string' ? key : undefined)
      if (what === 'hang') return never()
      if (what === 'fail') throw new Error(`${name} failed, as requested`)
      if (typeof what === 'object') {
        await new Promise((resolve) => setTimeout(resolve, what.delay))
      }
      const result = await verb.apply(store, args)
      if (what === 'lose') throw new Error(`the response of ${name} was lost, as requested`)
      return what === 'lose-and-hang' ? never() : result
    }
  return {
    load: spoil('load', store.load),
    compareAndSet: spoil('compareAndSet', store.compareAndSet),
    close: () => store.close(),
  }
}

function never(): Promise<never> {
  return new Promise(() => {})
}

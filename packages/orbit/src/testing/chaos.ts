import type { Awaitable, SessionStore } from '../stores/store.ts'

/** What happens to one call of a store's verb. */
export type Fault =
  /** It is answered as always. */
  | 'none'
  /** The store is not asked, and the call fails. */
  | 'fail'
  /** The store is not asked, and the call never ends. */
  | 'hang'
  /** The store does it, and the answer is lost: the call fails. */
  | 'lose'
  /** The store does it, and the call never ends. */
  | 'lose-and-hang'
  /** So many milliseconds before the store is asked. */
  | { readonly delay: number }

/**
 * The store, with faults: for tests of what your app or your own store's users see when it fails.
 *
 * @param fault is asked before each call, and may return a promise
 * @example
 * const store = chaotic(memoryStore(), (verb) => (verb === 'replace' ? 'lose' : 'none'))
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
      if (what === 'fail') throw new Error(`${name} failed, as asked for`)
      if (typeof what === 'object') {
        await new Promise((resolve) => setTimeout(resolve, what.delay))
      }
      const result = await verb.apply(store, args)
      if (what === 'lose') throw new Error(`the answer of ${name} was lost, as asked for`)
      return what === 'lose-and-hang' ? never() : result
    }
  return {
    load: spoil('load', store.load),
    create: spoil('create', store.create),
    replace: spoil('replace', store.replace),
    touch: spoil('touch', store.touch),
    destroy: spoil('destroy', store.destroy),
    list: spoil('list', store.list),
    destroyOwner: spoil('destroyOwner', store.destroyOwner),
    close: () => store.close(),
    ...(store.onConnect ? { onConnect: store.onConnect.bind(store) } : {}),
    ...(store.ready ? { ready: spoil('ready', store.ready) } : {}),
    ...(store.secret ? { secret: spoil('secret', store.secret) } : {}),
  }
}

function never(): Promise<never> {
  return new Promise(() => {})
}

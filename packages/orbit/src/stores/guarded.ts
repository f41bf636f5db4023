import { SessionError } from '../errors.ts'
import type { Awaitable, SessionStore } from './store.ts'

/** The store, with everything it throws turned into one kind of error: a 503 (ASVS 16.5.3). */
export function guarded(store: SessionStore): SessionStore {
  const guard =
    <Args extends unknown[], Result>(verb: (...args: Args) => Awaitable<Result>) =>
    (...args: Args): Awaitable<Result> => {
      try {
        const result = verb.apply(store, args)
        return result instanceof Promise ? result.catch(fail) : result
      } catch (error) {
        return fail(error)
      }
    }
  return {
    load: guard(store.load),
    create: guard(store.create),
    replace: guard(store.replace),
    touch: guard(store.touch),
    destroy: guard(store.destroy),
    list: guard(store.list),
    destroyOwner: guard(store.destroyOwner),
    close: guard(store.close),
    ...(store.secret ? { secret: guard(store.secret) } : {}),
  }
}

function fail(error: unknown): never {
  if (error instanceof SessionError) throw error
  throw new SessionError(
    'session-unavailable',
    'The session store does not answer. Nothing was lost; try again in a moment.',
    { cause: error },
  )
}

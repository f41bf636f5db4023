import { SessionConfigError, SessionError } from '../errors.ts'
import { isThenable } from '../synchronous.ts'
import { withinTime } from '../time-limit.ts'
import type { Awaitable, SessionStore } from './store.ts'

/** How often a store that did not answer in time is asked again, in milliseconds. */
const probeEvery = 500

/**
 * The store, so that requests neither wait long nor queue up for one that is away (ASVS 16.5.2,
 * 16.5.3): every call has a time limit; after a call that met it, calls fail at once, but for one
 * each half second that finds out. Whatever the store throws is one kind of error, a 503.
 *
 * @param timeLimit of a call, in milliseconds
 * @param onFailure hears of every call that failed
 */
export function guarded(
  store: SessionStore,
  timeLimit: number,
  onFailure: () => void = () => {},
): SessionStore {
  /** Until when the store counts as away. */
  let awayUntil = 0

  const failed = (error: unknown): never => {
    onFailure()
    return fail(error)
  }

  const inTime = async <Result>(answer: Promise<Result>): Promise<Result> => {
    const tooLate = () => {
      awayUntil = performance.now() + probeEvery
      return new Error(`it did not answer within ${timeLimit} ms`)
    }
    try {
      const result = await withinTime(timeLimit, answer, tooLate)
      awayUntil = 0
      return result
    } catch (error) {
      return failed(error)
    }
  }

  const guard =
    <Args extends unknown[], Result>(verb: (...args: Args) => Awaitable<Result>) =>
    (...args: Args): Awaitable<Result> => {
      const time = performance.now()
      if (time < awayUntil) return failed(new Error('it has not answered lately'))
      // This call is the one that finds out; others need not wait for it.
      if (awayUntil > 0) awayUntil = time + probeEvery
      try {
        const result = verb.apply(store, args)
        return isThenable(result) ? inTime(Promise.resolve(result)) : result
      } catch (error) {
        return failed(error)
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
    ready: () => store.ready?.(),
    onConnect: (listener) => store.onConnect?.(listener),
    close: () => store.close(),
    ...(store.secret ? { secret: guard(store.secret) } : {}),
  }
}

function fail(error: unknown): never {
  if (error instanceof SessionError) throw error
  const message =
    error instanceof SessionConfigError
      ? 'The session store cannot work as it is configured.'
      : 'The session store does not answer. Nothing was lost; try again in a moment.'
  throw new SessionError('session-unavailable', message, { cause: error })
}

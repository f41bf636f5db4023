import { fromOutside, orElse } from '../awaitable.ts'
import { SessionConfigError, SessionError } from '../errors.ts'
import { isError } from '../thrown.ts'
import { withinTime } from '../time-limit.ts'
import type {
  Awaitable,
  OwnerKeepingStore,
  SessionRecord,
  SessionStore,
  SynchronousStore,
} from './store.ts'

/** In milliseconds. If a store did not respond in time, one call in each interval of this length tests it. */
const probeEvery = 500

/**
 * Wraps the store for the engine. It adds time limits, and looks up writes whose result is unknown.
 *
 * @param timeLimit of a call, in milliseconds
 * @param onFailure is called with the error of each failed call
 */
export function guarded(
  store: SessionStore & Partial<SynchronousStore>,
  timeLimit: number,
  onFailure?: () => void,
): SynchronousStore {
  const inTime = timed(store, timeLimit, onFailure)
  return lookedUp(inTime, inTime.probe)
}

/** A store with time limits. */
interface TimedStore extends SynchronousStore, OwnerKeepingStore {
  /** Loads a record or fails within the time limit, even while the store counts as unavailable. */
  probe: SessionStore['load']
}

/**
 * Adds time limits, so that requests do not wait long or queue up for a store that is unavailable (ASVS 16.5.2,
 * 16.5.3). After a call has reached its limit, calls fail at once, except for one call each half second. That call
 * finds out whether the store is back. All errors that the store throws become one kind of error, a 503.
 */
export function timed(
  store: SessionStore & Partial<SynchronousStore & OwnerKeepingStore>,
  timeLimit: number,
  onFailure: () => void = () => {},
): TimedStore {
  /** Until this time the store counts as unavailable. */
  let awayUntil = 0

  const failed = (error: unknown): never => {
    onFailure()
    return fail(error)
  }

  const inTime = async <Result>(answer: Promise<Result>, limit: number): Promise<Result> => {
    const began = performance.now()
    const tooLate = () => {
      awayUntil = performance.now() + probeEvery
      return new Error(`it did not respond within ${limit} ms`)
    }
    try {
      const result = await withinTime(limit, answer, tooLate)
      awayUntil = 0
      return result
    } catch (error) {
      // A store with its own time limit may have given up first.
      const took = performance.now() - began
      if (took > timeLimit / 4) awayUntil = performance.now() + probeEvery
      return failed(error)
    }
  }

  const send = <Result>(verb: () => Awaitable<Result>, limit = timeLimit): Awaitable<Result> => {
    try {
      const result = fromOutside(verb())
      return result instanceof Promise ? inTime(result, limit) : result
    } catch (error) {
      return failed(error)
    }
  }

  /** Fails at once while the store is unavailable, except for the call that tests it. Others do not wait for it. */
  const call = <Result>(verb: () => Awaitable<Result>): Awaitable<Result> => {
    const time = performance.now()
    if (time < awayUntil) return failed(new Error('it did not respond recently'))
    if (awayUntil > 0) awayUntil = time + probeEvery
    return send(verb)
  }

  return {
    get isSynchronous() {
      return store.isSynchronous === true
    },
    keepsOwner: store.keepsOwner === true,
    load: (key) => call(() => store.load(key)),
    probe: (key) => send(() => store.load(key), timeLimit / 4),
    compareAndSet: (key, version, next) =>
      orElse(
        () => call(() => store.compareAndSet(key, version, next)),
        (error) => {
          throw withoutRecord(error, next)
        },
      ),
    close: () => store.close(),
  }
}

/**
 * A write whose response was lost, or did not arrive in time, is looked up and never repeated. Versions are random, so
 * the look-up shows whether the write was done.
 *
 * @param probe looks it up, even after a write that reached its time limit: a transaction of the app may hold the lock
 * of this record while the store works normally
 */
export function lookedUp(store: SynchronousStore, probe = store.load): SynchronousStore {
  const { load } = store
  const lookUp = async (key: string, next: SessionRecord | undefined, error: unknown) => {
    if (error instanceof SessionError && error.code !== 'session-unavailable') throw error
    const current = await probe(key)
    if (current?.version === next?.version) return true
    throw error
  }

  return {
    get isSynchronous() {
      return store.isSynchronous
    },
    load,
    compareAndSet: (key, version, next) =>
      orElse(
        () => store.compareAndSet(key, version, next),
        (error) => lookUp(key, next, error),
      ),
    close: () => store.close(),
  }
}

/** A message that quotes the record must not reach the log (ASVS 16.2.5). */
function withoutRecord(error: unknown, next: SessionRecord | undefined): unknown {
  if (!(error instanceof SessionError) || !next || !isError(error.cause)) return error
  const beginning = next.payload.slice(0, 32)
  if (beginning === '' || !error.cause.message.includes(beginning)) return error
  const cause = new Error('the message of the store is omitted, because it contains the record')
  return new SessionError(error.code, error.message, { cause })
}

function fail(error: unknown): never {
  if (error instanceof SessionError) throw error
  const message =
    error instanceof SessionConfigError
      ? 'The session store cannot work with its current configuration.'
      : 'The session store does not respond. Nothing is lost. Try again in a moment.'
  throw new SessionError('session-unavailable', message, { cause: error })
}

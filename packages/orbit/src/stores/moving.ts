import { andThen } from '../awaitable.ts'
import { SessionConfigError } from '../errors.ts'
import { busyError } from '../stored-errors.ts'
import { lookedUp } from './guarded.ts'
import { look, see, take } from './moving/look.ts'
import { isPast, nextStep, type Step, visible } from './moving/protocol.ts'
import { refuseSameMedium } from './moving/same-medium.ts'
import type {
  AbleStore,
  Awaitable,
  CheckedStore,
  PrunableStore,
  SessionRecord,
  SynchronousStore,
  WalkableStore,
} from './store.ts'

/** How many times a change looks again because another process has taken a step in the meantime. */
const mostLooks = 100

/**
 * Combines two stores into one while sessions move between them, for `store: [to, from]`. A record is read,
 * written and removed in the store that has it. A new record is created in `to`. If the move of a record has started,
 * a request finishes that move before it changes the record. `moving/protocol.ts` explains why no change is lost
 * and why no removed record comes back.
 *
 * A record that has moved needs no additional call: one to read it, one to write it. A record in the old store
 * takes two calls. If there is no record, three calls are needed to find that out.
 *
 * @param guard gives each store a separate time limit, so that records in one store stay usable while the other is
 * unavailable. It must not look up the result of a failed write: a record that is missing in one store may be in the
 * other
 */
export function movingStore(
  to: AbleStore,
  from: AbleStore,
  { now, guard = (store) => store }: { now: () => number; guard?: (store: AbleStore) => AbleStore },
): CheckedStore & PrunableStore & SynchronousStore & WalkableStore {
  const pair = { to: guard(to), from: guard(from) }

  function load(key: string): Awaitable<SessionRecord | undefined> {
    return andThen(see(pair, 'to', key), (first) => {
      const found = visible(first)
      if (found) return found
      return andThen(see(pair, 'from', key), (second) =>
        // The record may have moved between the two calls.
        isPast(second) ? andThen(see(pair, 'to', key), visible) : visible(second),
      )
    })
  }

  /** Creates a record in the new store if the old store no longer has one. */
  function create(key: string, next: SessionRecord): Awaitable<boolean> {
    return andThen(see(pair, 'from', key), (seen) => {
      if (visible(seen)) return false
      return andThen(take(pair, key, { side: 'to', version: undefined, next }), (done) =>
        done ? confirm(key, next) : change(key, undefined, next, mostLooks),
      )
    })
  }

  /**
   * While some processes have `[to, from]` and others `[from, to]`, two processes may create a record under one key
   * in different stores. Each process looks at the other store afterwards, so at least one of them sees the other
   * record and removes its own. If another request has already changed that record, it stays.
   */
  function confirm(key: string, created: SessionRecord): Awaitable<boolean> {
    return andThen(see(pair, 'from', key), ({ stage }) => {
      if (stage !== 'record') return true
      const back = { side: 'to', version: created.version, next: undefined } as const
      return andThen(take(pair, key, back), (isGone) => !isGone)
    })
  }

  /** Finds the record in one of the stores, and changes it there if it has the expected version. */
  function change(
    key: string,
    version: string | undefined,
    next: SessionRecord | undefined,
    looks: number,
  ): Awaitable<boolean> {
    if (looks === 0) throw busyError()
    const again = () => change(key, version, next, looks - 1)
    return andThen(look(pair, key), ({ to, from }) => {
      const seen = visible(to) ?? visible(from)
      if (seen?.version !== version) return false
      if (from.stage === 'leaving' || to.stage === 'arrived') {
        const step = nextStep(to, from, now())
        return typeof step === 'string' ? again() : andThen(take(pair, key, step), again)
      }
      if (!seen && !next) return true
      // Use the version in that store, because a new record may replace a prepared one.
      const place: Pick<Step, 'side' | 'version'> =
        from.stage === 'record' && to.stage !== 'record'
          ? { side: 'from', version: from.version }
          : { side: 'to', version: to.version }
      return andThen(take(pair, key, { ...place, next }), (done) => {
        if (!done) return again()
        return seen || !next ? true : confirm(key, next)
      })
    })
  }

  const store = lookedUp({
    get isSynchronous() {
      return pair.to.isSynchronous === true && pair.from.isSynchronous === true
    },
    load,
    compareAndSet(key, version, next) {
      if (version === undefined) {
        return next ? create(key, next) : change(key, undefined, undefined, mostLooks)
      }
      const known = { version, next }
      return andThen(
        take(pair, key, { side: 'to', ...known }),
        (done) =>
          done ||
          andThen(
            take(pair, key, { side: 'from', ...known }),
            (done) => done || change(key, version, next, mostLooks),
          ),
      )
    },
    async close() {
      await Promise.all([to.close(), from.close()])
    },
  })
  return {
    ...store,
    get isSynchronous() {
      return store.isSynchronous
    },
    async ready() {
      await to.ready?.()
      await from.ready?.()
      await refuseSameMedium(pair.to, pair.from, now).catch((error: unknown) => {
        // A store that is unavailable or full does not stop the app from starting.
        if (error instanceof SessionConfigError) throw error
      })
    },
    async prune() {
      return ((await to.prune?.()) ?? 0) + ((await from.prune?.()) ?? 0)
    },
    // In this order, a record that moves during the walk is found at least once.
    async *keys() {
      for (const one of [from, to]) if (one.keys) yield* one.keys()
    },
  }
}

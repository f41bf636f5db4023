import { andThen } from '../awaitable.ts'
import { SessionConfigError } from '../errors.ts'
import { busyError } from '../stored-errors.ts'
import { lookedUp } from './guarded.ts'
import { look, see, take } from './moving/look.ts'
import { isPast, nextStep, type Step, visible } from './moving/protocol.ts'
import { refuseSameMedium } from './moving/same-medium.ts'
import type {
  Awaitable,
  CheckedStore,
  PrunableStore,
  SessionRecord,
  SessionStore,
  SynchronousStore,
  WalkableStore,
} from './store.ts'

/** A store, and what it may be able to do besides. */
type Able = SessionStore & Partial<CheckedStore & PrunableStore & SynchronousStore & WalkableStore>

/** How often a change looks again: each time another process has taken a step. */
const mostLooks = 100

/**
 * Two stores as one, while sessions move from one to the other: what `store: [to, from]` is. A record is
 * read, written and ended in the store where it stands; a new one begins in `to`. What is on its way moves
 * on before it changes. `moving/protocol.ts` says why nothing is lost, or comes back.
 *
 * It costs nothing for a record that has moved: one call to read it, one to write it. A record in the old
 * store takes two calls, and to find nothing takes three.
 *
 * @param guard gives each store its time limit, so that one that is away does not stop what the other has.
 * It must not look up what became of a failed write: that a record is gone from one store says nothing
 */
export function movingStore(
  to: Able,
  from: Able,
  { now, guard = (store) => store }: { now: () => number; guard?: (store: Able) => Able },
): CheckedStore & PrunableStore & SynchronousStore & WalkableStore {
  const pair = { to: guard(to), from: guard(from) }

  function load(key: string): Awaitable<SessionRecord | undefined> {
    return andThen(see(pair, 'to', key), (first) => {
      const found = visible(first)
      if (found) return found
      return andThen(see(pair, 'from', key), (second) =>
        // It may have moved between the two calls.
        isPast(second) ? andThen(see(pair, 'to', key), visible) : visible(second),
      )
    })
  }

  /** Puts a record where nothing stands in the old store any more. */
  function create(key: string, next: SessionRecord): Awaitable<boolean> {
    return andThen(see(pair, 'from', key), (seen) => {
      if (visible(seen)) return false
      return andThen(take(pair, key, { side: 'to', version: undefined, next }), (done) =>
        done ? confirm(key, next) : change(key, undefined, next, mostLooks),
      )
    })
  }

  /**
   * While some processes have `[to, from]` and others `[from, to]`, two may create a record under one key
   * in different stores. Each looks at the other store afterwards, so at least one sees the other, and
   * takes its own back. If somebody has built on it already, it stays.
   */
  function confirm(key: string, created: SessionRecord): Awaitable<boolean> {
    return andThen(see(pair, 'from', key), ({ stage }) => {
      if (stage !== 'record') return true
      const back = { side: 'to', version: created.version, next: undefined } as const
      return andThen(take(pair, key, back), (isGone) => !isGone)
    })
  }

  /** Looks what stands there, and changes it there if it has the version. */
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
      // The version of what stands there: a prepared record gives way to one that begins.
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
        // A store that is away, or full, passes.
        if (error instanceof SessionConfigError) throw error
      })
    },
    async prune() {
      return ((await to.prune?.()) ?? 0) + ((await from.prune?.()) ?? 0)
    },
    async *keys() {
      for (const one of [to, from]) if (one.keys) yield* one.keys()
    },
  }
}

import { andThen } from '../awaitable.ts'
import type { Settings } from '../config.ts'
import { onDemand } from '../on-demand.ts'
import { cannotBeWithinTwo } from '../stored-errors.ts'
import { ignoreFailure } from '../synchronous.ts'
import { guarded, timed } from './guarded.ts'
import { memoryStore } from './memory.ts'
import { alone, recordsAlone } from './moving/alone.ts'
import { withClient } from './options.ts'
import type { SharedMemory } from './shared-memory.ts'
import type {
  AbleStore,
  Awaitable,
  CheckedStore,
  RecordsWithin,
  SessionStore,
  SynchronousStore,
} from './store.ts'

/** A store, with the optional parts that the engine knows. */
export interface AnyStore extends AbleStore {
  /** For a store whose code is loaded later: returns the store itself. */
  readonly whole?: () => Awaitable<AbleStore>
  /** Like `within` of a `TransactionalStore`. Returns `undefined` if the store turns out not to have it. */
  within?(transaction: object): Awaitable<RecordsWithin | undefined>
}

/** Only an app whose sessions move needs this code. */
const moving = onDemand(() => import('./moving.ts'))

/** The store of an app. */
export interface OpenStore {
  /** The store as the engine uses it: with time limits, and with two stores combined into one. */
  readonly store: CheckedStore & SynchronousStore
  /** The records within a transaction of the app, without time limits. `undefined` if the store has no transactions. */
  readonly within: (transaction: object) => Awaitable<RecordsWithin | undefined>
  /**
   * The store itself, loaded. While sessions move, both stores, the old one first: a record is in the new store before
   * it leaves the old one, so a walk in this order finds all of them.
   */
  readonly drivers: () => Promise<readonly AbleStore[]>
}

/**
 * Opens the store of the options.
 *
 * @param memory for the memory driver
 * @param hooks `onFailure` is called after every failed call. `prepared` returns the store with the engine's additions
 */
export function openStore(
  settings: Settings,
  memory: SharedMemory | undefined,
  warn: (message: string) => void,
  hooks: { readonly onFailure: () => void; prepared(store: AnyStore): AnyStore },
): OpenStore {
  const { now, storeTimeout } = settings
  const { onFailure, prepared } = hooks
  const own = storeOf(settings, memory, warn)
  const drivers = async () => [
    ...(settings.from ? [settings.from] : []),
    await (own.whole?.() ?? own),
  ]
  const to = prepared(own)
  if (!settings.from) {
    const store = alone(guarded(to, storeTimeout, onFailure), () => to.ready?.())
    const within = (transaction: object) =>
      andThen(to.within?.(transaction), (records) => records && recordsAlone(records))
    return { store, within, drivers }
  }
  const from = prepared(settings.from)
  const guard = (store: AnyStore) => timed(store, storeTimeout, onFailure)
  const store = loaded(async () => (await moving()).movingStore(to, from, { now, guard }), {
    closeUnused: async () => void (await Promise.all([to.close(), from.close()])),
  })
  const within = () => {
    throw cannotBeWithinTwo()
  }
  return { store, within, drivers }
}

/** The store that the options name. */
function storeOf(
  settings: Settings,
  memory: SharedMemory | undefined,
  warn: (message: string) => void,
): AnyStore {
  const { driver, store, now, file, redis, sqlite, database } = settings
  if (memory) return { ...memory.open(memoryStore), close: memory.close }
  if (store) return store
  switch (driver) {
    case 'memory':
      return memoryStore({ ...settings.memory, now })
    case 'file':
      return loaded(async () => (await import('./file.ts')).fileStore({ ...file, now }))
    case 'redis':
      return loaded(async () => (await import('./redis.ts')).redisStore({ ...redis, now, warn }))
    case 'sqlite':
      return loaded(async () => (await import('./sqlite.ts')).sqliteStore({ ...sqlite, now, warn }))
    case 'database': {
      const own = { ...withClient(database), now, warn }
      return loaded(async () => (await import('./sql.ts')).sqlStore(own), {
        keepsOwner: own.ownerColumn === true,
      })
    }
  }
}

/**
 * A store whose code is loaded when it is first needed: an app loads only the driver that it uses.
 *
 * @param own `closeUnused` closes what exists before the store is loaded
 */
function loaded(
  load: () => Promise<AnyStore>,
  own: { readonly closeUnused?: SessionStore['close']; readonly keepsOwner?: boolean } = {},
): CheckedStore & SynchronousStore & AnyStore {
  const { closeUnused = () => {}, keepsOwner = false } = own
  let store: AnyStore | undefined
  let loading: Promise<AnyStore> | undefined
  let isClosed = false

  const whole = (): AnyStore | Promise<AnyStore> => {
    if (store) return store
    loading ??= load().then(
      (made) => {
        store = made
        if (isClosed) ignoreFailure(made.close())
        return made
      },
      (error: unknown) => {
        // A missing package may be installed before the next attempt.
        loading = undefined
        throw error
      },
    )
    return loading
  }

  return {
    get isSynchronous() {
      return store?.isSynchronous === true
    },
    keepsOwner,
    load: (key) => andThen(whole(), (store) => store.load(key)),
    compareAndSet: (key, version, next) =>
      andThen(whole(), (store) => store.compareAndSet(key, version, next)),
    within: (transaction) => andThen(whole(), (store) => store.within?.(transaction)),
    ready: () => andThen(whole(), (store) => store.ready?.()),
    whole,
    close: async () => {
      isClosed = true
      const made = await loading?.catch(() => undefined)
      await (made ? made.close() : closeUnused())
    },
  }
}

import { andThen } from './awaitable.ts'
import type { Settings } from './config.ts'
import type { EngineSource, RunningEngine, Secrets } from './engine-source.ts'
import { makeKeyring, randomText } from './keys.ts'
import { KnownIds } from './known-ids.ts'
import { onDemand } from './on-demand.ts'
import { Owners } from './session/owner.ts'
import type { RequestEngine } from './session/work.ts'
import type { Stored } from './stored.ts'
import { shareMemory } from './stores/shared-memory.ts'
import type { Awaitable, SynchronousStore } from './stores/store.ts'
import { reporter, type Surroundings } from './surroundings.ts'
import { ignoreFailure } from './synchronous.ts'

/** The part of the engine that needs no id, for work on stored sessions outside of requests. */
export type KeylessEngine = Omit<RequestEngine, 'keys'>

/** A request of a visitor that only reads needs no store. */
const part = onDemand(() => import('./stored.ts'))

/**
 * Creates the engine of a configuration. If the secret is configured, or belongs to the process, the engine is ready at
 * once. Otherwise it is ready when the secret has been read from the store. If the store fails, the next call reads
 * again.
 */
export function makeEngine(
  settings: Settings,
  around: Surroundings,
): EngineSource & {
  readonly keyless: KeylessEngine
  withoutStore: () => RunningEngine
  ready: () => Promise<void>
  close: () => Promise<void>
} {
  const { now, times, maxBytes, cookie, secrets } = settings
  const emit = reporter(settings, around)
  const isInMemory = settings.driver === 'memory' && !settings.store
  const shared = isInMemory ? shareMemory(settings, around.warn) : undefined
  let stored: Stored | undefined
  let isClosed = false
  const open = (): Awaitable<Stored> =>
    stored ??
    andThen(part(), ({ openStored }) => {
      stored ??= openStored({ settings, around, base, owners, shared, own: own(), runWith })
      // A call that was running when the app closed must not leave a connection open.
      if (isClosed) ignoreFailure(stored.store.close())
      return stored
    })
  const store: SynchronousStore = {
    get isSynchronous() {
      return stored?.store.isSynchronous === true
    },
    load: (key) =>
      stored ? stored.store.load(key) : andThen(open(), ({ store }) => store.load(key)),
    compareAndSet: (key, version, next) =>
      stored
        ? stored.store.compareAndSet(key, version, next)
        : andThen(open(), ({ store }) => store.compareAndSet(key, version, next)),
    async close() {
      if (stored) return stored.store.close()
      await Promise.all([(shared ?? settings.store)?.close(), settings.from?.close()])
    },
  }
  const base = { store, times, now, maxBytes, emit }
  const owners = new Owners(settings.ownerKeys, cookie.name)
  const keyless: KeylessEngine = {
    ...base,
    owners,
    index: () => andThen(open(), ({ index }) => index),
    versions: () => stored?.versions,
    work: open,
    drivers: async () => (await open()).drivers(),
  }
  const runWith = (secrets: Secrets): RunningEngine => {
    const keyring = makeKeyring(secrets, cookie.name)
    return { engine: { ...keyless, keys: keyring[0] }, keyring, ids: new KnownIds(keyring) }
  }
  let running: RunningEngine | undefined
  /** The engine for a secret that does not come from the store. */
  const own = () => {
    if (secrets) running ??= runWith(secrets)
    else if (shared) running ??= runWith([shared.secret()])
    return running
  }

  let spare: RunningEngine | undefined
  return {
    start: () => (stored ? undefined : own()) ?? andThen(open(), ({ source }) => source.start()),
    reconsider: (current) => andThen(open(), ({ source }) => source.reconsider(current)),
    confirm: (current) => andThen(open(), ({ source }) => source.confirm(current)),
    doubt: () => stored?.source.doubt(),
    keyless,
    withoutStore() {
      spare ??= runWith([randomText(32)])
      return spare
    },
    ready: async () => (await open()).ready(),
    async close() {
      isClosed = true
      await store.close()
    },
  }
}

import { andThen } from '../awaitable.ts'
import type { Settings } from '../config.ts'
import { sharedMemoryStore } from './shared-memory.ts'
import type { CheckedStore, SessionStore, SynchronousStore } from './store.ts'

/** What a store may be able to do besides. */
export type AnyStore = SessionStore & Partial<CheckedStore & SynchronousStore>

/** The store that the options name. */
export function storeOf(settings: Settings, warn: (message: string) => void): AnyStore {
  const { driver, store, cookie, now, file, redis, sqlite } = settings
  if (store) return store
  switch (driver) {
    case 'memory':
      return sharedMemoryStore({ ...settings, cookieName: cookie.name, warn })
    case 'file':
      return loaded(async () => (await import('./file.ts')).fileStore({ ...file, now }))
    case 'redis':
      return loaded(async () => (await import('./redis.ts')).redisStore({ ...redis, now, warn }))
    case 'sqlite':
      return loaded(async () => (await import('./sqlite.ts')).sqliteStore({ ...sqlite, now, warn }))
  }
}

/** A store whose code is loaded when it is first needed: an app loads only the driver that it uses. */
function loaded(load: () => Promise<AnyStore>): AnyStore {
  let store: AnyStore | undefined
  let loading: Promise<AnyStore> | undefined

  const whole = (): AnyStore | Promise<AnyStore> => {
    if (store) return store
    loading ??= load().then(
      (made) => {
        store = made
        return made
      },
      (error: unknown) => {
        // What is missing may be installed by the next try.
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
    load: (key) => andThen(whole(), (store) => store.load(key)),
    compareAndSet: (key, version, next) =>
      andThen(whole(), (store) => store.compareAndSet(key, version, next)),
    ready: () => andThen(whole(), (store) => store.ready?.()),
    close: async () => {
      await (await loading?.catch(() => undefined))?.close()
    },
  }
}

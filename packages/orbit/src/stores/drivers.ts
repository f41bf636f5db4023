import type { Settings } from '../config.ts'
import { sharedMemoryStore } from './shared-memory.ts'
import type { Awaitable, SessionStore } from './store.ts'

/** The store that the options name. */
export function storeOf(settings: Settings, warn: (message: string) => void): SessionStore {
  const { driver, store, now, file, redis, sqlite } = settings
  if (store) return store
  switch (driver) {
    case 'memory':
      return sharedMemoryStore({ ...settings, cookieName: settings.cookie.name, warn })
    case 'file':
      return loaded(async () => (await import('./file.ts')).fileStore({ ...file, now }))
    case 'redis':
      return loaded(async () => (await import('./redis.ts')).redisStore({ ...redis, now, warn }))
    case 'sqlite':
      return loaded(async () => (await import('./sqlite.ts')).sqliteStore({ ...sqlite, now }))
  }
}

type StoreWithSecret = SessionStore & Required<Pick<SessionStore, 'secret'>>

/** A store whose code is loaded when it is first needed: an app loads only the driver that it uses. */
function loaded(load: () => Promise<SessionStore>): StoreWithSecret {
  let store: SessionStore | undefined
  let loading: Promise<SessionStore> | undefined
  const listeners: (() => void)[] = []

  const whole = (): Promise<SessionStore> => {
    loading ??= load().then(
      (made) => {
        store = made
        for (const listener of listeners) made.onConnect?.(listener)
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
  const use = <T>(verb: (store: SessionStore) => Awaitable<T>): Awaitable<T> =>
    store ? verb(store) : whole().then(verb)

  return {
    load: (key) => use((store) => store.load(key)),
    create: (key, record) => use((store) => store.create(key, record)),
    replace: (key, record, version) => use((store) => store.replace(key, record, version)),
    touch: (key, version, lastActivityAt, expiresAt) =>
      use((store) => store.touch(key, version, lastActivityAt, expiresAt)),
    destroy: (key, version) => use((store) => store.destroy(key, version)),
    list: (owner) => use((store) => store.list(owner)),
    destroyOwner: (owner, except) => use((store) => store.destroyOwner(owner, except)),
    ready: () => use((store) => store.ready?.()),
    onConnect(listener) {
      listeners.push(listener)
    },
    secret: (proposal, unfit) => use((store) => store.secret?.(proposal, unfit) ?? proposal),
    close: async () => {
      await (await loading?.catch(() => undefined))?.close()
    },
  }
}

import { quote } from '../quote.ts'
import { type MemoryStoreOptions, memoryStore } from './memory.ts'
import type { SessionStore } from './store.ts'

/**
 * The memory stores of this process, one for each cookie name. Two `session()` with one cookie name
 * are two doors to the same sessions: the browser keeps one cookie for both, so with stores of their
 * own each would sign the other's people out.
 */
interface SharedStore {
  readonly store: SessionStore
  readonly bounds: MemoryStoreOptions
  users: number
}

/** By clock, then by cookie name: a store judges times by one clock. */
const shared = new WeakMap<object, Map<string, SharedStore>>()
const systemClock = {}

/**
 * The process's store for this cookie name. It ends when the last one that uses it is closed.
 *
 * @param clock the app's own, if it has one
 */
export function sharedMemoryStore(settings: {
  readonly cookieName: string
  readonly clock: (() => number) | undefined
  readonly now: () => number
  readonly memory: MemoryStoreOptions
  readonly warn: (message: string) => void
}): SessionStore {
  const { cookieName, clock = systemClock, now, memory, warn } = settings
  const stores = shared.get(clock) ?? new Map<string, SharedStore>()
  shared.set(clock, stores)
  const present = stores.get(cookieName)
  if (present) warnOfBounds(present.bounds, memory, cookieName, warn)
  const used = present ?? { store: memoryStore({ ...memory, now }), bounds: memory, users: 0 }
  stores.set(cookieName, used)
  used.users += 1

  let isClosed = false
  return {
    ...used.store,
    close() {
      if (isClosed) return
      isClosed = true
      used.users -= 1
      if (used.users > 0) return
      stores.delete(cookieName)
      return used.store.close()
    },
  }
}

function warnOfBounds(
  first: MemoryStoreOptions,
  second: MemoryStoreOptions,
  cookieName: string,
  warn: (message: string) => void,
): void {
  const names = (['maxEntries', 'maxBytes'] as const).filter(
    (name) => second[name] !== undefined && second[name] !== first[name],
  )
  if (names.length === 0) return
  const options = names.map((name) => `session.memory.${name}`).join(', ')
  warn(
    `${options} has no effect here: another session() of this process with session.cookie.name ${quote(cookieName)} has made the memory store that both use. Give both the same bounds, or one of them another cookie.name.`,
  )
}

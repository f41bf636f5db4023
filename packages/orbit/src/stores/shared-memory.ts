import { randomText } from '../keys.ts'
import { quote } from '../quote.ts'
import type { MemoryStoreOptions, memoryStore } from './memory.ts'

type Memory = ReturnType<typeof memoryStore>

/**
 * The memory stores of this process, one for each cookie name. Two `session()` with the same cookie name use the
 * same sessions, because the browser has one cookie for both. With separate stores, each of them would sign out the
 * users of the other.
 */
interface Share {
  readonly bounds: MemoryStoreOptions
  store?: Memory
  /** The secret that signs the ids if none is configured. */
  secret?: string
  users: number
}

/** The access of one `session()` to the memory of its cookie name. */
export interface SharedMemory {
  /** Returns the store. The first call creates it, with the limits of the first `session()` that shares it. */
  open: (make: typeof memoryStore) => Memory
  /** Returns the secret of the process. The first call creates it. */
  secret: () => string
  /** The secret, if it was created. */
  readonly drawn: string | undefined
  /** Closes the store when the last one that shares it is closed. */
  close: () => void
}

/** By clock, then by cookie name, because a store uses one clock. */
const shares = new WeakMap<object, Map<string, Share>>()
const systemClock = {}

/** Gets access to the memory of the cookie name. Its code is loaded when it is first used. */
export function shareMemory(
  settings: {
    readonly cookie: { readonly name: string }
    /** The clock of the app, if it has one. */
    readonly clock: (() => number) | undefined
    readonly now: () => number
    readonly memory: MemoryStoreOptions
  },
  warn: (message: string) => void,
): SharedMemory {
  const { clock = systemClock, now, memory, cookie } = settings
  const byName = shares.get(clock) ?? new Map<string, Share>()
  shares.set(clock, byName)
  const present = byName.get(cookie.name)
  if (present) warnOfBounds(present.bounds, memory, cookie.name, warn)
  const share: Share = present ?? { bounds: memory, users: 0 }
  byName.set(cookie.name, share)
  share.users += 1

  let isClosed = false
  return {
    open(make) {
      share.store ??= make({ ...share.bounds, now })
      return share.store
    },
    secret() {
      share.secret ??= randomText(32)
      return share.secret
    },
    get drawn() {
      return share.secret
    },
    close() {
      if (isClosed) return
      isClosed = true
      share.users -= 1
      if (share.users > 0) return
      byName.delete(cookie.name)
      share.store?.close()
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
    `${options} has no effect here: another session() of this process with session.cookie.name ${quote(cookieName)} has created the memory store that both use. Set the same limits for both, or another cookie.name for one of them.`,
  )
}

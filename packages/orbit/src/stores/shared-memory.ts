import { randomText } from '../keys.ts'
import { quote } from '../quote.ts'
import type { MemoryStoreOptions, memoryStore } from './memory.ts'

type Memory = ReturnType<typeof memoryStore>

/**
 * The memory stores of this process, one for each cookie name. Two `session()` with one cookie name
 * are two doors to the same sessions: the browser keeps one cookie for both, so with stores of their
 * own each would sign the other's people out.
 */
interface Share {
  readonly bounds: MemoryStoreOptions
  store?: Memory
  /** What signs the ids of those that configure no secret. */
  secret?: string
  users: number
}

/** The part of one `session()` in the memory of its cookie name. */
export interface SharedMemory {
  /** The store. The first one that needs it makes it, with the bounds of the first one that shares it. */
  open: (make: typeof memoryStore) => Memory
  /** The secret of the process. The first one that needs it draws it. */
  secret: () => string
  /** The secret if somebody has needed it. */
  readonly drawn: string | undefined
  /** The store ends when the last one that shares it is closed. */
  close: () => void
}

/** By clock, then by cookie name: a store judges times by one clock. */
const shares = new WeakMap<object, Map<string, Share>>()
const systemClock = {}

/** Takes part in the process's memory for the cookie name. Its code is loaded when it is first used. */
export function shareMemory(
  settings: {
    readonly cookie: { readonly name: string }
    /** The app's own, if it has one. */
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
    `${options} has no effect here: another session() of this process with session.cookie.name ${quote(cookieName)} has made the memory store that both use. Give both the same bounds, or one of them another cookie.name.`,
  )
}

import { setTimeout } from 'node:timers'
import { SessionError } from '../errors.ts'
import type { SessionRecord, SessionStore } from './store.ts'

/** Bounds of the memory store. */
export interface MemoryStoreOptions {
  /** The most records it holds. Default 100,000. */
  maxEntries?: number
  /** The most bytes they take, roughly. Default 134,217,728: 128 MiB. */
  maxBytes?: number
}

const sweepEvery = 30_000
/** So few that the event loop does not feel it. */
const sweptAtOnce = 1_000
/** What an entry takes besides its payload, roughly. */
const bytesOfAnEntry = 600

/**
 * Sessions in this process: for development, tests and single processes that may forget. Everything
 * it holds is a string or a number, so no object leaks from one request into another.
 *
 * When it is full, sessions without an owner go first, the least recently used; sessions with one
 * are never dropped.
 */
export function memoryStore(
  options: MemoryStoreOptions & { now?: () => number } = {},
): SessionStore {
  const { maxEntries = 100_000, maxBytes = 128 * 1024 * 1024, now = Date.now } = options
  // A Map keeps the order of insertion; taking an entry out and putting it back makes it the newest.
  const anonymous = new Map<string, SessionRecord>()
  const owned = new Map<string, SessionRecord>()
  const keysOf = new Map<string, Set<string>>()
  let bytes = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let sweeping: { entries: Iterator<[string, SessionRecord]>; left: number } | undefined

  function standing(key: string): SessionRecord | undefined {
    const record = owned.get(key) ?? anonymous.get(key)
    if (!record) return undefined
    if (now() < record.expiresAt) return record
    remove(key, record)
    return undefined
  }

  function put(key: string, record: SessionRecord): void {
    bytes += sizeOf(record)
    if (record.owner === undefined) {
      anonymous.set(key, record)
    } else {
      owned.set(key, record)
      const keys = keysOf.get(record.owner) ?? new Set()
      keysOf.set(record.owner, keys.add(key))
    }
    timer ??= later()
  }

  function remove(key: string, record: SessionRecord): void {
    bytes -= sizeOf(record)
    if (record.owner === undefined) {
      anonymous.delete(key)
      return
    }
    owned.delete(key)
    const keys = keysOf.get(record.owner)
    keys?.delete(key)
    if (keys?.size === 0) keysOf.delete(record.owner)
  }

  /** Makes room for one more record of this size, at the cost of sessions without an owner. */
  function makeRoom(entries: number, size: number): void {
    const fits = () =>
      owned.size + anonymous.size + entries <= maxEntries && bytes + size <= maxBytes
    while (!fits()) {
      const oldest = anonymous.entries().next()
      if (oldest.done) {
        throw new SessionError(
          'session-store-full',
          'The memory store is full of signed-in sessions. Raise memory.maxEntries or memory.maxBytes, or use another driver.',
        )
      }
      remove(...oldest.value)
    }
  }

  function later(): ReturnType<typeof setTimeout> {
    const next = setTimeout(sweep, sweeping ? 0 : sweepEvery)
    next.unref()
    return next
  }

  /** Removes what has expired, a little at a time. */
  function sweep(): void {
    // Reading moves an entry to the end, so a round has as many steps as there were entries.
    const round = sweeping ?? { entries: both(anonymous, owned), left: anonymous.size + owned.size }
    const time = now()
    let steps = Math.min(round.left, sweptAtOnce)
    round.left -= steps
    for (let next = round.entries.next(); steps > 0 && !next.done; next = round.entries.next()) {
      if (time >= next.value[1].expiresAt) remove(...next.value)
      steps -= 1
    }
    sweeping = round.left > 0 ? round : undefined
    timer = owned.size + anonymous.size > 0 ? later() : undefined
  }

  return {
    load(key) {
      const record = standing(key)
      if (record && record.owner === undefined) {
        anonymous.delete(key)
        anonymous.set(key, record)
      }
      return record
    },
    create(key, record) {
      if (standing(key)) return 'exists'
      makeRoom(1, sizeOf(record))
      put(key, record)
      return 'created'
    },
    replace(key, record, version) {
      const current = standing(key)
      if (!current) return 'gone'
      if (current.version !== version) return 'conflict'
      remove(key, current)
      try {
        makeRoom(1, sizeOf(record))
      } catch (error) {
        put(key, current)
        throw error
      }
      put(key, record)
      return 'replaced'
    },
    touch(key, version, lastActivityAt, expiresAt) {
      const current = standing(key)
      if (current?.version !== version) return false
      const store = current.owner === undefined ? anonymous : owned
      store.set(key, { ...current, lastActivityAt, expiresAt })
      return true
    },
    destroy(key, version) {
      const current = standing(key)
      if (!current || (version !== undefined && current.version !== version)) return false
      remove(key, current)
      return true
    },
    list(owner) {
      return [...(keysOf.get(owner) ?? [])].flatMap((key) => {
        const record = standing(key)
        return record && !record.successor ? [{ key, record }] : []
      })
    },
    destroyOwner(owner, except) {
      let ended = 0
      for (const key of [...(keysOf.get(owner) ?? [])]) {
        const record = standing(key)
        if (!record || key === except) continue
        remove(key, record)
        if (!record.successor) ended += 1
      }
      return ended
    },
    close() {
      clearTimeout(timer)
      timer = undefined
      sweeping = undefined
      anonymous.clear()
      owned.clear()
      keysOf.clear()
      bytes = 0
    },
  }
}

function* both(
  ...maps: readonly Map<string, SessionRecord>[]
): Generator<[string, SessionRecord], undefined> {
  for (const map of maps) yield* map
}

function sizeOf(record: SessionRecord): number {
  return bytesOfAnEntry + 2 * record.payload.length
}

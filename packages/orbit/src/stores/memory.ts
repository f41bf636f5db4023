import { setTimeout } from 'node:timers'
import { aWholeNumber } from '../checks.ts'
import { clockOf } from '../clock.ts'
import { SessionError } from '../errors.ts'
import { laterTimes, type SessionRecord, type SessionStore } from './store.ts'

/** Bounds of the memory store. */
export interface MemoryStoreOptions {
  /** The most records it holds. Default 100,000. */
  maxEntries?: number | undefined
  /** The most bytes they take, roughly. Default 134,217,728: 128 MiB. */
  maxBytes?: number | undefined
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
 * When it is full, sessions without an owner and sealed records go first, the least recently used;
 * sessions with an owner are never dropped.
 */
export function memoryStore(
  options: MemoryStoreOptions & { now?: (() => number) | undefined } = {},
): SessionStore {
  const { maxEntries = 100_000, maxBytes = 128 * 1024 * 1024, now: clock } = options
  aWholeNumber('memory.maxEntries', maxEntries, 1)
  aWholeNumber('memory.maxBytes', maxBytes, 1)
  const now = clockOf('memoryStore: now', clock)
  // A Map keeps the order of insertion; taking an entry out and putting it back makes it the newest.
  const droppable = new Map<string, SessionRecord>()
  const kept = new Map<string, SessionRecord>()
  const keysOf = new Map<string, Set<string>>()
  let bytes = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let sweeping: { entries: Iterator<[string, SessionRecord]>; left: number } | undefined
  /** No record expires before this moment. */
  let earliest = Number.POSITIVE_INFINITY
  let searchedAt = Number.NEGATIVE_INFINITY

  const poolOf = ({ owner, successor }: SessionRecord) =>
    owner === undefined || successor ? droppable : kept

  function standing(key: string): SessionRecord | undefined {
    const record = kept.get(key) ?? droppable.get(key)
    if (!record) return undefined
    if (now() < record.expiresAt) return record
    remove(key, record)
    return undefined
  }

  function put(key: string, record: SessionRecord): void {
    bytes += sizeOf(record)
    poolOf(record).set(key, Object.freeze({ ...record }))
    earliest = Math.min(earliest, record.expiresAt)
    if (record.owner !== undefined) {
      const keys = keysOf.get(record.owner) ?? new Set()
      keysOf.set(record.owner, keys.add(key))
    }
    timer ??= later()
  }

  function remove(key: string, record: SessionRecord): void {
    bytes -= sizeOf(record)
    poolOf(record).delete(key)
    if (record.owner === undefined) return
    const keys = keysOf.get(record.owner)
    keys?.delete(key)
    if (keys?.size === 0) keysOf.delete(record.owner)
  }

  /** Makes room for one more record of this size, at the cost of what may be dropped. */
  function makeRoom(size: number): void {
    const fits = () => kept.size + droppable.size < maxEntries && bytes + size <= maxBytes
    if (fits()) return
    removeExpired()
    while (!fits()) {
      const oldest = size > maxBytes ? undefined : droppable.entries().next().value
      if (!oldest) throw fullError()
      remove(...oldest)
    }
  }

  /** Looks at everything, so at most once a second. */
  function removeExpired(): void {
    const time = now()
    if (time < earliest || time - searchedAt < 1_000) return
    searchedAt = time
    earliest = Number.POSITIVE_INFINITY
    for (const [key, record] of both(droppable, kept)) {
      if (time >= record.expiresAt) remove(key, record)
      else earliest = Math.min(earliest, record.expiresAt)
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
    const round = sweeping ?? { entries: both(droppable, kept), left: droppable.size + kept.size }
    const time = now()
    let steps = Math.min(round.left, sweptAtOnce)
    round.left -= steps
    for (; steps > 0; steps -= 1) {
      const next = round.entries.next()
      if (!next.done && time >= next.value[1].expiresAt) remove(...next.value)
    }
    sweeping = round.left > 0 ? round : undefined
    timer = droppable.size + kept.size > 0 ? later() : undefined
  }

  return {
    load(key) {
      const record = standing(key)
      if (record && poolOf(record) === droppable) {
        droppable.delete(key)
        droppable.set(key, record)
      }
      return record
    },
    create(key, record) {
      if (standing(key)) return 'exists'
      makeRoom(sizeOf(record))
      put(key, record)
      return 'created'
    },
    replace(key, record, version) {
      const current = standing(key)
      if (!current) return 'gone'
      if (current.version !== version) return 'conflict'
      remove(key, current)
      try {
        makeRoom(sizeOf(record))
      } catch (error) {
        put(key, current)
        throw error
      }
      put(key, record.successor ? record : { ...record, ...laterTimes(current, record) })
      return 'replaced'
    },
    touch(key, version, lastActivityAt, expiresAt) {
      const current = standing(key)
      if (current?.version !== version) return false
      poolOf(current).set(
        key,
        Object.freeze({ ...current, ...laterTimes(current, { lastActivityAt, expiresAt }) }),
      )
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
      droppable.clear()
      kept.clear()
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

function fullError(): SessionError {
  return new SessionError(
    'session-store-full',
    'The memory store is full of signed-in sessions. Raise memory.maxEntries or memory.maxBytes, or use another driver.',
  )
}

function sizeOf(record: SessionRecord): number {
  return bytesOfAnEntry + 2 * record.payload.length
}

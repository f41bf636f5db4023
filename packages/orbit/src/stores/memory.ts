import { setTimeout } from 'node:timers'
import { SessionError } from '../errors.ts'
import { isPresent } from './envelope.ts'
import { checkedSection } from './options.ts'
import type { SessionRecord, SynchronousStore, WalkableStore } from './store.ts'

/** Bounds of the memory store. */
export interface MemoryStoreOptions {
  /** The most records it holds. Default 100,000. */
  maxEntries?: number | undefined
  /** The most bytes they take, roughly. Default 134,217,728: 128 MiB; at least 16,384. */
  maxBytes?: number | undefined
}

const sweepEvery = 30_000
/** So few that the event loop does not feel it. */
const sweptAtOnce = 1_000
/** What an entry takes besides its payload, roughly. */
const bytesOfAnEntry = 600

/**
 * Sessions in this process: for development, tests and single processes that may forget. It holds
 * strings and numbers only, so no object leaks from one request into another.
 *
 * When it is full, evictable records go first, the least recently used of them; others are never
 * dropped. Records are filed by the second in which they expire, so what has expired is found without
 * looking at what has not.
 *
 * @throws {SessionConfigError} for options that cannot work
 * @example
 * app.use(session({ store: memoryStore({ maxEntries: 10_000 }) }))
 */
export function memoryStore(
  options: MemoryStoreOptions & { now?: (() => number) | undefined } = {},
): WalkableStore & SynchronousStore {
  const { maxEntries, maxBytes, now } = checkedSection('memory', options)
  // A Map keeps the order of insertion; taking an entry out and putting it back makes it the newest.
  const evictable = new Map<string, SessionRecord>()
  const kept = new Map<string, SessionRecord>()
  const expiring = expiryIndex()
  let bytes = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function standing(key: string): SessionRecord | undefined {
    const record = kept.get(key) ?? evictable.get(key)
    if (isPresent(record, now())) return record
    if (record) remove(key, record)
    return undefined
  }

  function put(key: string, record: SessionRecord): void {
    bytes += sizeOf(record)
    const pool = record.evictable ? evictable : kept
    pool.set(key, record)
    expiring.add(key, record)
    timer ??= later(sweepEvery)
  }

  function remove(key: string, record: SessionRecord): void {
    bytes -= sizeOf(record)
    const pool = record.evictable ? evictable : kept
    pool.delete(key)
    expiring.remove(key, record)
  }

  /** Makes room for a record, first of what has expired, then of what may go. */
  function makeRoom(size: number): void {
    const fits = () => kept.size + evictable.size < maxEntries && bytes + size <= maxBytes
    while (!fits()) {
      if (size <= maxBytes && removeExpired(1) > 0) continue
      const oldest = size > maxBytes ? undefined : evictable.entries().next().value
      if (!oldest) throw fullError()
      remove(...oldest)
    }
  }

  function removeExpired(most: number): number {
    let removed = 0
    for (const key of expiring.due(now())) {
      const record = kept.get(key) ?? evictable.get(key)
      if (!record) continue
      remove(key, record)
      removed += 1
      if (removed >= most) break
    }
    return removed
  }

  function later(ms: number): ReturnType<typeof setTimeout> {
    const next = setTimeout(() => {
      const hasMore = removeExpired(sweptAtOnce) >= sweptAtOnce
      timer = kept.size + evictable.size > 0 ? later(hasMore ? 0 : sweepEvery) : undefined
    }, ms)
    next.unref()
    return next
  }

  return {
    isSynchronous: true,
    load(key) {
      const record = standing(key)
      if (record?.evictable) {
        evictable.delete(key)
        evictable.set(key, record)
      }
      return record
    },
    compareAndSet(key, version, next) {
      const current = standing(key)
      if (current?.version !== version) return false
      if (current) remove(key, current)
      if (!next) return true
      try {
        makeRoom(sizeOf(next))
      } catch (error) {
        if (current) put(key, current)
        throw error
      }
      put(key, Object.freeze({ ...next }))
      return true
    },
    keys: () => [...kept.keys(), ...evictable.keys()],
    close() {
      clearTimeout(timer)
      timer = undefined
      evictable.clear()
      kept.clear()
      expiring.clear()
      bytes = 0
    },
  }
}

/** Milliseconds: records that expire within one span are filed together. */
const span = 1_000

/** Keys by the time at which their records expire. */
function expiryIndex() {
  const spans = new Map<number, Set<string>>()
  /** No key is filed before this span. */
  let first = Number.POSITIVE_INFINITY
  const spanOf = (time: number) => Math.floor(time / span)

  return {
    add(key: string, { expiresAt }: SessionRecord): void {
      if (expiresAt === undefined) return
      const at = spanOf(expiresAt)
      const keys = spans.get(at) ?? new Set()
      spans.set(at, keys.add(key))
      first = Math.min(first, at)
    },
    remove(key: string, { expiresAt }: SessionRecord): void {
      if (expiresAt === undefined) return
      const keys = spans.get(spanOf(expiresAt))
      keys?.delete(key)
      if (keys?.size === 0) spans.delete(spanOf(expiresAt))
    },
    /** Those that have expired in the spans before this one, the oldest first. */
    *due(time: number): Generator<string> {
      const current = spanOf(time)
      let empty = 0
      for (; first < current; first += 1) {
        const keys = spans.get(first)
        if (keys) yield* keys
        empty = keys ? 0 : empty + 1
        // In a long gap it is shorter to look through the spans that there are.
        if (empty > spans.size) first = earliest(spans.keys(), current) - 1
      }
    },
    clear: () => spans.clear(),
  }
}

function earliest(times: Iterable<number>, none: number): number {
  let found = none
  for (const time of times) found = Math.min(found, time)
  return found
}

function fullError(): SessionError {
  return new SessionError(
    'session-store-full',
    'The memory store is full of signed-in sessions. Raise memory.maxEntries or memory.maxBytes, or use another driver.',
  )
}

function sizeOf({ payload }: SessionRecord): number {
  return bytesOfAnEntry + 2 * payload.length
}

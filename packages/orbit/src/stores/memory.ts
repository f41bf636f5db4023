import { setTimeout } from 'node:timers'
import { SessionError } from '../errors.ts'
import { isPresent } from './envelope.ts'
import { checkedSection } from './factory-options.ts'
import { Expiring } from './memory/expiring.ts'
import { Evictable, Slot } from './memory/slot.ts'
import type { SessionRecord, SynchronousStore, WalkableStore } from './store.ts'

/** Limits of the memory store. */
export interface MemoryStoreOptions {
  /** Maximum number of records. Default 100,000. */
  maxEntries?: number | undefined
  /** Maximum size of all records in bytes, estimated. Default 134,217,728: 128 MiB. Minimum 16,384. */
  maxBytes?: number | undefined
}

const sweepEvery = 30_000
/** Few enough that a sweep does not noticeably block the event loop. */
const sweptAtOnce = 1_000
/** The estimated size of an entry without its payload. */
const bytesOfAnEntry = 600

/**
 * Keeps sessions in this process, for development, tests and single processes that may lose them. It stores only
 * strings and numbers, so no object leaks from one request into another.
 *
 * When it is full, it drops the least recently used evictable record. It never drops other records. Records are
 * grouped by the second in which they expire, so it finds expired records without checking the rest. No call
 * takes long, even with a million records. A single large Map would block the process whenever it grows or shrinks,
 * because it moves all entries at once.
 *
 * @throws {SessionConfigError} if an option is not valid
 * @example
 * app.use(session({ store: memoryStore({ maxEntries: 10_000 }) }))
 */
export function memoryStore(
  options: MemoryStoreOptions & { now?: (() => number) | undefined } = {},
): WalkableStore & SynchronousStore {
  const { maxEntries, maxBytes, now } = checkedSection('memory', options)
  const slots = shardedMap<Slot>()
  const evictable = new Evictable()
  const expiring = new Expiring()
  let count = 0
  let bytes = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function standing(key: string, time: number): Slot | undefined {
    const slot = slots.of(key).get(key)
    if (!slot || isPresent(slot.record, time)) return slot
    remove(slot)
    return undefined
  }

  function add(key: string, record: SessionRecord): void {
    const slot = new Slot(key, record)
    slots.of(key).set(key, slot)
    count += 1
    bytes += sizeOf(record)
    if (record.evictable) evictable.use(slot)
    expiring.update(slot)
    timer ??= later(sweepEvery)
  }

  function replace(slot: Slot, record: SessionRecord): void {
    bytes += sizeOf(record) - sizeOf(slot.record)
    slot.record = record
    if (record.evictable) evictable.use(slot)
    expiring.update(slot)
  }

  function remove(slot: Slot): void {
    slots.of(slot.key).delete(slot.key)
    count -= 1
    bytes -= sizeOf(slot.record)
    evictable.remove(slot)
    expiring.remove(slot)
  }

  /** Makes room for a record that replaces another one. It removes expired records first, then evictable ones. */
  function makeRoom(next: SessionRecord, current: SessionRecord | undefined, time: number): void {
    const entries = current ? 0 : 1
    const size = sizeOf(next) - (current ? sizeOf(current) : 0)
    if (sizeOf(next) > maxBytes) throw fullError()
    while (count + entries > maxEntries || bytes + size > maxBytes) {
      if (removeExpired(1, time) > 0) continue
      const { oldest } = evictable
      if (!oldest) throw fullError()
      remove(oldest)
    }
  }

  /** Checks at most `most` records whose time has come. Returns the number of records that it checked. */
  function removeExpired(most: number, time: number): number {
    let looked = 0
    for (const slot of expiring.due(time)) {
      if (isPresent(slot.record, time)) expiring.update(slot)
      else remove(slot)
      looked += 1
      if (looked >= most) break
    }
    return looked
  }

  function later(ms: number): ReturnType<typeof setTimeout> {
    const next = setTimeout(() => {
      const hasMore = removeExpired(sweptAtOnce, now()) >= sweptAtOnce
      timer = count > 0 ? later(hasMore ? 0 : sweepEvery) : undefined
    }, ms)
    next.unref()
    return next
  }

  return {
    isSynchronous: true,
    load(key) {
      const slot = standing(key, now())
      if (slot?.record.evictable) evictable.use(slot)
      return slot?.record
    },
    compareAndSet(key, version, next) {
      const time = now()
      const slot = standing(key, time)
      if (slot?.record.version !== version) return false
      if (!next) {
        if (slot) remove(slot)
        return true
      }
      // Do not drop the record to make room for its own new version.
      if (slot) evictable.remove(slot)
      try {
        makeRoom(next, slot?.record, time)
      } catch (error) {
        if (slot?.record.evictable) evictable.use(slot)
        throw error
      }
      const record = kept(next)
      if (slot) replace(slot, record)
      else add(key, record)
      return true
    },
    *keys() {
      for (const shard of slots.all) yield* shard.keys()
    },
    close() {
      clearTimeout(timer)
      timer = undefined
      for (const shard of slots.all) shard.clear()
      evictable.clear()
      expiring.clear()
      count = 0
      bytes = 0
    },
  }
}

/**
 * A frozen copy. The fields are listed, because on Node 20 each frozen copy that is made with `...` gets a separate
 * hidden class.
 */
function kept({ version, payload: parts, expiresAt, evictable }: SessionRecord): SessionRecord {
  const payload = flat(parts)
  if (expiresAt === undefined) {
    return Object.freeze(evictable ? { version, payload, evictable } : { version, payload })
  }
  return Object.freeze(
    evictable ? { version, payload, expiresAt, evictable } : { version, payload, expiresAt },
  )
}

/**
 * V8 keeps a concatenated string as a tree until one of its characters is read. The result of the read must be
 * used, or the compiler removes the read. U+FFFF is not a character, so no string starts with it.
 */
function flat(text: string): string {
  return text.charCodeAt(0) === 0xffff ? text.slice(0) : text
}

/** A Map in several parts. Keys are random, so the parts have about the same size. */
function shardedMap<Value>() {
  const first = new Map<string, Value>()
  const all = [first, ...Array.from({ length: 63 }, () => new Map<string, Value>())]
  return {
    all,
    of: (key: string) => all[key.charCodeAt(key.length - 2) & 63] ?? first,
  }
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

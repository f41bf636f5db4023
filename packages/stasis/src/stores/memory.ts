import { LRUCache } from 'lru-cache'
import { CacheError } from '../errors.ts'
import { incremented } from './number.ts'
import { ReservedMemory } from './reserved-memory.ts'
import type { CacheStore } from './store.ts'

/** A cache in this process. Its entries are lost when the process ends. */
export interface MemoryCacheOptions {
  /** Stores the entries in this process. They are lost when it ends. */
  driver: 'memory'
  /**
   * Maximum number of entries. Above it, the cache removes the least recently used entries. Default 10,000,
   * maximum 10,000,000.
   */
  maxItems?: number | undefined
  /**
   * Maximum size of the entries in bytes, estimated. Reserved spaces of other orbits, for example
   * sessions, can use the same amount in addition. Default 134,217,728: 128 MiB.
   */
  maxBytes?: number | undefined
}

/** The estimated size of an entry in bytes, without its key and its string. */
const bytesOfAnEntry = 200

/** Creates a memory store. It stores strings, so a caller that changes a value never changes it for other callers. */
export function memoryStore(
  options: MemoryCacheOptions & { now?: (() => number) | undefined },
): CacheStore {
  const { maxItems = 10_000, maxBytes = 128 * 1024 * 1024, now = () => Date.now() } = options
  const items = new LRUCache<string, string>({
    max: maxItems,
    maxSize: maxBytes,
    sizeCalculation: (text: string, key: string) => sizeOf(key, text),
    // The cache checks whether an entry has expired when it is read. A timer for each entry would cost too much.
    ttlResolution: 0,
    perf: { now },
  })
  let reserved: ReservedMemory | undefined

  function put(key: string, text: string, ttlMs: number | undefined): void {
    if (sizeOf(key, text) > maxBytes) {
      throw new CacheError(
        'cache-too-large',
        `The value for the cache key "${key}" is larger than the whole memory store. Raise maxBytes of the memory store.`,
      )
    }
    items.set(key, text, ttlMs === undefined ? {} : { ttl: ttlMs })
  }

  return {
    get: (key) => items.get(key),
    has: (key) => items.has(key),
    set: put,
    add(key, text, ttlMs) {
      if (items.has(key)) return false
      put(key, text, ttlMs)
      return true
    },
    delete: (key) => items.has(key) && items.delete(key),
    take(key) {
      const text = items.get(key)
      items.delete(key)
      return text
    },
    increment(key, by, ttlMs) {
      const text = items.get(key)
      if (text === undefined) {
        put(key, String(by), ttlMs)
        return by
      }
      const sum = incremented(text, by)
      if (sum !== undefined) items.set(key, String(sum), { noUpdateTTL: true })
      return sum
    },
    compareAndSet(key, expected, next, ttlMs) {
      if (items.get(key) !== expected) return false
      if (next === undefined) items.delete(key)
      else put(key, next, ttlMs)
      return true
    },
    clear: () => items.clear(),
    reserve(namespace) {
      reserved ??= new ReservedMemory(maxBytes)
      return reserved.space(namespace)
    },
    ready() {},
    close() {
      items.clear()
      reserved?.clear()
    },
  }
}

function sizeOf(key: string, text: string): number {
  return bytesOfAnEntry + 2 * (key.length + text.length)
}

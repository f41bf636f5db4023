import { LRUCache } from 'lru-cache'
import { CacheError } from '../errors.ts'
import type { ReservedEntry, ReservedSpace } from './store.ts'

/** The number of entries that each write checks, so that expired ones are removed without a timer. */
const sweptPerWrite = 4
/** The number of entries that a write checks if there is no room. This takes about a millisecond. */
const sweptWhenFull = 10_000
const bytesOfAnEntry = 200

/**
 * The reserved spaces of a memory store. Evictable entries are in a separate cache that removes the least
 * recently used ones. Other entries stay until they expire. If there is no room for them, the write is refused.
 */
export class ReservedMemory {
  readonly #evictable: LRUCache<string, ReservedEntry>
  readonly #kept = new Map<string, ReservedEntry>()
  readonly #maxBytes: number
  #bytes = 0
  #round: Iterator<[string, ReservedEntry]> = this.#kept.entries()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#evictable = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (entry, key) => sizeOf(key, entry),
    })
  }

  space(namespace: string): ReservedSpace {
    const start = `${namespace}:`
    return {
      get: (key, now) => this.#get(start + key, now),
      compareAndSet: (key, version, next, now) => {
        if (this.#get(start + key, now)?.version !== version) return false
        if (next) this.#put(start + key, Object.freeze({ ...next }), now)
        else this.#remove(start + key)
        return true
      },
      keys: () =>
        [...this.#kept.keys(), ...this.#evictable.keys()]
          .filter((key) => key.startsWith(start))
          .map((key) => key.slice(start.length)),
    }
  }

  clear(): void {
    this.#evictable.clear()
    this.#kept.clear()
    this.#bytes = 0
  }

  #get(key: string, now: number): ReservedEntry | undefined {
    const entry = this.#kept.get(key) ?? this.#evictable.get(key)
    if (!entry || isPresent(entry, now)) return entry
    this.#remove(key)
    return undefined
  }

  #put(key: string, entry: ReservedEntry, now: number): void {
    const size = sizeOf(key, entry)
    if (size > this.#maxBytes) throw fullError()
    if (entry.evictable) {
      this.#remove(key)
      this.#evictable.set(key, entry)
      return
    }
    this.#sweep(sweptPerWrite, now)
    const existing = this.#kept.get(key)
    const freed = existing ? sizeOf(key, existing) : 0
    const fits = (): boolean => this.#bytes + size - freed <= this.#maxBytes
    if (!fits()) this.#sweep(sweptWhenFull, now)
    if (!fits()) throw fullError()
    this.#remove(key)
    this.#kept.set(key, entry)
    this.#bytes += size
  }

  #remove(key: string): void {
    const kept = this.#kept.get(key)
    if (kept) this.#bytes -= sizeOf(key, kept)
    this.#kept.delete(key)
    this.#evictable.delete(key)
  }

  /** Removes expired entries. It continues where the last call stopped, and starts over after the last entry. */
  #sweep(most: number, now: number): void {
    for (let steps = Math.min(most, this.#kept.size); steps > 0; steps -= 1) {
      const next = this.#round.next()
      if (next.done) this.#round = this.#kept.entries()
      else if (!isPresent(next.value[1], now)) this.#remove(next.value[0])
    }
  }
}

function isPresent({ expiresAt }: ReservedEntry, now: number): boolean {
  return expiresAt === undefined || now < expiresAt
}

function sizeOf(key: string, { payload }: ReservedEntry): number {
  return bytesOfAnEntry + 2 * (key.length + payload.length)
}

function fullError(): CacheError {
  return new CacheError(
    'cache-full',
    'The memory store of the cache is full of entries that must not be removed. Raise maxBytes of the store, or use the redis store.',
  )
}

import type { LRUCache } from 'lru-cache'
import { CacheError } from '../errors.ts'
import type { ReservedOptions, ReservedSpace } from './store.ts'

interface Kept {
  readonly text: string
  /** When it expires, in milliseconds since the epoch. */
  readonly until: number
}

/** How many entries each write looks at, so that expired ones go without a timer. */
const sweptPerWrite = 4
/** How many a write looks at that finds no room: about a millisecond. */
const sweptWhenFull = 10_000
const bytesOfAnEntry = 200

/**
 * The reserved spaces of a memory store: what may be dropped is in a cache, the least recently used
 * going first; what may not stays until it expires, and where that is too much, a write is refused.
 */
export class ReservedMemory {
  readonly #droppable: LRUCache<string, string>
  readonly #kept = new Map<string, Kept>()
  readonly #bounds: { maxBytes: number; now: () => number }
  #bytes = 0
  #round: Iterator<[string, Kept]> = this.#kept.entries()

  constructor(
    droppable: LRUCache<string, string>,
    bounds: { maxBytes: number; now: () => number },
  ) {
    this.#droppable = droppable
    this.#bounds = bounds
  }

  space(namespace: string): ReservedSpace {
    const within = (key: string) => `${namespace}:${key}`
    return {
      get: (key) => this.#get(within(key)),
      compareAndSet: (key, expected, next, options = {}) => {
        const full = within(key)
        if (this.#get(full) !== expected) return false
        if (next === undefined) this.#remove(full)
        else this.#put(full, next, options)
        return true
      },
    }
  }

  clear(): void {
    this.#droppable.clear()
    this.#kept.clear()
    this.#bytes = 0
  }

  #get(key: string): string | undefined {
    const kept = this.#kept.get(key)
    if (!kept) return this.#droppable.get(key)
    if (this.#bounds.now() < kept.until) return kept.text
    this.#remove(key)
    return undefined
  }

  #put(key: string, text: string, { ttlMs, mayDrop = false }: ReservedOptions): void {
    const size = sizeOf(key, text)
    if (size > this.#bounds.maxBytes) throw fullError()
    if (mayDrop) {
      this.#remove(key)
      this.#droppable.set(key, text, ttlMs === undefined ? {} : { ttl: ttlMs })
      return
    }
    this.#sweep(sweptPerWrite)
    const standing = this.#kept.get(key)
    const room = (): boolean =>
      this.#bytes + size - (standing ? sizeOf(key, standing.text) : 0) <= this.#bounds.maxBytes
    if (!room()) this.#sweep(sweptWhenFull)
    if (!room()) throw fullError()
    this.#remove(key)
    const until = ttlMs === undefined ? Number.POSITIVE_INFINITY : this.#bounds.now() + ttlMs
    this.#kept.set(key, { text, until })
    this.#bytes += size
  }

  #remove(key: string): void {
    const kept = this.#kept.get(key)
    if (kept) this.#bytes -= sizeOf(key, kept.text)
    this.#kept.delete(key)
    this.#droppable.delete(key)
  }

  /** Goes on where it stopped, and begins again at the end. */
  #sweep(most: number): void {
    const time = this.#bounds.now()
    for (let steps = Math.min(most, this.#kept.size); steps > 0; steps -= 1) {
      const next = this.#round.next()
      if (next.done) this.#round = this.#kept.entries()
      else if (time >= next.value[1].until) this.#remove(next.value[0])
    }
  }
}

function sizeOf(key: string, text: string): number {
  return bytesOfAnEntry + 2 * (key.length + text.length)
}

function fullError(): CacheError {
  return new CacheError(
    'cache-full',
    'The memory store of the cache is full of what may not be dropped. Raise its maxBytes, or use the redis store.',
  )
}

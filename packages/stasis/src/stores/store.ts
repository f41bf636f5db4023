/** A value or a promise of one. A store in the same process needs no promises. */
export type Awaitable<T> = T | Promise<T>

/** An entry of a reserved space. */
export interface ReservedEntry {
  /** A random value of 1 to 64 letters, digits, `-` and `_`. Create a new one for each write. */
  readonly version: string
  /** The data of the entry. */
  readonly payload: string
  /** When the entry expires, in milliseconds since the epoch. Without it, the entry does not expire. */
  readonly expiresAt?: number
  /** Whether the entry may be removed when memory is short. Default `false`. */
  readonly evictable?: boolean
}

/**
 * A part of a cache that belongs to one orbit. The app's keys cannot reach its entries, and `clear` does not remove
 * them. `now` is the time of your clock in milliseconds since the epoch. An expired entry counts as missing.
 */
export interface ReservedSpace {
  /**
   * Returns the entry under the key. If the cache cannot read it, its version is the empty string.
   *
   * @throws {CacheError} `cache-newer-format` if a newer release wrote the entry
   */
  get(key: string, now: number): Awaitable<ReservedEntry | undefined>
  /**
   * Replaces the entry with `next` if it has this version, atomically. Returns whether it replaced the entry. If
   * `version` is `undefined`, there must be no entry. If `next` is `undefined`, the entry is removed.
   *
   * @throws {CacheError} `cache-full` if there is no room. Removing an entry always works
   */
  compareAndSet(
    key: string,
    version: string | undefined,
    next: ReservedEntry | undefined,
    now: number,
  ): Awaitable<boolean>
  /**
   * Lists the keys, each at least once. Keys of entries that appear, disappear or expire in the meantime may be
   * included.
   */
  keys(): AsyncIterable<string> | Iterable<string>
}

/** A store of entries, which are strings. Every method is atomic. If `ttlMs` is undefined, the entry does not expire. */
export interface CacheStore {
  get(key: string): Awaitable<string | undefined>
  has(key: string): Awaitable<boolean>
  set(key: string, text: string, ttlMs: number | undefined): Awaitable<void>
  /** Stores the string only if there is no entry. Returns whether it stored the string. */
  add(key: string, text: string, ttlMs: number | undefined): Awaitable<boolean>
  delete(key: string): Awaitable<boolean>
  /** Returns the entry and removes it. */
  take(key: string): Awaitable<string | undefined>
  /**
   * Returns the sum, or `undefined` if the entry or the sum is not a safe integer. An existing entry keeps its time to
   * live. `ttlMs` applies to a new entry.
   */
  increment(key: string, by: number, ttlMs: number | undefined): Awaitable<number | undefined>
  compareAndSet(
    key: string,
    expected: string | undefined,
    next: string | undefined,
    ttlMs: number | undefined,
  ): Awaitable<boolean>
  /** Removes everything except the reserved spaces. */
  clear(): Awaitable<void>
  reserve(namespace: string): ReservedSpace
  /**
   * Connects the store.
   *
   * @throws {CacheConfigError} if the options can never work. An unavailable server is not an error
   */
  ready(): Awaitable<void>
  close(): Awaitable<void>
}

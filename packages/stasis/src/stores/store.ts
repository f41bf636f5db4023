/** A value now or later: a store in the same process need not make promises. */
export type Awaitable<T> = T | Promise<T>

/** An entry of a reserved space. */
export interface ReservedEntry {
  /** Random, and new at each write: 1 to 64 letters, digits, `-` and `_`. You draw it. */
  readonly version: string
  /** What you keep. */
  readonly payload: string
  /** Milliseconds since the epoch. From this moment on the entry is absent. Without it, it never is. */
  readonly expiresAt?: number
  /** Whether it may go before its time when memory is short. Other entries may not. */
  readonly evictable?: boolean
}

/**
 * A part of a cache that belongs to one orbit: no key of the app reaches it, and `clear` leaves it
 * alone. `now` is the time by your clock, in milliseconds since the epoch: an expired entry is absent.
 */
export interface ReservedSpace {
  /**
   * What stands under the key. A value that the cache cannot read has the empty version.
   *
   * @throws {CacheError} `cache-newer-format` for an entry that a newer release wrote
   */
  get(key: string, now: number): Awaitable<ReservedEntry | undefined>
  /**
   * Puts `next` where an entry of this version stands, atomically, and says whether it did. `version`
   * `undefined`: where nothing stands. `next` `undefined`: removes the entry.
   *
   * @throws {CacheError} `cache-full` if there is no room. Removing needs none
   */
  compareAndSet(
    key: string,
    version: string | undefined,
    next: ReservedEntry | undefined,
    now: number,
  ): Awaitable<boolean>
  /** The keys, each at least once. Entries that come, go or expire meanwhile may be among them. */
  keys(): AsyncIterable<string> | Iterable<string>
}

/** Where entries live, as text. Every verb is atomic. A `ttlMs` of undefined means forever. */
export interface CacheStore {
  get(key: string): Awaitable<string | undefined>
  has(key: string): Awaitable<boolean>
  set(key: string, text: string, ttlMs: number | undefined): Awaitable<void>
  /** Only where nothing stands. Says whether it did. */
  add(key: string, text: string, ttlMs: number | undefined): Awaitable<boolean>
  delete(key: string): Awaitable<boolean>
  /** Gets and removes. */
  take(key: string): Awaitable<string | undefined>
  /** Keeps the time to live of what stands; `ttlMs` is for a new entry. `undefined`: no number. */
  increment(key: string, by: number, ttlMs: number | undefined): Awaitable<number | undefined>
  compareAndSet(
    key: string,
    expected: string | undefined,
    next: string | undefined,
    ttlMs: number | undefined,
  ): Awaitable<boolean>
  /** Everything but the reserved spaces. */
  clear(): Awaitable<void>
  reserve(namespace: string): ReservedSpace
  /**
   * @throws {CacheConfigError} for what can never work; a server that is away is no reason
   */
  ready(): Awaitable<void>
  close(): Awaitable<void>
}

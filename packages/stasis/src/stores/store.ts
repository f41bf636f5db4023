/** A value now or later: a store in the same process need not make promises. */
export type Awaitable<T> = T | Promise<T>

/** How an entry of a reserved space is kept. */
export interface ReservedOptions {
  /** Milliseconds that it lives. Default: for ever. */
  ttlMs?: number
  /** Whether it may go before its time where memory is short. Default: it may not. */
  mayDrop?: boolean
}

/**
 * A part of a cache that belongs to one orbit: no key of the app reaches it, and `clear` leaves it
 * alone. It keeps strings.
 */
export interface ReservedSpace {
  /** What stands under the key. */
  get(key: string): Awaitable<string | undefined>
  /**
   * Puts `next` in the place of `expected`, atomically, and says whether it did. `undefined` is
   * nothing: as `expected`, nothing may stand there; as `next`, the entry is removed.
   *
   * @throws {CacheError} `cache-full` where what may not be dropped no longer fits
   */
  compareAndSet(
    key: string,
    expected: string | undefined,
    next: string | undefined,
    options?: ReservedOptions,
  ): Awaitable<boolean>
  /** On a server: calls the listener whenever a connection to it has been made. */
  onConnect?(listener: () => void): void
}

/** Where entries live, as text. Every verb is atomic. A `ttlMs` of undefined is for ever. */
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

import { CacheError } from './errors.ts'
import type { CacheStore, ReservedSpace } from './stores/store.ts'
import { decode, encode } from './value.ts'

/** A running computation of `remember`. */
interface Flight {
  readonly text: Promise<string>
}

/**
 * A cache. It stores JSON values: plain objects, arrays, strings, finite numbers, booleans and null.
 * If you store any other value, the method throws an error that names the key. Properties whose value is
 * `undefined` are left out. `get` returns a copy of the value. `undefined` means that there is no entry.
 *
 * Times to live are in seconds. The default is `defaultTtl`. An entry can disappear before it expires,
 * because a cache removes entries when memory is short.
 *
 * Every method throws a {@link CacheError}: with the code `cache-unavailable` if the store does not respond, and
 * with the code `cache-bad-key` if a key is not a string, is empty or is not valid Unicode.
 */
export class Cache {
  readonly #store: CacheStore
  readonly #ttlMs: number
  readonly #all: ReadonlyMap<string, Cache>
  readonly #flights = new Map<string, Flight>()

  /** Use `createCache` instead of the constructor. */
  constructor(store: CacheStore, ttlMs: number, all: ReadonlyMap<string, Cache>) {
    this.#store = store
    this.#ttlMs = ttlMs
    this.#all = all
  }

  /** Returns the value under the key, or `fallback` if there is none. */
  async get<T = unknown>(key: string): Promise<T | undefined>
  async get<T>(key: string, fallback: T): Promise<T>
  async get(key: string, fallback?: unknown): Promise<unknown> {
    const text = await this.#store.get(aKey(key))
    return text === undefined ? fallback : decode(key, text)
  }

  /** Returns whether there is an entry under the key. */
  async has(key: string): Promise<boolean> {
    return this.#store.has(aKey(key))
  }

  /** Stores the value. Replaces an existing entry. */
  async set(key: string, value: unknown, ttlSeconds?: number): Promise<void> {
    this.#forgetFlight(key)
    await this.#store.set(aKey(key), encode(key, value), this.#ttl(ttlSeconds))
  }

  /** Like `set`, but the entry does not expire. */
  async forever(key: string, value: unknown): Promise<void> {
    this.#forgetFlight(key)
    await this.#store.set(aKey(key), encode(key, value), undefined)
  }

  /** Stores the value only if the key has no entry, atomically. Returns whether it stored the value. */
  async add(key: string, value: unknown, ttlSeconds?: number): Promise<boolean> {
    return this.#store.add(aKey(key), encode(key, value), this.#ttl(ttlSeconds))
  }

  /** Removes the entry. Returns whether there was one. */
  async delete(key: string): Promise<boolean> {
    this.#forgetFlight(key)
    return this.#store.delete(aKey(key))
  }

  /** Returns the value and removes the entry, atomically. If several callers pull a key, exactly one gets the value. */
  async pull<T = unknown>(key: string): Promise<T | undefined>
  async pull(key: string): Promise<unknown> {
    this.#forgetFlight(key)
    const text = await this.#store.take(aKey(key))
    return text === undefined ? undefined : decode(key, text)
  }

  /**
   * Returns the value under the key. If there is none, calls `make` and stores its result.
   *
   * Within one process, callers share one computation: if `make` is already running for the key, the call waits
   * for its result. Another process runs its own `make`, and the value that is stored first stays. If
   * `make` throws, all waiting callers get the error, and nothing is stored. If this process sets or
   * deletes the key while `make` runs, the result is not stored.
   *
   * @example
   * const user = await cache.remember(`user:${id}`, () => loadUser(id), 60)
   */
  async remember<T>(key: string, make: () => T | Promise<T>, ttlSeconds?: number): Promise<T>
  async remember(key: string, make: () => unknown, ttlSeconds?: number): Promise<unknown> {
    const ttlMs = this.#ttl(ttlSeconds)
    const name = aKey(key)
    const flight = this.#flights.get(key) ?? this.#takeOff(name, make, ttlMs)
    return decode(key, await flight.text)
  }

  /**
   * Adds `by` to a whole number, atomically, and returns the sum. If there is no entry, the sum is `by`, and
   * the time to live starts. Later calls do not extend it.
   *
   * @throws {CacheError} `cache-not-a-number` if the value or the sum is not a whole number up to 2^53
   */
  async increment(key: string, by = 1, ttlSeconds?: number): Promise<number> {
    if (!Number.isSafeInteger(by)) throw noNumber(key)
    this.#forgetFlight(key)
    const sum = await this.#store.increment(aKey(key), by, this.#ttl(ttlSeconds))
    if (sum === undefined) throw noNumber(key)
    return sum
  }

  /** Subtracts `by`, like `increment` with a negative number. */
  async decrement(key: string, by = 1, ttlSeconds?: number): Promise<number> {
    // `-by` would be -0 for 0.
    return this.increment(key, 0 - by, ttlSeconds)
  }

  /**
   * Replaces `expected` with `next`, atomically. Returns whether it replaced the value. If `expected` is
   * `undefined`, there must be no entry. If `next` is `undefined`, the entry is removed. Values are compared
   * as JSON strings, and the order of properties counts, so pass a value from `get` as `expected`.
   */
  async compareAndSet(
    key: string,
    expected: unknown,
    next: unknown,
    ttlSeconds?: number,
  ): Promise<boolean> {
    const text = (value: unknown) => (value === undefined ? undefined : encode(key, value))
    this.#forgetFlight(key)
    const ttlMs = this.#ttl(ttlSeconds)
    return this.#store.compareAndSet(aKey(key), text(expected), text(next), ttlMs)
  }

  /** Removes all entries of this store. Reserved spaces and other stores keep their entries. */
  async clear(): Promise<void> {
    this.#flights.clear()
    await this.#store.clear()
  }

  /**
   * Returns the cache of another configured store.
   *
   * @throws {RangeError} if there is no store with this name
   */
  store(name: string): Cache {
    const cache = this.#all.get(name)
    if (cache) return cache
    throw new RangeError(
      `The cache has no store "${name}". The stores are: ${[...this.#all.keys()].join(', ')}.`,
    )
  }

  /**
   * Reserves a separate space for an orbit. The app's keys cannot reach its entries, and `clear` does not remove
   * them. The space has one atomic method. `@gravito/orbit` stores its sessions in a reserved space.
   */
  reserve(namespace: string): ReservedSpace {
    if (!/^[\w-]+$/.test(namespace)) throw badKey(namespace, 'letters, digits, "_" and "-"')
    return this.#store.reserve(namespace)
  }

  /**
   * Connects the stores, and waits for them up to the time limit of a call. An unavailable server is not an error.
   *
   * @throws {CacheConfigError} if the `redis` package is missing
   */
  async ready(): Promise<void> {
    await Promise.all([...this.#all.values()].map((cache) => cache.#store.ready()))
  }

  /** Closes the connections of all stores. Memory stores remove their entries. */
  async close(): Promise<void> {
    await Promise.all([...this.#all.values()].map((cache) => cache.#store.close()))
  }

  #takeOff(key: string, make: () => unknown, ttlMs: number): Flight {
    const isWanted = (): boolean => this.#flights.get(key) === flight
    const flight: Flight = { text: this.#look(key, make, ttlMs, isWanted) }
    this.#flights.set(key, flight)
    const land = () => {
      if (isWanted()) this.#flights.delete(key)
    }
    flight.text.then(land, land)
    return flight
  }

  async #look(
    key: string,
    make: () => unknown,
    ttlMs: number,
    isWanted: () => boolean,
  ): Promise<string> {
    const stored = await this.#store.get(key)
    if (stored !== undefined) return stored
    const text = encode(key, await make())
    // `add` keeps an entry that was stored in the meantime, because it is newer than the data that `make` used.
    if (isWanted()) await this.#store.add(key, text, ttlMs)
    return text
  }

  /** Discards the running computation of a key that changes, because its result would be out of date. */
  #forgetFlight(key: string): void {
    this.#flights.delete(key)
  }

  #ttl(seconds: number | undefined): number {
    if (seconds === undefined) return this.#ttlMs
    const ms = Math.ceil(seconds * 1000)
    if (Number.isSafeInteger(ms) && ms > 0) return ms
    throw new CacheError(
      'cache-bad-ttl',
      `The time to live is ${String(seconds)}. Use a number of seconds above 0. For an entry that does not expire, use forever().`,
    )
  }
}

function aKey(key: unknown): string {
  // A server replaces a lone surrogate with another character, so two keys could become the same.
  if (typeof key === 'string' && key !== '' && !/\p{Surrogate}/u.test(key)) return key
  throw badKey(key)
}

function badKey(
  key: unknown,
  rule = 'a string that is not empty and is valid Unicode',
): CacheError {
  return new CacheError(
    'cache-bad-key',
    `${JSON.stringify(key)} is not a valid cache key. Use ${rule}.`,
  )
}

function noNumber(key: string): CacheError {
  return new CacheError(
    'cache-not-a-number',
    `The value under the cache key "${key}" cannot be incremented or decremented: the value, the step and the result must be whole numbers up to 2^53. Delete the entry, or use another key.`,
  )
}

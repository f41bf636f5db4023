import { CacheError } from './errors.ts'
import type { CacheStore, ReservedSpace } from './stores/store.ts'
import { decode, encode } from './value.ts'

/** A running computation of `remember`. */
interface Flight {
  readonly text: Promise<string>
}

/**
 * A cache. It stores JSON values: plain objects, arrays, strings, finite numbers, booleans and null.
 * Any other value throws when you store it, and the error names the key. A property that is
 * `undefined` is left out. You get a copy of the value. `undefined` means that there is no entry.
 *
 * Times to live are in seconds. Without one, `defaultTtl` applies. An entry can disappear before its
 * time: a cache drops entries when memory is short.
 *
 * Every method throws a {@link CacheError}: `cache-unavailable` if the store does not respond,
 * `cache-bad-key` if a key is not a string, is empty or is not valid Unicode.
 */
export class Cache {
  readonly #store: CacheStore
  readonly #ttlMs: number
  readonly #all: ReadonlyMap<string, Cache>
  readonly #flights = new Map<string, Flight>()

  /** Use `createCache`. */
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

  /** Whether there is an entry under the key. */
  async has(key: string): Promise<boolean> {
    return this.#store.has(aKey(key))
  }

  /** Stores the value. It replaces an existing one. */
  async set(key: string, value: unknown, ttlSeconds?: number): Promise<void> {
    this.#forgetFlight(key)
    await this.#store.set(aKey(key), encode(key, value), this.#ttl(ttlSeconds))
  }

  /** Like `set`, but the entry does not expire. */
  async forever(key: string, value: unknown): Promise<void> {
    this.#forgetFlight(key)
    await this.#store.set(aKey(key), encode(key, value), undefined)
  }

  /** Stores the value if the key has no entry, atomically. Returns whether it did. */
  async add(key: string, value: unknown, ttlSeconds?: number): Promise<boolean> {
    return this.#store.add(aKey(key), encode(key, value), this.#ttl(ttlSeconds))
  }

  /** Removes the entry. Returns whether there was one. */
  async delete(key: string): Promise<boolean> {
    this.#forgetFlight(key)
    return this.#store.delete(aKey(key))
  }

  /** Returns the value and removes the entry, atomically: of any number of callers, exactly one gets it. */
  async pull<T = unknown>(key: string): Promise<T | undefined>
  async pull(key: string): Promise<unknown> {
    this.#forgetFlight(key)
    const text = await this.#store.take(aKey(key))
    return text === undefined ? undefined : decode(key, text)
  }

  /**
   * Returns the value under the key. If there is none, calls `make` and stores its result. Callers in
   * the same process that come while `make` runs wait for its result. Another process runs its own
   * `make`, and the value that is stored first stays. If `make` throws, all waiting callers get the
   * error, and nothing is stored. If this process sets or deletes the key meanwhile, the result is
   * not stored.
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
   * Adds to a whole number, atomically, and returns the sum. If there is no entry, the sum is `by`, and
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

  /** Like `increment` with a negative number. */
  async decrement(key: string, by = 1, ttlSeconds?: number): Promise<number> {
    // Not -by: for 0 that would be -0.
    return this.increment(key, 0 - by, ttlSeconds)
  }

  /**
   * Replaces `expected` with `next`, atomically. Returns whether it did. `undefined` stands for no
   * entry: as `expected`, there must be no entry; as `next`, the entry is removed. Values are compared
   * as JSON strings, and the order of properties counts, so take `expected` from `get`.
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

  /** Removes all entries of this store. Reserved spaces and other stores keep theirs. */
  async clear(): Promise<void> {
    this.#flights.clear()
    await this.#store.clear()
  }

  /** Returns the cache over another configured store. */
  store(name: string): Cache {
    const cache = this.#all.get(name)
    if (cache) return cache
    throw new RangeError(
      `The cache has no store "${name}". It has: ${[...this.#all.keys()].join(', ')}.`,
    )
  }

  /**
   * Reserves a separate space for an orbit. The app's keys do not reach it, and `clear` does not empty
   * it. It has one atomic method. `@gravito/orbit` keeps its sessions in such a space.
   */
  reserve(namespace: string): ReservedSpace {
    if (!/^[\w-]+$/.test(namespace)) throw badKey(namespace, 'letters, digits, "_" and "-"')
    return this.#store.reserve(namespace)
  }

  /**
   * Connects the stores and waits a moment for them. A server that is unavailable is not an error.
   *
   * @throws {CacheConfigError} if the `redis` package is missing
   */
  async ready(): Promise<void> {
    await Promise.all([...this.#all.values()].map((cache) => cache.#store.ready()))
  }

  /** Closes the connections of all stores. Memory stores lose their entries. */
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
    const standing = await this.#store.get(key)
    if (standing !== undefined) return standing
    const text = encode(key, await make())
    // If there is an entry now, it is newer than the data that `make` started with.
    if (isWanted()) await this.#store.add(key, text, ttlMs)
    return text
  }

  /** After a change of the key, the value that is being computed is out of date. */
  #forgetFlight(key: string): void {
    this.#flights.delete(key)
  }

  #ttl(seconds: number | undefined): number {
    if (seconds === undefined) return this.#ttlMs
    const ms = Math.ceil(seconds * 1000)
    if (Number.isSafeInteger(ms) && ms > 0) return ms
    throw new CacheError(
      'cache-bad-ttl',
      `The time to live is ${String(seconds)}. Use a number of seconds above 0, or forever() for an entry that does not expire.`,
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
    `The value under the cache key "${key}" cannot be counted: it must stay a whole number up to 2^53. Delete the entry, or use another key.`,
  )
}

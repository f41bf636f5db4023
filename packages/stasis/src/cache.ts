import { CacheError } from './errors.ts'
import type { CacheStore, ReservedSpace } from './stores/store.ts'
import { decode, encode } from './value.ts'

/** A computation of `remember` that is under way. */
interface Flight {
  readonly text: Promise<string>
}

/**
 * A cache. It keeps what JSON keeps: plain objects, arrays, strings, finite numbers, booleans and
 * null. Anything else throws when it is put in, naming the key; a property that is undefined is left
 * out. What you get is a copy of your own. `undefined` means that nothing is there.
 *
 * Times to live are seconds, and `defaultTtl` where none is given. Any entry may be gone before its
 * time: a cache forgets when memory is short.
 *
 * Every method throws a {@link CacheError}: `cache-unavailable` where the store does not answer,
 * `cache-bad-key` for a key that is no text, is empty or no valid Unicode.
 */
export class Cache {
  readonly #store: CacheStore
  readonly #ttlMs: number
  readonly #all: ReadonlyMap<string, Cache>
  readonly #flights = new Map<string, Flight>()

  /** Made by `createCache`. */
  constructor(store: CacheStore, ttlMs: number, all: ReadonlyMap<string, Cache>) {
    this.#store = store
    this.#ttlMs = ttlMs
    this.#all = all
  }

  /** What stands under the key; `fallback` if nothing does. */
  async get<T = unknown>(key: string): Promise<T | undefined>
  async get<T>(key: string, fallback: T): Promise<T>
  async get(key: string, fallback?: unknown): Promise<unknown> {
    const text = await this.#store.get(aKey(key))
    return text === undefined ? fallback : decode(key, text)
  }

  /** Whether something stands under the key. */
  async has(key: string): Promise<boolean> {
    return this.#store.has(aKey(key))
  }

  /** Puts the value there, whatever stood there. */
  async set(key: string, value: unknown, ttlSeconds?: number): Promise<void> {
    this.#forgetFlight(key)
    await this.#store.set(aKey(key), encode(key, value), this.#ttl(ttlSeconds))
  }

  /** `set` without an end. */
  async forever(key: string, value: unknown): Promise<void> {
    this.#forgetFlight(key)
    await this.#store.set(aKey(key), encode(key, value), undefined)
  }

  /** Puts the value there if nothing stands there, atomically. Says whether it did. */
  async add(key: string, value: unknown, ttlSeconds?: number): Promise<boolean> {
    return this.#store.add(aKey(key), encode(key, value), this.#ttl(ttlSeconds))
  }

  /** Removes what stands under the key. Says whether there was something. */
  async delete(key: string): Promise<boolean> {
    this.#forgetFlight(key)
    return this.#store.delete(aKey(key))
  }

  /** Gets and removes, atomically: of any number of callers exactly one gets it. */
  async pull<T = unknown>(key: string): Promise<T | undefined>
  async pull(key: string): Promise<unknown> {
    this.#forgetFlight(key)
    const text = await this.#store.take(aKey(key))
    return text === undefined ? undefined : decode(key, text)
  }

  /**
   * What stands under the key; else what `make` makes, which is then kept. Callers of one process
   * that come while it is being made wait for the same computation; another process makes its own,
   * and what was kept first stays. Where `make` throws, all who wait get the error, and nothing is
   * kept. Where the key is set or deleted meanwhile by this process, the result is not kept.
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
   * Adds to a whole number, atomically, and returns the sum; where nothing stands, that is `by`, and
   * the time to live begins. Later ones do not move it.
   *
   * @throws {CacheError} `cache-not-a-number` for anything but whole numbers up to 2^53
   */
  async increment(key: string, by = 1, ttlSeconds?: number): Promise<number> {
    if (!Number.isSafeInteger(by)) throw noNumber(key)
    this.#forgetFlight(key)
    const sum = await this.#store.increment(aKey(key), by, this.#ttl(ttlSeconds))
    if (sum === undefined) throw noNumber(key)
    return sum
  }

  /** `increment` by the negative. */
  async decrement(key: string, by = 1, ttlSeconds?: number): Promise<number> {
    // Not -by: of 0 that is -0.
    return this.increment(key, 0 - by, ttlSeconds)
  }

  /**
   * Puts `next` in the place of `expected`, atomically, and says whether it did. `undefined` is
   * nothing: as `expected`, nothing may stand there; as `next`, the entry is removed. Values are
   * compared as JSON text, so take `expected` from `get`: the order of properties counts.
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

  /** Removes all entries of this store, and nothing of its reserved spaces or of other stores. */
  async clear(): Promise<void> {
    this.#flights.clear()
    await this.#store.clear()
  }

  /** The cache over another of the configured stores. */
  store(name: string): Cache {
    const cache = this.#all.get(name)
    if (cache) return cache
    throw new RangeError(
      `The cache has no store "${name}". It has: ${[...this.#all.keys()].join(', ')}.`,
    )
  }

  /**
   * A space for the author of an orbit, beside the app's entries: no key of the app reaches it, and
   * `clear` does not empty it. It has one atomic verb. The sessions of `@gravito/orbit` live in one.
   */
  reserve(namespace: string): ReservedSpace {
    if (!/^[\w-]+$/.test(namespace)) throw badKey(namespace)
    return this.#store.reserve(namespace)
  }

  /**
   * Connects the stores, and waits a moment for it. A server that is away is no error.
   *
   * @throws {CacheConfigError} if the `redis` package is missing
   */
  async ready(): Promise<void> {
    await Promise.all([...this.#all.values()].map((cache) => cache.#store.ready()))
  }

  /** Gives back the connections of all stores; the memory stores forget. */
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
    // What stands there by now is newer than what `make` began with.
    if (isWanted()) await this.#store.add(key, text, ttlMs)
    return text
  }

  /** A change of the key makes the value that is being computed for it old. */
  #forgetFlight(key: string): void {
    this.#flights.delete(key)
  }

  #ttl(seconds: number | undefined): number {
    if (seconds === undefined) return this.#ttlMs
    const ms = Math.ceil(seconds * 1000)
    if (Number.isSafeInteger(ms) && ms > 0) return ms
    throw new CacheError(
      'cache-bad-ttl',
      `A time to live is ${String(seconds)}; it must be a number of seconds above 0. For no end there is forever().`,
    )
  }
}

function aKey(key: unknown): string {
  // A lone surrogate would become another character on its way to a server, and meet other keys.
  if (typeof key === 'string' && key !== '' && !/\p{Surrogate}/u.test(key)) return key
  throw badKey(key)
}

function badKey(key: unknown): CacheError {
  return new CacheError(
    'cache-bad-key',
    `${JSON.stringify(key)} is no key of a cache: it must be a text that is not empty.`,
  )
}

function noNumber(key: string): CacheError {
  return new CacheError(
    'cache-not-a-number',
    `The cache cannot count on "${key}": whole numbers up to 2^53 only. Delete the key, or count on another.`,
  )
}

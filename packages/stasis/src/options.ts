import { CacheConfigError } from './errors.ts'
import type { MemoryCacheOptions } from './stores/memory.ts'
import type { RedisCacheOptions } from './stores/redis.ts'

/** The options of one store. */
export type CacheStoreOptions = MemoryCacheOptions | RedisCacheOptions

/** The options of `createCache` and `OrbitCache`, and of `config.cache`. */
export interface CacheOptions {
  /** The name of the default store. Optional if there is only one store. */
  default?: string | undefined
  /**
   * The prefix of all keys on a server that several apps share. It can contain letters, digits, "_", "-" and ".".
   * Default `cache`.
   */
  prefix?: string | undefined
  /** Time to live in seconds of entries that you store without one. Default 3600: an hour. */
  defaultTtl?: number | undefined
  /** The stores, under names that you choose. Default: `{ memory: { driver: 'memory' } }`. */
  stores?: Readonly<Record<string, CacheStoreOptions>> | undefined
  /** The name of the cache for handlers and other orbits, as in `c.get('cache')`. Default `cache`. */
  exposeAs?: string | undefined
  /** For tests: the clock of the memory stores, in milliseconds since the epoch. Default `Date.now`. */
  now?: (() => number) | undefined
}

type CheckedStore =
  | MemoryCacheOptions
  | { readonly driver: 'redis'; readonly url: string; readonly timeoutMs: number }

/** The checked options, with their defaults. */
export interface CacheSettings {
  readonly default: string
  readonly prefix: string
  readonly defaultTtlMs: number
  readonly stores: ReadonlyMap<string, CheckedStore>
  readonly exposeAs: string
  readonly now: (() => number) | undefined
}

/** In seconds. It is the limit for time limits, because a timer above 2^31 ms would fire at once. */
const day = 86_400
/** In seconds. For a longer time, use `forever()`. */
const longestTtl = 100 * 365 * day
/** The maximum of `maxItems`, because the memory store allocates memory for all items at startup. */
const mostItems = 10_000_000

const known = {
  cache: ['default', 'prefix', 'defaultTtl', 'stores', 'exposeAs', 'now'],
  memory: ['driver', 'maxItems', 'maxBytes'],
  redis: ['driver', 'url', 'timeoutMs'],
} as const

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {CacheConfigError} if an option is unknown or not valid
 */
export function resolveOptions(
  options: CacheOptions,
  environment: { readonly REDIS_URL?: string | undefined },
): CacheSettings {
  checkNames('cache', options, known.cache)
  const { prefix = 'cache', defaultTtl = 3600, exposeAs = 'cache', now } = options
  const { stores: given = { memory: { driver: 'memory' } } } = options
  aPart('cache.prefix', prefix)
  if (typeof exposeAs !== 'string' || exposeAs === '') {
    refuse('cache.exposeAs', 'must be a string that is not empty')
  }
  if (now !== undefined && typeof now !== 'function') refuse('cache.now', 'must be a function')
  const stores = storesOf(given, environment.REDIS_URL)
  return {
    default: defaultOf(options.default, [...stores.keys()]),
    prefix,
    defaultTtlMs: Math.ceil(aNumber('cache.defaultTtl', defaultTtl, 0.001, longestTtl) * 1000),
    stores,
    exposeAs,
    now,
  }
}

function storesOf(
  given: Readonly<Record<string, CacheStoreOptions>>,
  redisUrl: string | undefined,
): CacheSettings['stores'] {
  if (typeof given !== 'object' || given === null || Object.keys(given).length === 0) {
    refuse('cache.stores', 'must contain at least one store: { memory: { driver: "memory" } }')
  }
  const stores = new Map<string, CheckedStore>()
  for (const [name, options] of Object.entries(given)) {
    const option = `cache.stores.${name}`
    aPart(option, name)
    if (typeof options !== 'object' || options === null) refuse(option, 'must be an object')
    stores.set(name, aStore(option, options, redisUrl))
  }
  return stores
}

function aStore(
  option: string,
  store: CacheStoreOptions,
  redisUrl: string | undefined,
): CheckedStore {
  switch (store.driver) {
    case 'memory': {
      checkNames(option, store, known.memory)
      aWholeNumber(`${option}.maxItems`, store.maxItems ?? 1, mostItems)
      aWholeNumber(`${option}.maxBytes`, store.maxBytes ?? 1)
      return store
    }
    case 'redis': {
      checkNames(option, store, known.redis)
      const [source, url] =
        store.url === undefined && redisUrl
          ? ['REDIS_URL', redisUrl]
          : [`${option}.url`, store.url ?? 'redis://127.0.0.1:6379']
      const timeoutMs = aNumber(`${option}.timeoutMs`, store.timeoutMs ?? 1000, 1, day * 1000)
      return { driver: 'redis', url: aRedisUrl(source, url), timeoutMs }
    }
    default: {
      const { driver }: { driver?: unknown } = store
      return refuse(`${option}.driver`, `is ${JSON.stringify(driver)}. Use "memory" or "redis"`)
    }
  }
}

function defaultOf(given: unknown, names: readonly string[]): string {
  const [only, ...others] = names
  const list = names.map((name) => JSON.stringify(name)).join(', ')
  if (given === undefined && only !== undefined && others.length === 0) return only
  if (given === undefined) return refuse('cache.default', `is missing. Use one of ${list}`)
  if (typeof given === 'string' && names.includes(given)) return given
  return refuse(
    'cache.default',
    `is ${JSON.stringify(given)}, which is not in cache.stores. Use one of ${list}`,
  )
}

function checkNames(section: string, given: object, names: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue
    refuse(`${section}.${name}`, `is not an option. The options are: ${names.join(', ')}`)
  }
}

/** Checks a part of a key. It must not contain ":", because two different lists of parts could then be the same key. */
function aPart(option: string, value: unknown): void {
  if (typeof value === 'string' && /^[\w.-]+$/.test(value)) return
  refuse(
    option,
    `is ${JSON.stringify(value)}. Use only letters, digits, "_", "-" and ".". The cache adds the ":" between the parts of a key`,
  )
}

function aNumber(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  return refuse(option, `is ${String(value)}. Use a number from ${least} to ${most}`)
}

function aWholeNumber(option: string, value: unknown, most = Number.MAX_SAFE_INTEGER): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return
  refuse(option, `is ${String(value)}. Use a whole number from 1 to ${most}`)
}

function aRedisUrl(option: string, value: unknown): string {
  if (typeof value === 'string' && isRedisUrl(value)) return value
  // The message does not show the value, which may contain a password.
  return refuse(
    option,
    'must be a URL that starts with redis:// or rediss://. The database must be a number, and "%" in a password must be "%25"',
  )
}

function isRedisUrl(value: string): boolean {
  if (!/^rediss?:\/\//.test(value) || !URL.canParse(value)) return false
  const { username, password, pathname } = new URL(value)
  try {
    decodeURIComponent(username + password)
  } catch {
    return false
  }
  return /^\/?\d*$/.test(pathname)
}

function refuse(option: string, problem: string): never {
  throw new CacheConfigError(`${option} ${problem}.`)
}

import { Cache } from './cache.ts'
import { type CacheOptions, type CacheSettings, resolveOptions } from './options.ts'
import { memoryStore } from './stores/memory.ts'
import { redisStore } from './stores/redis.ts'

/**
 * Creates a cache for any program. In a Gravito app, use `OrbitCache` instead. Redis stores connect when they
 * are first used, or when you call `ready()`.
 *
 * @throws {CacheConfigError} if an option is not valid
 * @example
 * const cache = createCache({ stores: { redis: { driver: 'redis' } } })
 */
export function createCache(options: CacheOptions = {}): Cache {
  const settings = resolveOptions(options, process.env)
  return cacheFrom(settings, (message) => console.warn(onOneLine(message)))
}

/** Returns the message on one line, because a message from a server must not look like another log line. */
function onOneLine(message: string): string {
  return message.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
}

/** Creates a cache from checked options. */
export function cacheFrom(settings: CacheSettings, warn: (message: string) => void): Cache {
  const { prefix, stores, defaultTtlMs, now } = settings
  const all = new Map<string, Cache>()
  for (const [name, options] of stores) {
    const store =
      options.driver === 'memory'
        ? memoryStore({ ...options, now })
        : redisStore(options, `${prefix}:${name}`, warn)
    all.set(name, new Cache(store, defaultTtlMs, all))
  }
  const cache = all.get(settings.default)
  if (!cache) throw new RangeError('The default store is not one of the stores.')
  return cache
}

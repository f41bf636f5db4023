import type { Cache } from './cache.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** The cache of the app, with its default store. */
    cache: Cache
  }
}

export type { Cache } from './cache.ts'
export { createCache } from './create.ts'
export { CacheConfigError, CacheError, type CacheErrorCode } from './errors.ts'
export type { CacheOptions, CacheStoreOptions } from './options.ts'
export { installedCache, OrbitCache } from './orbit.ts'
export type { MemoryCacheOptions } from './stores/memory.ts'
export type { RedisCacheOptions } from './stores/redis.ts'
export type { Awaitable, ReservedEntry, ReservedSpace } from './stores/store.ts'

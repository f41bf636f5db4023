import type { SessionDriver } from '@gravito/orbit'
import { type CacheOptions, OrbitCache } from '@gravito/stasis'
import type { Orbit } from 'gravito-core'

/** Where sessions live: `DRIVER=memory|file|redis|sqlite|cache`. The boot refuses any other by name. */
export const driver = (process.env.DRIVER || 'memory') as SessionDriver

/** The app's cache, for `DRIVER=cache`: in Redis where `REDIS_URL` says where that is, else in memory. */
export const cache: CacheOptions = {
  stores: process.env.REDIS_URL ? { redis: { driver: 'redis' } } : { memory: { driver: 'memory' } },
}

/** What must be installed before `OrbitSession`. */
export const driverOrbits: Orbit[] = driver === 'cache' ? [new OrbitCache()] : []

import type { SessionDriver } from '@gravito/orbit'
import { type CacheOptions, OrbitCache } from '@gravito/stasis'
import type { Orbit } from 'gravito-core'

/** The driver of the session: `DRIVER=memory|file|redis|sqlite|cache`. With any other name, the app does not start. */
export const driver = (process.env.DRIVER || 'memory') as SessionDriver

/** The app's cache, for `DRIVER=cache`: in Redis at `REDIS_URL` if it is set, otherwise in memory. */
export const cache: CacheOptions = {
  stores: process.env.REDIS_URL ? { redis: { driver: 'redis' } } : { memory: { driver: 'memory' } },
}

/** The orbits that must be installed before `OrbitSession`. */
export const driverOrbits: Orbit[] = driver === 'cache' ? [new OrbitCache()] : []

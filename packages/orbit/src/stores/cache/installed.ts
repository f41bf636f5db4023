import { SessionConfigError } from '../../errors.ts'
import { quote } from '../../quote.ts'
import type { SessionCache } from './space.ts'

/**
 * The cache that another orbit has installed in the app: what `driver: 'cache'` takes.
 *
 * @param config of the core, where `OrbitCache` leaves the cache
 * @throws {SessionConfigError} if there is none yet
 */
export function installedCache(
  config: { get(key: string): unknown; has(key: string): boolean },
  cacheKey = 'cache',
): SessionCache {
  const cache = config.get(`service:${cacheKey}`)
  // What it is able to do is checked where it is used.
  if (cache !== undefined) return cache as SessionCache
  const order = 'orbits: [new OrbitCache(), new OrbitSession()]'
  throw new SessionConfigError(
    config.has('cache')
      ? `session.driver is "cache", and config.cache is there, but no OrbitCache has been installed under ${quote(cacheKey)} before OrbitSession. Orbits are installed in their order: ${order}`
      : `session.driver is "cache", and no cache has been installed under ${quote(cacheKey)} before OrbitSession. Install @gravito/stasis (npm i @gravito/stasis) and put its OrbitCache first: ${order}. If it is in the list already, it stands after OrbitSession`,
  )
}

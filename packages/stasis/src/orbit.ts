import type { Orbit, PlanetCore } from 'gravito-core'
import type { Cache } from './cache.ts'
import { cacheFrom } from './create.ts'
import { CacheConfigError } from './errors.ts'
import { type CacheOptions, resolveOptions } from './options.ts'

declare module 'gravito-core' {
  interface ConfigMap {
    /** The options of `OrbitCache`. */
    cache?: CacheOptions
  }
}

/**
 * Adds a cache to a Gravito app. In handlers, `c.get('cache')` returns it. In other orbits, {@link installedCache}
 * returns it. Its options override those of `config.cache`. Put it before the orbits that use it.
 *
 * @throws {CacheConfigError} at boot, if an option is not valid
 * @example
 * const core = await PlanetCore.boot({ orbits: [new OrbitCache(), new OrbitSession()] })
 */
export class OrbitCache implements Orbit {
  /** The name in error messages of the kernel. */
  readonly name = 'OrbitCache'
  readonly #options: CacheOptions
  #cache: Cache | undefined

  /** @param options override the options of `config.cache`. They are checked at boot */
  constructor(options: CacheOptions = {}) {
    this.#options = options
  }

  /** Connects the stores and makes the cache available to all routes. */
  async install(core: PlanetCore): Promise<void> {
    const options = { ...core.config.get('cache'), ...this.#options }
    const settings = resolveOptions(options, process.env)
    const { exposeAs } = settings
    if (core.config.has(serviceKey(exposeAs))) {
      throw new CacheConfigError(
        `There is already a cache under the name "${exposeAs}". Remove one of the two from orbits, or set cache.exposeAs to another name.`,
      )
    }
    const cache = cacheFrom(settings, (message) => core.logger.warn(message))
    this.#cache = cache
    await cache.ready()
    core.config.set(serviceKey(exposeAs), cache)
    core.app.use('*', async function cacheMiddleware(c, next) {
      c.set(exposeAs as 'cache', cache)
      await next()
    })
  }

  /** Closes the connections of the stores. */
  async shutdown(): Promise<void> {
    await this.#cache?.close()
  }
}

/**
 * Returns the cache that an `OrbitCache` has installed in this core. For orbits that use the cache.
 *
 * @throws {CacheConfigError} if there is no cache with this name
 */
export function installedCache(core: Pick<PlanetCore, 'config'>, name = 'cache'): Cache {
  const cache = core.config.get<Cache>(serviceKey(name))
  if (cache) return cache
  throw new CacheConfigError(
    `There is no cache under the name "${name}". Put new OrbitCache() before this orbit in orbits.`,
  )
}

/** Returns the key of the cache in `core.config`. Orbits that do not import this package also read it. */
function serviceKey(name: string): string {
  return `service:${name}`
}

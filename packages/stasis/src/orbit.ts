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
 * The cache of a Gravito app: `c.get('cache')` in every handler, {@link installedCache} for other
 * orbits. Its options win over `config.cache`. Put it before the orbits that use it.
 *
 * @throws {CacheConfigError} at boot, for options that cannot work
 * @example
 * const core = await PlanetCore.boot({ orbits: [new OrbitCache(), new OrbitSession()] })
 */
export class OrbitCache implements Orbit {
  /** How the kernel names it where it fails. */
  readonly name = 'OrbitCache'
  readonly #options: CacheOptions
  #cache: Cache | undefined

  /** @param options taken before those of `config.cache`; they are checked at boot */
  constructor(options: CacheOptions = {}) {
    this.#options = options
  }

  /** Connects the stores and puts the cache before the core's routes. */
  async install(core: PlanetCore): Promise<void> {
    const options = { ...core.config.get('cache'), ...this.#options }
    const settings = resolveOptions(options, process.env)
    const { exposeAs } = settings
    if (core.config.has(serviceKey(exposeAs))) {
      throw new CacheConfigError(
        `There is a cache under "${exposeAs}" already. Take one out of orbits, or give cache.exposeAs another name`,
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

  /** Gives back the stores' connections. */
  async shutdown(): Promise<void> {
    await this.#cache?.close()
  }
}

/**
 * The cache that an `OrbitCache` installed in this core before, for orbits that use it.
 *
 * @throws {CacheConfigError} if there is none
 */
export function installedCache(core: Pick<PlanetCore, 'config'>, name = 'cache'): Cache {
  const cache = core.config.get<Cache>(serviceKey(name))
  if (cache) return cache
  throw new CacheConfigError(
    `No cache is installed under "${name}". Put new OrbitCache() before this orbit in orbits`,
  )
}

/** Where other orbits look for the cache in `core.config`, those that do not import this package too. */
function serviceKey(name: string): string {
  return `service:${name}`
}

import type { Orbit, PlanetCore } from 'gravito-core'
import type { SessionOptions } from './config.ts'
import type { SessionEvents } from './events.ts'
import { makeMiddleware } from './handling.ts'
import type { SessionMiddleware } from './middleware.ts'
import { mergedOptions } from './options.ts'
import type { Sessions } from './sessions.ts'
import type { SessionStore } from './stores/store.ts'

declare module 'gravito-core' {
  interface ConfigMap {
    /** The options of `OrbitSession`. */
    session?: SessionOptions
  }
  interface HookMap extends SessionEvents {}
  interface PlanetCore {
    /** The sessions of users, outside of requests: `core.sessions.of(userId).endAll()`. */
    sessions: Sessions
  }
}

/**
 * Sessions, flash messages and CSRF protection for a Gravito app. Its options override `config.session`.
 *
 * @throws {SessionConfigError} at boot, if an option is not valid
 * @example
 * const core = await PlanetCore.boot({ orbits: [new OrbitSession({ driver: 'memory' })] })
 */
export class OrbitSession implements Orbit {
  /** The name of the orbit in messages of the kernel. */
  readonly name = 'OrbitSession'
  readonly #options: SessionOptions
  #middleware: SessionMiddleware | undefined

  /** @param options override those of `config.session`, section by section. They are checked at boot */
  constructor(options: SessionOptions = {}) {
    this.#options = options
  }

  /** Adds the middleware before the core's routes. */
  async install(core: PlanetCore): Promise<void> {
    const options = mergedOptions(core.config.get('session') ?? {}, this.#options)
    // Without a type check, nobody would notice a misspelt `config.session`.
    if (!core.config.has('session') && Object.keys(options).length === 0) {
      core.logger.info(
        'There is no config.session, so OrbitSession uses the defaults and the driver "memory".',
      )
    }
    if (options.driver === 'cache') options.store = await cacheOf(core, options)
    this.#middleware = makeMiddleware(options, {
      warn: (message) => core.logger.warn(message),
      error: (message) => core.logger.error(message),
      emit: (event) => core.hooks.emit(event.type, event),
    })
    // If the store depends on the request, it cannot be checked at boot.
    if (typeof options.store !== 'function') await this.#middleware.ready()
    core.app.use('*', this.#middleware)
    Object.assign(core, { [`${options.exposeAs ?? 'session'}s`]: this.#middleware.sessions })
  }

  /** Closes the store's connections and timers. */
  async shutdown(): Promise<void> {
    await this.#middleware?.close()
  }
}

/** A store in the cache that another orbit has installed. */
async function cacheOf(core: PlanetCore, { cacheKey, now }: SessionOptions): Promise<SessionStore> {
  const { cacheStore, installedCache } = await import('./stores/cache.ts')
  return cacheStore(installedCache(core.config, cacheKey), now ? { now } : {})
}

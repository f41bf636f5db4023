import type { Orbit, PlanetCore } from 'gravito-core'
import type { SessionOptions } from './config.ts'
import { switched } from './csrf/options.ts'
import type { SessionEvents } from './events.ts'
import { makeMiddleware, type SessionMiddleware } from './middleware.ts'
import type { SessionStore } from './stores/store.ts'

declare module 'gravito-core' {
  interface ConfigMap {
    /** The options of `OrbitSession`. */
    session?: SessionOptions
  }
  interface HookMap extends SessionEvents {}
}

/**
 * Sessions, flash messages and CSRF protection for a Gravito app. Its options win over
 * `config.session`.
 *
 * @throws {SessionConfigError} at boot, for options that cannot work
 * @example
 * const core = await PlanetCore.boot({ orbits: [new OrbitSession({ driver: 'memory' })] })
 */
export class OrbitSession implements Orbit {
  /** How the kernel names it where it fails. */
  readonly name = 'OrbitSession'
  readonly #options: SessionOptions
  #middleware: SessionMiddleware | undefined

  /** @param options taken before those of `config.session`, section by section; they are checked at boot */
  constructor(options: SessionOptions = {}) {
    this.#options = options
  }

  /** Puts the middleware before the core's routes. */
  async install(core: PlanetCore): Promise<void> {
    const options = merged(core.config.get('session') ?? {}, this.#options)
    // Where types are not checked, a misspelt `config.session` would go unnoticed.
    if (!core.config.has('session') && Object.keys(options).length === 0) {
      core.logger.info(
        'There is no config.session: OrbitSession has its defaults, driver "memory".',
      )
    }
    if (options.driver === 'cache') options.store = await cacheOf(core, options)
    this.#middleware = makeMiddleware(options, {
      warn: (message) => core.logger.warn(message),
      error: (message) => core.logger.error(message),
      emit: (event) => core.hooks.emit(event.type, event),
    })
    await this.#middleware.ready()
    core.app.use('*', this.#middleware)
  }

  /** Gives back the store's connections and timers. */
  async shutdown(): Promise<void> {
    await this.#middleware?.close()
  }
}

/** A store in the cache that another orbit has installed. */
async function cacheOf(core: PlanetCore, { cacheKey, now }: SessionOptions): Promise<SessionStore> {
  const { cacheStore, installedCache } = await import('./stores/cache.ts')
  return cacheStore(installedCache(core.config, cacheKey), now ? { now } : {})
}

/** Both, the second winning, section by section. What is `undefined` does not count. */
function merged(base: SessionOptions, own: SessionOptions): SessionOptions {
  const bases = base.csrf === undefined ? base : { ...base, csrf: switched(base.csrf) }
  const owns = own.csrf === undefined ? own : { ...own, csrf: switched(own.csrf) }
  const options = new Map<string, unknown>(given(bases))
  for (const [name, value] of given(owns)) {
    const under = options.get(name)
    const isSection = sections.has(name) && isObject(under) && isObject(value)
    options.set(name, isSection ? Object.fromEntries([...given(under), ...given(value)]) : value)
  }
  return Object.fromEntries(options)
}

const sections = new Set(['cookie', 'memory', 'file', 'redis', 'sqlite', 'flash', 'csrf'])

const given = (options: object): [string, unknown][] =>
  Object.entries(options).filter(([, value]) => value !== undefined)

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

import { relative } from 'node:path'
import { Hono } from 'hono'
import { answerFailure, installAnswers } from './answers.ts'
import { Config } from './config.ts'
import { Hooks } from './hooks.ts'
import { createLogger, type Logger } from './logger.ts'
import { type BootOptions, checkNames } from './options.ts'
import { installOrbit, type Orbit, shutDownOrbits } from './orbit.ts'
import { choosePort } from './port.ts'
import { Router } from './router.ts'
import { registerRoutes } from './routes-file.ts'
import { entryModule, isNode, isServed, SHUTDOWN } from './runtime.ts'

/** What `liftoff` gives, and what Bun, `deno serve` and `gravito serve` take as default export. */
export interface Liftoff {
  /** The port to serve on. `deno serve` has its own option for it. */
  readonly port: number
  /** The core's `fetch`. */
  readonly fetch: Hono['fetch']
}

/**
 * An app: a Hono instance with its orbits, routes, config, hooks and logger.
 *
 * ```ts
 * const core = await PlanetCore.boot(defineConfig({ orbits: [new OrbitSession()] }))
 * export default core.liftoff()
 * ```
 */
export class PlanetCore {
  /** The Hono app, for everything that the kernel does not wrap. */
  readonly app: Hono
  /** Takes routes until the first request. */
  readonly router: Router
  /** The configuration given to `boot`, and what orbits added. */
  readonly config: Config
  /** Events between orbits and the app. */
  readonly hooks: Hooks
  /** Where the kernel and the orbits write. */
  readonly logger: Logger
  /**
   * Answers a request. Needs no `this`, and hands every argument on to Hono: whatever the runtime
   * gives beside the request is `c.env`. Never throws; an error is a 500.
   */
  readonly fetch: Hono['fetch']
  readonly #orbits: Orbit[] = []
  #shutdown: Promise<void> | undefined

  private constructor(options: BootOptions) {
    const app = new Hono()
    const logger = options.logger ?? createLogger()
    this.app = app
    this.logger = logger
    this.router = new Router(app)
    this.config = new Config(options.config)
    this.hooks = new Hooks(logger)
    this.fetch = (request, ...rest) => {
      try {
        const answer = app.fetch(request, ...rest)
        if (!('then' in answer)) return answer
        return answer.catch((thrown) => answerFailure(thrown, request, logger))
      } catch (thrown) {
        return answerFailure(thrown, request, logger)
      }
    }
    installAnswers(app, logger)
  }

  /**
   * Makes a core: installs the orbits in their order, then registers the routes. What fails there
   * stops the boot with a `GravitoError`, after the orbits already installed were shut down.
   */
  static async boot(options: BootOptions = {}): Promise<PlanetCore> {
    checkNames(options)
    const core = new PlanetCore(options)
    try {
      for (const orbit of options.orbits ?? []) core.#orbits.push(await installOrbit(orbit, core))
      await registerRoutes(core.router, options, core.logger)
      return core
    } catch (error) {
      await core.shutdown()
      throw error
    }
  }

  /**
   * What a runtime serves: export it as default. The port is the argument, else the `PORT`
   * variable, else `config.port`, else 3000.
   *
   * It opens no port itself. Bun serves a default export by itself, `deno serve --port` and
   * `npx gravito serve` do; on Node without the latter a line on the logger says so.
   *
   * Throws a `GravitoError` `port-invalid`.
   */
  liftoff(port?: number): Liftoff {
    const liftoff = { port: choosePort(port, this.config.get('port')), fetch: this.fetch }
    const entry = entryModule()
    // Without an entry of the user's own, this is a test runner.
    if (isNode() && !isServed() && entry !== undefined) {
      this.logger.warn(
        `liftoff() opens no port on Node. Serve the app with: npx gravito serve ${relative(process.cwd(), entry)}`,
      )
    }
    // For `gravito serve`; nobody else sees it.
    return Object.defineProperty(liftoff, SHUTDOWN, { value: () => this.shutdown() })
  }

  /** Shuts the orbits down, the last installed first, once; every call waits for the same end. Never throws. */
  shutdown(): Promise<void> {
    this.#shutdown ??= shutDownOrbits(this.#orbits, this.logger)
    return this.#shutdown
  }
}

import { relative } from 'node:path'
import { Hono } from 'hono'
import { answerFailure, installAnswers } from './answers.ts'
import { Config, type ConfigMap } from './config.ts'
import { Hooks } from './hooks.ts'
import { createLogger, type Logger } from './logger.ts'
import { checkNames } from './options.ts'
import { installOrbit, shutDownOrbits } from './orbit.ts'
import { choosePort } from './port.ts'
import { Router, type RoutesFunction } from './router.ts'
import { registerRoutes } from './routes-file.ts'
import { entryModule, isNode, isServed, SHUTDOWN } from './runtime.ts'

/** What `liftoff` gives, and what Bun, `deno serve` and `gravito serve` take as default export. */
export interface Liftoff {
  /** The port to serve on. `deno serve` has its own option for it. */
  readonly port: number
  /** The core's `fetch`. */
  readonly fetch: Hono['fetch']
}

/** A part of an app that installs itself in a core: middleware, config, hooks. */
export interface Orbit {
  /** For error messages and logs. Default: the name of its class. */
  readonly name?: string
  /**
   * Called once, before the routes are registered, so that middleware added by
   * `core.app.use('*', …)` runs for all of them. What it throws stops the boot.
   */
  install(core: PlanetCore): void | Promise<void>
  /** Called once when the core shuts down, the last installed first: give back timers and connections. */
  shutdown?(): void | Promise<void>
}

/** An orbit's class, where its constructor needs no arguments. */
export type OrbitClass = new () => Orbit

/** What `PlanetCore.boot` takes. Everything is optional. */
export interface BootOptions {
  /** The configuration of the app and its orbits, read by `core.config`. */
  config?: ConfigMap | undefined
  /** Orbits or their classes, installed in this order. */
  orbits?: readonly (Orbit | OrbitClass)[] | undefined
  /**
   * A function that registers the routes, or the path (seen from `root`) or `file:` URL of a
   * module whose default export is one. A bundle gives the function.
   *
   * Default: `src/routes/index.{ts,mts,js,mjs}`, then `routes/index.*`, under `root`; where there
   * is none, a log line says where it was looked for, and the app has no routes of its own.
   */
  routes?: RoutesFunction | string | URL | undefined
  /**
   * The folder in which routes are looked for, as a path or `file:` URL. Default: the folder of the
   * nearest package.json above the entry module, else the working directory.
   */
  root?: string | URL | undefined
  /** Takes the place of the default logger, see `createLogger`. */
  logger?: Logger | undefined
}

const optionNames = ['config', 'orbits', 'routes', 'root', 'logger'] satisfies (keyof BootOptions)[]

/** Gives its argument back, checked and completed by the editor: a misspelt option does not compile. */
export function defineConfig(options: BootOptions): BootOptions {
  return options
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
    checkNames(options, optionNames)
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

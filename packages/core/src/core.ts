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

/** The result of `liftoff`. Export it as default for Bun, `deno serve` and `gravito serve`. */
export interface Liftoff {
  /** The port to serve on. `deno serve` ignores it: use its `--port` option. */
  readonly port: number
  /** `core.fetch`. */
  readonly fetch: Hono['fetch']
}

/** A part of an app that installs itself in a core. It can add middleware, config and hooks. */
export interface Orbit {
  /** The name in error messages and logs. Default: the name of its class. */
  readonly name?: string
  /**
   * Called once, before the routes are registered, so that middleware added with
   * `core.app.use('*', …)` runs for all of them. If it throws, the boot stops.
   */
  install(core: PlanetCore): void | Promise<void>
  /** Called once when the core shuts down. The last installed orbit comes first. Release timers and connections here. */
  shutdown?(): void | Promise<void>
}

/** An orbit class whose constructor takes no arguments. */
export type OrbitClass = new () => Orbit

/** The options of `PlanetCore.boot`. All of them are optional. */
export interface BootOptions {
  /** The configuration of the app and its orbits, read by `core.config`. */
  config?: ConfigMap | undefined
  /** Orbits or their classes, installed in this order. */
  orbits?: readonly (Orbit | OrbitClass)[] | undefined
  /**
   * A function that registers the routes, or the path (relative to `root`) or `file:` URL of a
   * module whose default export is this function. Pass the function if you bundle the app.
   *
   * Default: `src/routes/index.{ts,mts,js,mjs}`, then `routes/index.*`, under `root`. If none of them
   * exists, a log line says which paths were tried, and the app has only the routes of its orbits.
   */
  routes?: RoutesFunction | string | URL | undefined
  /**
   * The folder that contains the routes file, as a path or a `file:` URL. Default: the folder of the
   * nearest package.json above the entry module. Without one, the working directory.
   */
  root?: string | URL | undefined
  /** Replaces the default logger. See `createLogger`. */
  logger?: Logger | undefined
}

const optionNames = ['config', 'orbits', 'routes', 'root', 'logger'] satisfies (keyof BootOptions)[]

/** Returns its argument. The editor completes the options, and a misspelt option does not compile. */
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
  /** The Hono app. Use it for everything that the kernel does not wrap. */
  readonly app: Hono
  /** Registers routes. It accepts them until the first request. */
  readonly router: Router
  /** The configuration that you pass to `boot`, and the values that orbits set. */
  readonly config: Config
  /** Events between orbits and the app. */
  readonly hooks: Hooks
  /** The logger of the kernel and the orbits. */
  readonly logger: Logger
  /**
   * Handles a request. It needs no `this` and passes all its arguments to Hono. The second argument, which
   * the runtime passes, is `c.env`. It never throws. An error becomes a 500 response.
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
        const response = app.fetch(request, ...rest)
        if (!('then' in response)) return response
        return response.catch((thrown) => answerFailure(thrown, request, logger))
      } catch (thrown) {
        return answerFailure(thrown, request, logger)
      }
    }
    installAnswers(app, logger)
  }

  /**
   * Creates a core: installs the orbits in order, then registers the routes. If one of them fails,
   * the orbits that are already installed are shut down, and `boot` throws a `GravitoError`.
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
   * Returns the object that a runtime serves. Export it as default. The port is the first of these that is
   * set: the argument, the `PORT` variable, `config.port`. Default: 3000.
   *
   * `liftoff` does not open a port. Bun, `deno serve --port` and `npx gravito serve` open it for the
   * default export. If you start the file with `node`, a log line shows the command to use.
   *
   * @throws {GravitoError} `port-invalid`
   */
  liftoff(port?: number): Liftoff {
    const liftoff = { port: choosePort(port, this.config.get('port')), fetch: this.fetch }
    const entry = entryModule()
    // In a test runner or a REPL, the entry module is not the app's, so it is undefined.
    if (isNode() && !isServed() && entry !== undefined) {
      this.logger.warn(
        `liftoff() does not open a port on Node. Serve the app with: npx gravito serve ${relative(process.cwd(), entry)}`,
      )
    }
    // Not enumerable: only `gravito serve` reads it.
    return Object.defineProperty(liftoff, SHUTDOWN, { value: () => this.shutdown() })
  }

  /** Shuts down the orbits once, the last installed first. All calls share one promise. Never throws. */
  shutdown(): Promise<void> {
    this.#shutdown ??= shutDownOrbits(this.#orbits, this.logger)
    return this.#shutdown
  }
}

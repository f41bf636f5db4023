import type { ConfigMap } from './config.ts'
import { GravitoError } from './errors.ts'
import type { Logger } from './logger.ts'
import type { Orbit, OrbitClass } from './orbit.ts'
import type { RoutesFunction } from './router.ts'

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

/** Gives its argument back, checked and completed by the editor: a misspelt option does not compile. */
export function defineConfig(options: BootOptions): BootOptions {
  return options
}

const names = ['config', 'orbits', 'routes', 'root', 'logger'] satisfies (keyof BootOptions)[]

/**
 * Refuses a name that is no option, for what runs without a check of types: tsx, Bun, JavaScript.
 *
 * @throws {GravitoError} `option-unknown`
 */
export function checkNames(options: BootOptions): void {
  const unknown = Object.keys(options).find((name) => !names.some((known) => known === name))
  if (unknown === undefined) return
  throw new GravitoError(
    'option-unknown',
    `${JSON.stringify(unknown)} is no option of defineConfig and PlanetCore.boot. There are: ${names.join(', ')}.`,
  )
}

import type { PlanetCore } from './core.ts'
import { GravitoError, messageOf } from './errors.ts'
import type { Logger } from './logger.ts'
import { onOneLine } from './one-line.ts'

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

/** Installs one orbit, and returns it so that it can be shut down. */
export async function installOrbit(given: Orbit | OrbitClass, core: PlanetCore): Promise<Orbit> {
  try {
    // A function without a prototype is not a class: most often a middleware.
    const orbit = typeof given === 'function' && given.prototype ? new given() : given
    if (!isOrbit(orbit)) {
      throw new TypeError(
        'An orbit is a class or an object with install(core). For sessions: new OrbitSession().',
      )
    }
    await orbit.install(core)
    return orbit
  } catch (cause) {
    throw new GravitoError(
      'orbit-install-failed',
      `The orbit ${nameOf(given)} could not be installed: ${sentence(messageOf(cause))} Fix that, or take it out of \`orbits\`.`,
      { cause },
    )
  }
}

function isOrbit(value: unknown): value is Orbit {
  return typeof Object(value).install === 'function'
}

/** Shuts orbits down, the last installed first. One that fails is logged, and the others follow. */
export async function shutDownOrbits(orbits: readonly Orbit[], logger: Logger): Promise<void> {
  for (const orbit of orbits.toReversed()) {
    try {
      await orbit.shutdown?.()
    } catch (error) {
      logger.error(
        `The orbit ${nameOf(orbit)} failed to shut down: ${onOneLine(messageOf(error))}`,
        {
          error,
        },
      )
    }
  }
}

/** With a full stop, where there is no other end. */
function sentence(text: string): string {
  return /[?!.]$/.test(text) ? text : `${text}.`
}

function nameOf(orbit: Orbit | OrbitClass): string {
  return orbit?.name || orbit?.constructor?.name || String(orbit)
}

import { GravitoError, messageOf } from './errors.ts'
import type { Logger } from './logger.ts'
import { onOneLine } from './one-line.ts'

/** The part of an orbit that the core uses. */
interface Installable<Core> {
  readonly name?: string
  install(core: Core): void | Promise<void>
  shutdown?(): void | Promise<void>
}

/** Installs one orbit, and returns it so that it can be shut down. */
export async function installOrbit<Core>(
  given: Installable<Core> | (new () => Installable<Core>),
  core: Core,
): Promise<Installable<Core>> {
  try {
    // A function without a prototype is not a class. It is usually a middleware.
    const orbit = typeof given === 'function' && given.prototype ? new given() : given
    if (!isOrbit<Core>(orbit)) {
      throw new TypeError(
        'An orbit is a class or an object with install(core). For sessions: new OrbitSession().',
      )
    }
    await orbit.install(core)
    return orbit
  } catch (cause) {
    throw new GravitoError(
      'orbit-install-failed',
      `The orbit ${nameOf(given)} could not be installed: ${sentence(messageOf(cause))} Fix this, or remove the orbit from \`orbits\`.`,
      { cause },
    )
  }
}

function isOrbit<Core>(value: unknown): value is Installable<Core> {
  return typeof Object(value).install === 'function'
}

/** Shuts down orbits, the last installed first. If one fails, the failure is logged, and the next ones still shut down. */
export async function shutDownOrbits(
  orbits: readonly Installable<never>[],
  logger: Logger,
): Promise<void> {
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

/** Adds a full stop if the sentence has no end mark. */
function sentence(text: string): string {
  return /[?!.]$/.test(text) ? text : `${text}.`
}

function nameOf(orbit: object): string {
  const name = 'name' in Object(orbit) ? Reflect.get(Object(orbit), 'name') : undefined
  return String(name || orbit?.constructor?.name || orbit)
}

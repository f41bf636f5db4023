import type { Settings } from './config.ts'
import type { SessionEvent } from './events.ts'
import { onOneLine, quote } from './quote.ts'
import { isError } from './thrown.ts'

/** What the app around the middleware offers. */
export interface Surroundings {
  readonly warn: (message: string) => void
  readonly error: (message: string) => void
  readonly emit: (event: SessionEvent) => void
}

/**
 * The log of the app. Messages may quote a server, a store or a request, so each is put on one line. A
 * logger that fails does not make a request fail.
 */
export function surroundingsOf(settings: Settings, around: Surroundings): Surroundings {
  const logger = settings.logger ?? around
  return {
    ...around,
    warn: (message) => attempt(() => logger.warn(onOneLine(message))),
    error: (message) => attempt(() => logger.error(onOneLine(message))),
  }
}

/** For work outside of an app: problems are thrown, and events have no listener but `onEvent`. */
export const silent: Surroundings = { warn: () => {}, error: () => {}, emit: () => {} }

/** How often a listener that fails is in the log, in milliseconds. */
const reportEvery = 60_000

/**
 * Calls the app's listener and those of the core. A failure of the store is also logged. A failure of the
 * listener is logged at most once a minute, and does not make a request fail.
 */
export function reporter({ onEvent, now }: Settings, around: Surroundings) {
  let reportedAt = Number.NEGATIVE_INFINITY
  return (event: SessionEvent): void => {
    if (event.type === 'session:error') {
      around.error(`session ${event.handle}: ${event.code}: ${event.message}`)
    }
    attempt(() => around.emit(event))
    attempt(
      () => onEvent(event),
      (error) => {
        if (Math.abs(now() - reportedAt) < reportEvery) return
        reportedAt = now()
        const message = isError(error) ? error.message : String(error)
        around.error(
          `session.onEvent failed on ${event.type}: ${quote(message)}. Requests are not affected. It is logged at most once a minute.`,
        )
      },
    )
  }
}

/** Runs what belongs to the app; neither an exception nor a rejected promise of it gets any further. */
function attempt(run: () => unknown, onFailure: (error: unknown) => void = () => {}): void {
  try {
    const result = run()
    if (typeof result === 'object' && result !== null) Promise.resolve(result).catch(onFailure)
  } catch (error) {
    onFailure(error)
  }
}

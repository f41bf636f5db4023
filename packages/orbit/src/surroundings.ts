import type { Settings } from './config.ts'
import type { SessionEvent } from './events.ts'
import { onOneLine, quote } from './quote.ts'
import { isError } from './thrown.ts'

/** What the app provides to the middleware. */
export interface Surroundings {
  readonly warn: (message: string) => void
  readonly error: (message: string) => void
  readonly emit: (event: SessionEvent) => void
}

/**
 * The log of the app. Messages may quote a server, a store or a request, so each is put on one line. If the
 * logger fails, the request still succeeds.
 */
export function surroundingsOf(settings: Settings, around: Surroundings): Surroundings {
  const logger = settings.logger ?? around
  return {
    ...around,
    warn: (message) => attempt(() => logger.warn(onOneLine(message))),
    error: (message) => attempt(() => logger.error(onOneLine(message))),
  }
}

/** For work outside of an app: errors are thrown, and only `onEvent` receives events. */
export const silent: Surroundings = { warn: () => {}, error: () => {}, emit: () => {} }

/** In milliseconds. A listener that keeps failing is logged at most this often. */
const reportEvery = 60_000

/**
 * Calls the listener of the app and those of the core. A failure of the store is also logged. A failure of a
 * listener is logged at most once a minute, and the request still succeeds.
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
          `session.onEvent failed on ${event.type}: ${quote(message)}. Requests are not affected. This message is logged at most once a minute.`,
        )
      },
    )
  }
}

/** Runs a function of the app. Its exception or rejection goes to `onFailure` only. */
function attempt(run: () => unknown, onFailure: (error: unknown) => void = () => {}): void {
  try {
    const result = run()
    if (typeof result === 'object' && result !== null) Promise.resolve(result).catch(onFailure)
  } catch (error) {
    onFailure(error)
  }
}

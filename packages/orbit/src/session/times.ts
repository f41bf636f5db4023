import type { Lifetime } from './facts.ts'

/** The time limits of sessions, in milliseconds. */
export interface Times {
  readonly idle: number
  readonly absolute: number
  readonly touchInterval: number
  readonly grace: number
  /** The longest timeouts that a sign-in may set. */
  readonly longest: { readonly idle: number; readonly absolute: number }
}

/** The times of a session, in milliseconds since the epoch. */
export interface SessionTimes {
  readonly createdAt: number
  readonly lastActivityAt: number
  readonly endsAt: number
  /** The idle timeout of its sign-in. It is set if the session has its own time limits. */
  readonly idle?: number | undefined
}

/** The times that never change during a session. */
export type Beginning = Omit<SessionTimes, 'lastActivityAt'> & {
  /** Whether the cookie stays when the browser closes. */
  readonly persistent?: boolean | undefined
}

/**
 * The times of a session that starts now.
 *
 * @param lifetime the timeouts of its sign-in
 */
export function begun(now: number, times: Times, lifetime: Lifetime = {}): Beginning {
  const { idle, persistent } = lifetime
  const { absolute = Math.max(times.absolute, idle ?? 0) } = lifetime
  const isOwn = idle !== undefined || lifetime.absolute !== undefined
  return {
    createdAt: now,
    endsAt: now + absolute,
    idle: isOwn ? (idle ?? Math.min(times.idle, absolute)) : undefined,
    persistent,
  }
}

/** The time limits of one session: those of the app, or its own limits within the current maximum. */
function limitsOf({ idle }: Pick<SessionTimes, 'idle'>, times: Times): Omit<Times, 'longest'> {
  if (idle === undefined) return times
  const { longest, grace, touchInterval } = times
  const own = Math.min(idle, longest.idle)
  return {
    idle: own,
    absolute: longest.absolute,
    touchInterval: Math.min(touchInterval, Math.floor(own / 10)),
    grace,
  }
}

/**
 * A request between two touches writes nothing, so a touch adds the interval to the idle timeout. A session
 * ends between `idle` and `idle + touchInterval` after its last request (ASVS 7.3.1), and always at
 * `absolute` after its start (ASVS 7.3.2).
 */
export function expiryOf(session: SessionTimes, times: Times): number {
  const { idle, touchInterval } = limitsOf(session, times)
  return Math.min(session.lastActivityAt + idle + touchInterval, absoluteEndOf(session, times))
}

/** The earliest time at which a session ends if it is not used again. */
export function endOf(session: SessionTimes, times: Times): number {
  const { idle } = limitsOf(session, times)
  return Math.min(session.lastActivityAt + idle, absoluteEndOf(session, times))
}

/** The latest end of a session: its own absolute timeout, or the current one of the app if that is shorter. */
export function absoluteEndOf(
  session: Pick<SessionTimes, 'createdAt' | 'endsAt' | 'idle'>,
  times: Times,
): number {
  return Math.min(session.endsAt, session.createdAt + limitsOf(session, times).absolute)
}

/** The same limits without timeouts, so that only the times in the records count. */
export function withoutLimits(times: Times): Times {
  const [idle, absolute] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  return { ...times, idle, absolute, longest: { idle, absolute } }
}

export function touchIsDue(session: SessionTimes, times: Times, now: number): boolean {
  return now - session.lastActivityAt >= limitsOf(session, times).touchInterval
}

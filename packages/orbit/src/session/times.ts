import type { Lifetime } from './facts.ts'

/** The time limits of sessions, in milliseconds. */
export interface Times {
  readonly idle: number
  readonly absolute: number
  readonly touchInterval: number
  readonly grace: number
  /** The most that a sign-in may ask for. */
  readonly longest: { readonly idle: number; readonly absolute: number }
}

/** The times of a session, in milliseconds since the epoch. */
export interface SessionTimes {
  readonly createdAt: number
  readonly lastActivityAt: number
  readonly endsAt: number
  /** The idle timeout that its sign-in asked for. It is there if the session has time limits of its own. */
  readonly idle?: number | undefined
}

/** What stays of the times of a session, whatever it does. */
export type Beginning = Omit<SessionTimes, 'lastActivityAt'> & {
  /** Whether the cookie stays when the browser closes. */
  readonly persistent?: boolean | undefined
}

/**
 * A session that begins now.
 *
 * @param lifetime what its sign-in asked for
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

/** The time limits of one session: those of the app, or its own within the bounds of today. */
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
 * `absolute` after its beginning (ASVS 7.3.2).
 */
export function expiryOf(session: SessionTimes, times: Times): number {
  const { idle, touchInterval } = limitsOf(session, times)
  return Math.min(session.lastActivityAt + idle + touchInterval, absoluteEndOf(session, times))
}

/** The earliest time at which a session ends if nobody uses it any more. */
export function endOf(session: SessionTimes, times: Times): number {
  const { idle } = limitsOf(session, times)
  return Math.min(session.lastActivityAt + idle, absoluteEndOf(session, times))
}

/** When the session ends, however much it is used: by its own timeout, or by today's if that is shorter. */
export function absoluteEndOf(
  session: Pick<SessionTimes, 'createdAt' | 'endsAt' | 'idle'>,
  times: Times,
): number {
  return Math.min(session.endsAt, session.createdAt + limitsOf(session, times).absolute)
}

/** The same without timeouts: sessions are judged by the times in their records alone. */
export function withoutLimits(times: Times): Times {
  const [idle, absolute] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  return { ...times, idle, absolute, longest: { idle, absolute } }
}

export function touchIsDue(session: SessionTimes, times: Times, now: number): boolean {
  return now - session.lastActivityAt >= limitsOf(session, times).touchInterval
}

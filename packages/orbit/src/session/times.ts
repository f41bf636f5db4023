/** The time limits of a session, in milliseconds. */
export interface Times {
  readonly idle: number
  readonly absolute: number
  readonly touchInterval: number
  readonly grace: number
}

/** The times of a session, in milliseconds since the epoch. */
interface SessionTimes {
  readonly createdAt: number
  readonly lastActivityAt: number
  readonly endsAt: number
}

/**
 * A request between two touches writes nothing, so a touch adds the interval to the idle timeout. A session
 * ends between `idle` and `idle + touchInterval` after its last request (ASVS 7.3.1), and always at
 * `absolute` after its beginning (ASVS 7.3.2).
 */
export function expiryOf(createdAt: number, lastActivityAt: number, times: Times): number {
  return Math.min(lastActivityAt + times.idle + times.touchInterval, createdAt + times.absolute)
}

/** The earliest time at which a session ends if nobody uses it any more. */
export function endOf(createdAt: number, lastActivityAt: number, times: Times): number {
  return Math.min(lastActivityAt + times.idle, createdAt + times.absolute)
}

/** When the session ends, however much it is used: by its own timeout, or by today's if that is shorter. */
export function absoluteEndOf({ createdAt, endsAt }: SessionTimes, times: Times): number {
  return Math.min(endsAt, createdAt + times.absolute)
}

export function touchIsDue(session: SessionTimes, times: Times, now: number): boolean {
  return now - session.lastActivityAt >= times.touchInterval
}

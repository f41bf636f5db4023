import { randomText } from '../keys.ts'
import type { SessionRecord } from '../stores/store.ts'

/** The time limits of a session, in milliseconds. */
export interface Times {
  readonly idle: number
  readonly absolute: number
  readonly touchInterval: number
  readonly grace: number
}

/** How long a seal stands at least, so that late answers set no cookie for the id it closed. */
const shortestSeal = 10_000

/** 96 random bits: told apart, not guessed. */
const bytesOfAMark = 12

export function newMark(): string {
  return randomText(bytesOfAMark)
}

/**
 * A request between two touches leaves no trace, so a touch grants the interval on top: a session
 * ends between `idle` and `idle + touchInterval` after its last request (ASVS 7.3.1), and at
 * `absolute` after its beginning whatever happens (ASVS 7.3.2).
 */
export function expiryOf(createdAt: number, lastActivityAt: number, times: Times): number {
  return Math.min(lastActivityAt + times.idle + times.touchInterval, createdAt + times.absolute)
}

/** The earliest time at which a session ends that nobody uses any more. */
export function endOf(createdAt: number, lastActivityAt: number, times: Times): number {
  return Math.min(lastActivityAt + times.idle, createdAt + times.absolute)
}

/** Whether the record's time is over, by our clock and our limits of today. */
export function isOver(record: SessionRecord, times: Times, now: number): boolean {
  if (now >= record.expiresAt) return true
  if (record.successor) return false
  return now >= expiryOf(record.createdAt, record.lastActivityAt, times)
}

export function touchIsDue(record: SessionRecord, times: Times, now: number): boolean {
  return now - record.lastActivityAt >= times.touchInterval
}

/** Whether a sealed record may still be read: within the grace, and its session's own time. */
export function isReadable(sealed: SessionRecord, times: Times, now: number): boolean {
  const sinceSealed = Math.abs(now - sealed.lastActivityAt)
  return sinceSealed < times.grace && now < sealed.createdAt + times.absolute
}

/** Whether the move that sealed the record came before the given time. */
export function wasSealedBefore(sealed: SessionRecord, time: number): boolean {
  return sealed.lastActivityAt <= time
}

/** Whether a visitor's request that began at `startedAt` may join the record: older ones are a stranger's. */
export function isYoung(record: SessionRecord, times: Times, startedAt: number): boolean {
  // A record of the future is no younger: the clock was wrong then, or is now.
  return Math.abs(startedAt - record.createdAt) < sealDuration(times)
}

export function newRecord(fields: {
  payload: string
  owner: string | undefined
  createdAt: number
  now: number
  times: Times
}): SessionRecord {
  const { payload, owner, createdAt, now, times } = fields
  return {
    version: newMark(),
    birth: newMark(),
    payload,
    createdAt,
    lastActivityAt: now,
    expiresAt: expiryOf(createdAt, now, times),
    ...(owner === undefined ? {} : { owner }),
  }
}

/** The record with another payload. `active` says whether the request counts as activity. */
export function rewritten(
  record: SessionRecord,
  payload: string,
  active: boolean,
  now: number,
  times: Times,
): SessionRecord {
  const lastActivityAt = active ? Math.max(now, record.lastActivityAt) : record.lastActivityAt
  const expiresAt = expiryOf(record.createdAt, lastActivityAt, times)
  return { ...record, version: newMark(), payload, lastActivityAt, expiresAt }
}

/** Where a session has moved to: the key, and the birth mark of the record there. */
export type Successor = NonNullable<SessionRecord['successor']>

/** The record as it stays behind when its session has moved on: to be read for the grace, no more. */
export function sealed(
  record: SessionRecord,
  successor: Successor,
  now: number,
  times: Times,
): SessionRecord {
  return {
    ...record,
    version: newMark(),
    lastActivityAt: now,
    expiresAt: now + sealDuration(times),
    successor,
  }
}

function sealDuration(times: Times): number {
  return Math.max(times.grace, shortestSeal)
}

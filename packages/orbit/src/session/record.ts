import { newerFormatError } from '../stored-errors.ts'
import type { SessionRecord } from '../stores/store.ts'
import { newMark } from './marks.ts'
import { absoluteEndOf, type Beginning, begun, expiryOf, type Times } from './times.ts'

/** A session as it is stored in its record. */
export interface StoredSession {
  /** The version of the record, new at each write. */
  readonly version: string
  readonly expiresAt: number
  /**
   * Created with the record, and kept by each rewrite. It distinguishes the record from a later one under the same
   * key.
   */
  readonly instance: string
  /** When the session started, for the absolute timeout. */
  readonly createdAt: number
  /**
   * The absolute timeout at the start of the session. If the option is raised later, it applies only to new sessions,
   * because the index of the owner is not kept longer than this.
   */
  readonly endsAt: number
  /** The idle timeout of the sign-in, if it set one. If so, `endsAt` is its absolute timeout, too. */
  readonly idle?: number | undefined
  /** Whether the cookie stays when the browser closes, if the sign-in specified it. */
  readonly persistent?: boolean | undefined
  /** When it was last used, accurate to the touch interval. For a moved record: when it moved. */
  readonly lastActivityAt: number
  /** The hashed owner. It never changes. */
  readonly owner?: string | undefined
  /** The name in the owner's list. It is kept through moves. */
  readonly name?: string | undefined
  /** The record that the session has moved to. Then this record is read-only and stays for the grace period. */
  readonly movedTo?: Successor | undefined
  /** The encoded contents. */
  readonly data: string
}

/** A record that a session moved to: its key and its instance. */
export interface Successor {
  readonly key: string
  readonly instance: string
}

/** Raise this number when older releases cannot read the new format. */
const format = 2

const header =
  /^s2\.([\w-]{16})\.([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]*)([+-]?)\.([\w-]*)\.([\w-]*)\.(?:([\w-]+)\.([\w-]+))?\|/
const anyFormat = /^s(\d+)\./

export function toRecord(session: StoredSession): SessionRecord {
  const { version, expiresAt, instance, owner = '', name = '', movedTo, data } = session
  const { createdAt, lastActivityAt, endsAt, idle, persistent } = session
  const times = `${createdAt.toString(36)}.${lastActivityAt.toString(36)}.${endsAt.toString(36)}`
  const cookie = persistent === undefined ? '' : persistent ? '+' : '-'
  const lifetime = (idle === undefined ? '' : idle.toString(36)) + cookie
  const moved = movedTo ? `${movedTo.key}.${movedTo.instance}` : ''
  const payload = `s${format}.${instance}.${times}.${lifetime}.${owner}.${name}.${moved}|${data}`
  return owner === '' || movedTo
    ? { version, payload, expiresAt, evictable: true }
    : { version, payload, expiresAt }
}

/**
 * @returns `undefined` if the record is not a session
 * @throws {SessionError} `session-newer-format` if a newer release wrote it
 */
export function fromRecord({
  version,
  payload,
  expiresAt,
}: SessionRecord): StoredSession | undefined {
  const match = header.exec(payload)
  if (!match) {
    const written = Number(anyFormat.exec(payload)?.[1] ?? 0)
    if (written > format) throw newerFormatError(written, format)
    return undefined
  }
  const [head, instance = '', created = '', active = '', ends = '', idle, cookie, ...rest] = match
  const [owner, name, key, toInstance] = rest
  if (expiresAt === undefined) return undefined
  return {
    version,
    expiresAt,
    instance,
    createdAt: Number.parseInt(created, 36),
    lastActivityAt: Number.parseInt(active, 36),
    endsAt: Number.parseInt(ends, 36),
    idle: idle ? Number.parseInt(idle, 36) : undefined,
    persistent: cookie ? cookie === '+' : undefined,
    owner: owner || undefined,
    name: name || undefined,
    movedTo: key && toInstance ? { key, instance: toInstance } : undefined,
    data: payload.slice(head.length),
  }
}

/** The minimum time that a moved record stays, so that late responses set no cookie for the old id. */
const shortestGrace = 10_000

/** Whether the session has expired, by our clock and the current time limits. */
export function isExpired(session: StoredSession, times: Times, now: number): boolean {
  if (now >= session.expiresAt) return true
  if (session.movedTo) return false
  return now >= expiryOf(session, times)
}

/** Whether a moved record may still be read: within the grace period, and before its session ends. */
export function isReadable(moved: StoredSession, times: Times, now: number): boolean {
  const sinceMove = Math.abs(now - moved.lastActivityAt)
  return sinceMove < times.grace && now < absoluteEndOf(moved, times)
}

/** Whether the session moved, or ended, after the given time. */
export function movedAfter(moved: StoredSession, time: number): boolean {
  return moved.movedTo !== undefined && moved.lastActivityAt > time
}

/** Whether a visitor's request that began at `startedAt` may join the record. It must not see an older one. */
export function isYoung(session: StoredSession, times: Times, startedAt: number): boolean {
  // A record from the future does not count as young: the clock was or is wrong.
  return Math.abs(startedAt - session.createdAt) < graceOf(times)
}

export function newSession(fields: {
  data: string
  owner: string | undefined
  name: string | undefined
  /** For a session that moves: the start times of the old record. */
  beginning: Beginning
  now: number
  times: Times
}): StoredSession {
  const { data, owner, name, beginning, now, times } = fields
  const { createdAt, endsAt, idle, persistent } = beginning
  const lived = { createdAt, endsAt, idle, persistent, lastActivityAt: now }
  return {
    data,
    owner,
    name,
    ...lived,
    version: newMark(),
    instance: newMark(),
    expiresAt: expiryOf(lived, times),
  }
}

/** The session with other data. `active` says whether the request counts as activity. */
export function rewritten(
  session: StoredSession,
  data: string,
  active: boolean,
  now: number,
  times: Times,
): StoredSession {
  // Times only move forward, even if the clock goes back.
  const lastActivityAt = active ? Math.max(now, session.lastActivityAt) : session.lastActivityAt
  const expiresAt = expiryOf({ ...session, lastActivityAt }, times)
  return { ...session, version: newMark(), data, lastActivityAt, expiresAt }
}

/** The session after activity. */
export function touched(session: StoredSession, now: number, times: Times): StoredSession {
  return rewritten(session, session.data, true, now, times)
}

/** The old record of a session that has moved. It is read-only and stays for the grace period. */
export function moved(
  session: StoredSession,
  movedTo: Successor,
  now: number,
  times: Times,
): StoredSession {
  const expiresAt = now + graceOf(times)
  return { ...session, version: newMark(), lastActivityAt: now, expiresAt, movedTo }
}

/** The successor of a session that ended without new cookies for its browser. */
const nowhere = 'nowhere'

/**
 * The record of a session that was ended. It has no data and no successor. It tells running requests that the
 * session has ended.
 *
 * @param hasNewId whether the response sets the cookies of a new visitor
 */
export function ended(
  session: StoredSession,
  emptyData: string,
  now: number,
  times: Times,
  hasNewId: boolean,
): StoredSession {
  const successor = { key: hasNewId ? newMark() : nowhere, instance: newMark() }
  return moved({ ...session, data: emptyData }, successor, now, times)
}

/** Whether another response may set newer cookies than those of this record. */
export function hasNewerId({ movedTo }: StoredSession): boolean {
  return movedTo !== undefined && movedTo.key !== nowhere
}

/** A moved record without data. It only names the new record. */
export function redirect(
  movedTo: Successor,
  emptyData: string,
  now: number,
  times: Times,
): StoredSession {
  const beginning = begun(now, times)
  const fields = { data: emptyData, owner: undefined, name: undefined, beginning, now, times }
  return moved(newSession(fields), movedTo, now, times)
}

function graceOf(times: Times): number {
  return Math.max(times.grace, shortestGrace)
}

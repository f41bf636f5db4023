import { andThen } from '../awaitable.ts'
import { movedError } from '../errors.ts'
import type { Awaitable, SessionRecord, SessionStore } from '../stores/store.ts'
import type { Contents } from './contents.ts'
import { fromRecord, isExpired, type StoredSession, type Successor } from './record.ts'
import type { Times } from './times.ts'

/** A stored session and the key of its record. */
export interface Stored {
  readonly key: string
  readonly record: StoredSession
  /** The record as this process last read or wrote it, if it did. */
  readonly source?: SessionRecord
  /** The decoded data, if it was already decoded. It may be shared, so it never changes. */
  contents?: Contents | undefined
}

/** What the store has under a key now, after following moves. */
export type Found =
  | { readonly kind: 'nothing' }
  /** A record that is not a session. */
  | { readonly kind: 'unreadable'; readonly key: string; readonly version: string }
  /** A record that opens no session: it has expired, has another instance, or moved to a session that has ended. */
  | { readonly kind: 'gone'; readonly stored: Stored }
  | { readonly kind: 'live'; readonly stored: Stored }
  | { readonly kind: 'moved'; readonly stored: Stored; readonly end: Stored }

/** What a look-up of a session needs. */
export interface Lookup {
  readonly store: SessionStore
  readonly times: Times
  readonly now: () => number
}

/**
 * Looks up a key. With an instance, it finds only the record of that instance.
 *
 * @param last the session as this process last saw it. If its record is unchanged, it is not parsed again
 * @throws {SessionError} `session-moved` if the session has moved too often within the grace
 */
export function find(
  lookup: Lookup,
  key: string,
  instance?: string,
  last?: Stored,
): Awaitable<Found> {
  return andThen(lookup.store.load(key), (record) => {
    if (!record) return { kind: 'nothing' }
    const isSame = last?.source !== undefined && isEqual(last.source, record)
    const session = isSame ? last.record : fromRecord(record)
    if (!session) return { kind: 'unreadable', key, version: record.version }
    const stored = isSame ? last : { key, record: session, source: record }
    const isForeign = instance !== undefined && session.instance !== instance
    if (isForeign || isOver(lookup, session)) return { kind: 'gone', stored }
    if (!session.movedTo) return { kind: 'live', stored }
    return andThen(endOfMoves(lookup, session.movedTo, mostMoves), (end) =>
      end ? { kind: 'moved', stored, end } : { kind: 'gone', stored },
    )
  })
}

/** How often a session may move within the grace period before its oldest id is refused. Each move costs one load. */
const mostMoves = 16

/** The live session that the moves lead to, if there is one. */
function endOfMoves(
  lookup: Lookup,
  { key, instance }: Successor,
  left: number,
): Awaitable<Stored | undefined> {
  if (left === 0) throw movedError()
  return andThen(lookup.store.load(key), (found: SessionRecord | undefined) => {
    const record = found && fromRecord(found)
    if (!record || record.instance !== instance || isOver(lookup, record)) return undefined
    return record.movedTo ? endOfMoves(lookup, record.movedTo, left - 1) : { key, record }
  })
}

/** Whether the store still has the same record. Another program may have changed a record without its version. */
function isEqual(a: SessionRecord, b: SessionRecord): boolean {
  return a.version === b.version && a.expiresAt === b.expiresAt && a.payload === b.payload
}

function isOver({ times, now }: Lookup, record: StoredSession): boolean {
  return isExpired(record, times, now())
}

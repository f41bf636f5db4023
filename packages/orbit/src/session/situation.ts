import { SessionError } from '../errors.ts'
import { replay, signInOf } from './changes.ts'
import { type Contents, emptyContents, livingContents } from './contents.ts'
import type { Facts, Place, Want } from './decide.ts'
import { decode } from './encoding.ts'
import type { Engine } from './engine.ts'
import type { Intent } from './intent.ts'
import type { Found } from './lookup.ts'
import { isYoung, movedAfter, type StoredSession } from './record.ts'
import type { State, StateOf } from './state.ts'

/** The part of a commit that the decision needs. It does no I/O. */
export interface Deciding {
  readonly engine: Pick<Engine, 'times' | 'owners' | 'now'>
  readonly state: State
  readonly intent: Intent
}

/** The cell of the table in `decide.ts` for a commit. */
export interface Situation {
  readonly place: Place
  readonly want: Want
  readonly facts: Facts
  /** The contents of the session after the commit. */
  readonly contents: Contents
}

/** @param ends whether the commit should end the session before anything else */
export function situationOf(deciding: Deciding, found: Found, ends: boolean): Situation {
  const { engine, state, intent } = deciding
  const place = placeOf(deciding, found)
  const base = baseOf(state, found, place)
  const contents = ends ? emptyContents() : contentsOn(deciding, base)
  const owner = engine.owners.of(contents)
  const before = state.kind === 'ended' ? state.owner : base?.owner
  const facts: Facts = {
    mayRebase: () => mayRebase(deciding, found),
    endIsOwn: found.kind === 'moved' && found.end.record.owner === owner,
    sameOwner: found.kind === 'moved' && found.end.record.owner === base?.owner,
    mayMoveOn:
      isDerived(state) &&
      found.kind === 'live' &&
      found.stored.record.createdAt >= intent.startedAt,
    needsNewId: owner !== before || intent.regenerate,
  }
  return { place, want: ends ? 'end' : wantOf(intent, before, owner), facts, contents }
}

function wantOf(
  { atOnce, regenerate, changes }: Intent,
  before: string | undefined,
  owner: string | undefined,
): Want {
  if (atOnce) return 'at once'
  const signsIn = regenerate && signInOf(changes, owner) !== undefined
  if (owner !== undefined && (owner !== before || signsIn)) return 'login'
  return regenerate || owner !== before ? 'move' : 'write'
}

function placeOf(deciding: Deciding, found: Found): Place {
  const { state } = deciding
  if (state.kind === 'visitor') return placeOfVisitor(deciding, state, found)
  if (state.kind === 'ended') return 'its record, gone'
  if (found.kind === 'live') return 'its record'
  return found.kind === 'moved' ? 'its record, moved' : 'its record, gone'
}

function placeOfVisitor(
  { engine: { times }, intent: { startedAt } }: Deciding,
  state: StateOf<'visitor'>,
  found: Found,
): Place {
  if (state.from === 'new' && state.derived === undefined) return 'a new id'
  switch (found.kind) {
    case 'nothing':
      return state.derived === undefined ? 'a key' : 'after its own end'
    case 'moved':
      return 'a key, moved'
    case 'live': {
      const { record } = found.stored
      const mayJoin = !isDerived(state) && isYoung(record, times, startedAt)
      return mayJoin && decode(record.data) ? 'a key, joinable' : "a key, a stranger's"
    }
    case 'gone':
      return movedAfter(found.stored.record, startedAt)
        ? 'a key, ended meanwhile'
        : 'a key, ended before'
    case 'unreadable':
      return 'a key, ended before'
  }
}

/** The record that the changes are applied to. */
function baseOf(state: State, found: Found, place: Place): StoredSession | undefined {
  if (found.kind === 'live' && place !== "a key, a stranger's") return found.stored.record
  return 'stored' in state ? state.stored.record : undefined
}

/** The contents of a record after the changes. Without a record, those of an empty session. */
export function contentsOn(
  { engine, state, intent }: Deciding,
  base: StoredSession | undefined,
): Contents {
  const { view, changes } = intent
  const known = 'stored' in state ? state.stored.record : undefined
  if (view && base === known && state.kind !== 'ended') return view
  return replay(base ? readable(base, engine.now()) : emptyContents(), changes)
}

/** @throws {SessionError} `session-wrong-type` if the contents cannot be read */
export function readable(session: StoredSession, now: number): Contents {
  const contents = decode(session.data)
  if (contents) return livingContents(contents, now)
  throw new SessionError('session-wrong-type', 'The data of the session can no longer be read.')
}

/**
 * Whether the id was derived from a dead one. An attacker with a copy of the dead cookie gets the same id, so
 * this request must not see data that is stored under it.
 */
function isDerived(state: State): boolean {
  return state.kind !== 'visitor' || state.from !== 'cookie'
}

/** Whether the changes of a late request may be re-applied to the moved session. */
function mayRebase(deciding: Deciding, found: Found): boolean {
  if (found.kind !== 'moved') return false
  const { engine, state, intent } = deciding
  const { stored, end } = found
  // With a synchronous store, a request may have loaded its session after the move.
  const mayHaveCome = state.kind === 'moved' || !isDerived(state)
  const cameBefore =
    state.kind === 'live' || (mayHaveCome && movedAfter(stored.record, intent.startedAt))
  if (!cameBefore || intent.changes.some(({ op }) => op === 'clear')) return false
  const { owner } = end.record
  return (
    stored.record.owner === owner && engine.owners.of(contentsOn(deciding, end.record)) === owner
  )
}

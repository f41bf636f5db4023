import type { SessionError } from '../errors.ts'
import type { Id } from './id.ts'
import type { Stored } from './lookup.ts'

/**
 * Why the session of a request's id is not there any more. `ended`: somebody signed out or ended it. `moved`: it
 * has a newer id. Both are known for `regenerateGraceSeconds`, and at least for 10 seconds. After that, and
 * if a timeout has passed, it is `expired`.
 */
export type EndedBecause = 'ended' | 'moved' | 'expired'

/** What this request knows of its session. */
export type State =
  /** Nothing stored. */
  | {
      readonly kind: 'visitor'
      /**
       * `new`: drawn for this request. `cookie`: the request carried it. `dead`: derived from a stored
       * id that opens no session any more. `ambiguous`: the request carried several ids. `outside`: the
       * request is outside of the path that browsers send the cookie to.
       */
      readonly from: 'new' | 'cookie' | 'dead' | 'ambiguous' | 'outside'
      readonly random: string
      readonly issuedAt: number
      /** A record that could not be read. It is removed when the request stores something. */
      readonly unreadable?: { readonly key: string; readonly version: string }
      /** The session behind a dead id ended so lately that newer cookies may be on their way. */
      readonly isLate?: boolean
      /** Why the session of the request's id is not there any more. */
      readonly endedBecause?: EndedBecause
      /** After this request ended its session: the id derived from that one's, which a login beside it uses. */
      readonly derived?: string
    }
  /** Stored, and neither moved nor ended when this request last looked. */
  | {
      readonly kind: 'live'
      readonly random: string
      readonly stored: Stored
      /** The changes of this request were re-applied to the session under its new id. */
      readonly isRebased?: boolean
      /** After this request took the owner away: the id derived from the old one, which a login may use meanwhile. */
      readonly derived?: string
    }
  /** Had moved to a new id when the request began. */
  | {
      readonly kind: 'moved'
      readonly random: string
      readonly stored: Stored
      readonly end: Stored
    }
  /** Ended while the request was under way. */
  | {
      readonly kind: 'ended'
      readonly random: string
      readonly derived: string
      readonly owner: string | undefined
    }
  /** The store failed. */
  | { readonly kind: 'unavailable'; readonly random: string; readonly error: SessionError }

export type StateOf<Kind extends State['kind']> = Extract<State, { readonly kind: Kind }>

export function visitor(
  random: string,
  now: number,
  from: 'new' | 'dead' | 'ambiguous' | 'outside',
): StateOf<'visitor'> {
  return { kind: 'visitor', from, random, issuedAt: now }
}

/**
 * Whether this request has ended its session, or taken the owner away. Then its entry in the list of the
 * owner was removed afterwards, and meanwhile somebody may have signed in with the old cookie.
 */
export function hasLeftOwner(state: State): boolean {
  return (state.kind === 'live' || state.kind === 'visitor') && state.derived !== undefined
}

/** Whether the id was drawn for this request. */
export function isNew(state: State): state is StateOf<'visitor'> {
  return state.kind === 'visitor' && state.from === 'new'
}

/** The id that belongs into the session cookie. A dead id stays there until something is written. */
export function idOf(state: Extract<State, { kind: 'live' | 'visitor' }>): Id | undefined {
  const { random } = state
  if (state.kind === 'live')
    return { kind: 'stored', random, instance: state.stored.record.instance }
  if (state.from === 'dead') return undefined
  return { kind: 'visitor', random, issuedAt: state.issuedAt }
}

import type { SessionError } from '../errors.ts'
import type { Id } from './id.ts'
import type { Stored } from './lookup.ts'

/**
 * Why the cookie of a request has no session. `ended`: the user signed out, or the session was ended. `moved`: the
 * session has a newer id. `expired`: a timeout has passed. `ended` and `moved` are known for `regenerateGraceSeconds`,
 * and for at least 10 seconds. After that, the value is `expired` too.
 */
export type EndedBecause = 'ended' | 'moved' | 'expired'

/** What a request knows about its session. */
export type State =
  /** Nothing is stored. */
  | {
      readonly kind: 'visitor'
      /**
       * `new`: created for this request. `cookie`: the request carried it. `dead`: derived from a stored id that
       * no longer opens a session. `ambiguous`: the request carried several ids. `outside`: the request is
       * outside of the path to which browsers send the cookie.
       */
      readonly from: 'new' | 'cookie' | 'dead' | 'ambiguous' | 'outside'
      readonly random: string
      readonly issuedAt: number
      /** A record that could not be read. It is removed when the request stores something. */
      readonly unreadable?: { readonly key: string; readonly version: string }
      /** The session of a dead id ended recently, so newer cookies may be on their way. */
      readonly isLate?: boolean
      /** Why the id of the request no longer has a session. */
      readonly endedBecause?: EndedBecause
      /** After this request ended its session: the id derived from it, which a parallel login uses. */
      readonly derived?: string
    }
  /** A session is stored. When this request last looked, it was neither moved nor ended. */
  | {
      readonly kind: 'live'
      readonly random: string
      readonly stored: Stored
      /** The changes of this request were re-applied to the session under its new id. */
      readonly isRebased?: boolean
      /** After this request removed the owner: the id derived from the old one, which a parallel login may use. */
      readonly derived?: string
    }
  /** The session had moved to a new id when the request began. */
  | {
      readonly kind: 'moved'
      readonly random: string
      readonly stored: Stored
      readonly end: Stored
    }
  /** The session ended during the request. */
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
 * Whether this request has ended its session or removed its owner. After that, its entry in the list of the
 * owner was removed. Meanwhile another request may have signed in with the old cookie.
 */
export function hasLeftOwner(state: State): boolean {
  return (state.kind === 'live' || state.kind === 'visitor') && state.derived !== undefined
}

/** Whether the id was created for this request. */
export function isNew(state: State): state is StateOf<'visitor'> {
  return state.kind === 'visitor' && state.from === 'new'
}

/** The id for the session cookie. A dead id stays in the cookie until something is written. */
export function idOf(state: Extract<State, { kind: 'live' | 'visitor' }>): Id | undefined {
  const { random } = state
  if (state.kind === 'live')
    return { kind: 'stored', random, instance: state.stored.record.instance }
  if (state.from === 'dead') return undefined
  return { kind: 'visitor', random, issuedAt: state.issuedAt }
}

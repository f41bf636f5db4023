import type { OwnerId } from './session/owner.ts'

/**
 * Events of sessions, for logs and metrics (OWASP: log the life cycle of sessions). An event names the
 * session by its handle. It never contains an id, a token or data. A listener that throws changes nothing.
 */
export type SessionEvent =
  /** A session was stored for the first time. */
  | { readonly type: 'session:created'; readonly handle: string }
  /** A change was stored. */
  | { readonly type: 'session:saved'; readonly handle: string }
  /** Activity was stored, at most once per touch interval. */
  | { readonly type: 'session:touched'; readonly handle: string }
  /** The session moved to a new id: `regenerate()`, or a change of owner. */
  | { readonly type: 'session:regenerated'; readonly handle: string; readonly from: string }
  /**
   * The session was ended before its time. `signed-out`: by `signOut()` or `invalidate()`. `ended`: by `end`,
   * `endOthers` or `endAll`. `over-limit`: by a sign-in over `maxSessionsPerOwner`. `owner-version`: the app's
   * `ownerVersion` returned another value than at the sign-in.
   */
  | { readonly type: 'session:ended'; readonly handle: string; readonly reason: EndReason }
  /**
   * A user has signed in with a device that no other living session of this user has. It is emitted only with the
   * option `devices`, also at the first sign-in of a user.
   */
  | {
      readonly type: 'session:device-new'
      readonly handle: string
      readonly userId: OwnerId
      /** The key of the session that holds the id: `ownerKey`. */
      readonly ownerKey: string
      /** Such as "Firefox on Windows". */
      readonly device: string
    }
  /** A request carried an id that we signed, but the id has expired or its session has ended. */
  | { readonly type: 'session:expired'; readonly handle: string }
  /** Another request wrote first. The changes are re-applied to the latest stored data. */
  | { readonly type: 'session:conflict'; readonly handle: string }
  /** The session ended during the request. The changes of the request were dropped. */
  | { readonly type: 'session:gone'; readonly handle: string }
  /** The session had moved to a new id. `rebased`: the changes were re-applied to the moved session. `refused`: the request got a 409. */
  | {
      readonly type: 'session:moved'
      readonly handle: string
      readonly outcome: 'rebased' | 'refused'
    }
  /**
   * `not-ours`: a cookie with our name contains an id that we did not issue. The other reasons are about several
   * cookies with our name and ids that we issued. `duplicate`: one of their sessions lives, and it was used.
   * `ambiguous`: several live, and none was used. `too-many`: there are more than four, and none was used.
   */
  | {
      readonly type: 'session:unknown-id'
      readonly reason: 'not-ours' | 'duplicate' | 'ambiguous' | 'too-many'
    }
  /** The stored record could not be read. The request continues with a new session. */
  | { readonly type: 'session:corrupt'; readonly handle: string }
  /** The secret in the store is too short to sign ids. It is replaced by a new one. */
  | { readonly type: 'session:secret-refused' }
  /** The store failed, the app used a value that cannot be stored (a 500 or 503), or `touch` failed. */
  | {
      readonly type: 'session:error'
      readonly handle: string
      readonly code: string
      readonly message: string
    }
  /** An unsafe request was refused, or would have been refused without `csrf.reportOnly`. */
  | {
      readonly type: 'csrf:refused'
      readonly handle: string
      readonly reason: CsrfRefusal
      readonly reportOnly: boolean
    }

/** Why a session ended before it expired. */
export type EndReason = 'signed-out' | 'ended' | 'over-limit' | 'owner-version'

/** Why a request was refused. */
export type CsrfRefusal =
  | 'no-session'
  | 'missing'
  | 'too-large'
  | 'mismatch'
  | 'expired'
  | 'cross-site'
  | 'origin'

/** The names of all events with their payloads, for `core.hooks`. */
export type SessionEvents = {
  readonly [Type in SessionEvent['type']]: Extract<SessionEvent, { readonly type: Type }>
}

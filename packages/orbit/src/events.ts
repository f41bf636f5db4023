import type { OwnerId } from './session/owner.ts'

/**
 * What happens to sessions, for logs and metrics (OWASP: log the session's life cycle). An event
 * names the session by its handle and never carries an id, a token or data. A listener that throws
 * changes nothing.
 */
export type SessionEvent =
  /** A session was stored for the first time. */
  | { readonly type: 'session:created'; readonly handle: string }
  /** A change was stored. */
  | { readonly type: 'session:saved'; readonly handle: string }
  /** Activity was noted, at most once per touch interval. */
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
  /** A request carried an id that we signed and that has expired, or whose session has ended. */
  | { readonly type: 'session:expired'; readonly handle: string }
  /** Another request wrote first. The changes are re-applied to the latest stored data. */
  | { readonly type: 'session:conflict'; readonly handle: string }
  /** The session ended while the request was under way. The changes of the request were dropped. */
  | { readonly type: 'session:gone'; readonly handle: string }
  /** The session had moved to a new id. `rebased`: the changes were re-applied to the moved session. `refused`: the request got a 409. */
  | {
      readonly type: 'session:moved'
      readonly handle: string
      readonly outcome: 'rebased' | 'refused'
    }
  /**
   * `not-ours`: a cookie of our name holds an id that we did not issue. The others tell of several
   * cookies of our name with ids that we issued. `duplicate`: one session among them lives, and it was
   * used. `ambiguous`: several live, and none was used. `too-many`: there are more than four, and none
   * was used.
   */
  | {
      readonly type: 'session:unknown-id'
      readonly reason: 'not-ours' | 'duplicate' | 'ambiguous' | 'too-many'
    }
  /** The stored record could not be read; the request goes on with a fresh session. */
  | { readonly type: 'session:corrupt'; readonly handle: string }
  /** The secret that the store kept is too short to sign ids; a new one takes its place. */
  | { readonly type: 'session:secret-refused' }
  /** The store failed, the app asked for what cannot be kept (a 500 or 503), or `touch` failed. */
  | {
      readonly type: 'session:error'
      readonly handle: string
      readonly code: string
      readonly message: string
    }
  /** An unsafe request did not pass, or would not have, where `csrf.reportOnly` is set. */
  | {
      readonly type: 'csrf:refused'
      readonly handle: string
      readonly reason: CsrfRefusal
      readonly reportOnly: boolean
    }

/** Why a session was ended before its time. */
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

/** Every event's name with its payload, as `core.hooks` knows them. */
export type SessionEvents = {
  readonly [Type in SessionEvent['type']]: Extract<SessionEvent, { readonly type: Type }>
}

import type { OwnerId } from './session/owner.ts'

/**
 * Events for logs and metrics (OWASP: log the life cycle of sessions). `handle` is the value of `session.handle`. An
 * event never contains an id, a token or data. If a listener throws, the request continues.
 */
export type SessionEvent =
  /** A session was stored for the first time, or a sign-in created a new one. */
  | { readonly type: 'session:created'; readonly handle: string }
  /**
   * A change was stored. After `save({ within })`, it is emitted when the middleware has found that the transaction was
   * committed.
   */
  | { readonly type: 'session:saved'; readonly handle: string }
  /** Activity was stored, at most once per touch interval. */
  | { readonly type: 'session:touched'; readonly handle: string }
  /**
   * The session moved to a new id, because of `regenerate()`, a sign-in or another change of user. `from` is the handle
   * before the move.
   */
  | { readonly type: 'session:regenerated'; readonly handle: string; readonly from: string }
  /**
   * The session was ended before it expired. `signed-out`: by `signOut()` or `invalidate()`. `ended`: by `end`,
   * `endOthers` or `endAll`. `over-limit`: by a sign-in above `maxSessionsPerOwner`. `owner-version`: the option
   * `ownerVersion` returned another value than at the sign-in.
   */
  | { readonly type: 'session:ended'; readonly handle: string; readonly reason: EndReason }
  /**
   * A user signed in with a device that no other active session of this user has. Emitted only with the option
   * `devices`, and also at the first sign-in of a user.
   */
  | {
      readonly type: 'session:device-new'
      readonly handle: string
      readonly userId: OwnerId
      /** The key under which the session stores the id: `ownerKey`. */
      readonly ownerKey: string
      /** The name of the device, such as "Firefox on Windows". */
      readonly device: string
    }
  /** A request carried an id that this app signed, but its session has expired or ended. */
  | { readonly type: 'session:expired'; readonly handle: string }
  /** Another request wrote first. The changes are re-applied to the latest stored data. */
  | { readonly type: 'session:conflict'; readonly handle: string }
  /** The session ended during the request. The changes of the request were dropped. */
  | { readonly type: 'session:gone'; readonly handle: string }
  /**
   * The request carried an old id of a session that has moved to a new id. `rebased`: its changes were re-applied to
   * the session under its new id. `refused`: the request failed with 409.
   */
  | {
      readonly type: 'session:moved'
      readonly handle: string
      readonly outcome: 'rebased' | 'refused'
    }
  /**
   * A request carried unexpected session cookies. `not-ours`: a cookie with our name contains an id that this app did
   * not issue. The other reasons are about requests with several cookies of our name and ids that this app issued.
   * `duplicate`: they lead to exactly one active session, and that session was used. `ambiguous`: they lead to several
   * active sessions, and none was used. `too-many`: there are more than four, and none was used.
   */
  | {
      readonly type: 'session:unknown-id'
      readonly reason: 'not-ours' | 'duplicate' | 'ambiguous' | 'too-many'
    }
  /** The stored record cannot be read. The request continues with a new session. */
  | { readonly type: 'session:corrupt'; readonly handle: string }
  /** The secret in the store is shorter than 32 bytes, so it is not used. A new secret replaces it. Also in the log. */
  | { readonly type: 'session:secret-refused' }
  /** An error with status 500 or 503 occurred, for example because the store or `touch` failed. Also in the log. */
  | {
      readonly type: 'session:error'
      readonly handle: string
      readonly code: string
      readonly message: string
    }
  /** The CSRF check refused a request, or would have refused it without `csrf.reportOnly`. */
  | {
      readonly type: 'csrf:refused'
      readonly handle: string
      readonly reason: CsrfRefusal
      readonly reportOnly: boolean
    }

/** Why a session was ended before it expired. */
export type EndReason = 'signed-out' | 'ended' | 'over-limit' | 'owner-version'

/** Why the CSRF check refused a request. */
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

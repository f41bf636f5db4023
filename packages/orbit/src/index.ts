import type { Csrf } from './csrf/csrf.ts'
import type { Session } from './session/session.ts'
import type { Sessions } from './sessions.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** The session of this request. */
    session: Session
    /** The sessions of users: `c.get('sessions').of(userId)`. */
    sessions: Sessions
    /** The CSRF token of this request's session. */
    csrf: Csrf
  }
}

export type {
  CsrfFailure,
  CsrfOptions,
  DevicesOptions,
  SessionCookieOptions,
  SessionDriver,
  SessionLogger,
  SessionOptions,
  StoreOfRequest,
} from './config.ts'
export type { Csrf } from './csrf/csrf.ts'
export { SessionConfigError, SessionError, type SessionErrorCode } from './errors.ts'
export type { CsrfRefusal, EndReason, SessionEvent, SessionEvents } from './events.ts'
export { localPath } from './local-path.ts'
export { type SessionMiddleware, type SessionVariables, session } from './middleware.ts'
export { OrbitSession } from './orbit.ts'
export { back, backIfStale, intended } from './redirects.ts'
export {
  type RequireConfirmedOptions,
  type RequireOwnerOptions,
  requireConfirmed,
  requireOwner,
} from './require.ts'
export type { PutOptions } from './session/data.ts'
export type { DeepReadonly, SessionData, SessionFlash } from './session/declared.ts'
export type { SessionDraft } from './session/draft.ts'
export type { FormErrors, FormInput, FormIssue, FormIssues } from './session/form.ts'
export type { OwnerId } from './session/owner.ts'
export type { Session } from './session/session.ts'
export type { SignInOptions } from './session/sign-in-options.ts'
export type { EndedBecause } from './session/state.ts'
export {
  type OwnerSessions,
  type SessionDevice,
  type SessionInfo,
  type Sessions,
  sessionsOf,
} from './sessions.ts'
export { decodeRecord, encodeRecord } from './stores/envelope.ts'
export type { FileStoreOptions } from './stores/file.ts'
export { type MemoryStoreOptions, memoryStore } from './stores/memory.ts'
export type { RedisStoreOptions } from './stores/redis.ts'
export type { SqliteStoreOptions } from './stores/sqlite.ts'
export {
  type Awaitable,
  type CheckedStore,
  type OwnerKeepingStore,
  type PrunableStore,
  type SessionRecord,
  type SessionStore,
  type SynchronousStore,
  type TransactionalStore,
  unreadable,
  type WalkableStore,
} from './stores/store.ts'

import { HTTPException } from 'hono/http-exception'
import { onOneLine } from './quote.ts'
import { headersOf, refusedHeader } from './respond.ts'

/** What can go wrong with a session at run time. Codes are stable; messages may improve. */
export type SessionErrorCode =
  | 'session-moved'
  | 'session-stale'
  | 'session-ended'
  | 'session-no-owner'
  | 'session-not-confirmed'
  | 'session-wrong-type'
  | 'session-ambiguous'
  | 'session-limit'
  | 'session-busy'
  | 'session-unavailable'
  | 'session-store-full'
  | 'session-newer-format'
  | 'session-too-large'
  | 'session-bad-value'
  | 'session-bad-owner'
  | 'session-not-sync'
  | 'session-not-transactional'
  | 'session-callback-failed'
  | 'session-form-timeout'
  | 'session-committed'
  | 'session-outside-path'

const statuses = {
  'session-moved': 409,
  'session-stale': 409,
  'session-ended': 409,
  'session-no-owner': 401,
  'session-not-confirmed': 403,
  'session-wrong-type': 409,
  'session-ambiguous': 409,
  'session-limit': 409,
  'session-busy': 503,
  'session-unavailable': 503,
  'session-store-full': 503,
  'session-newer-format': 503,
  'session-too-large': 500,
  'session-bad-value': 500,
  'session-bad-owner': 500,
  'session-not-sync': 500,
  'session-not-transactional': 500,
  'session-callback-failed': 500,
  'session-form-timeout': 408,
  'session-committed': 500,
  'session-outside-path': 500,
} as const satisfies Record<SessionErrorCode, number>

/**
 * An error of the session. It is thrown in the handler, or it is the response if the commit fails.
 *
 * It extends Hono's `HTTPException`, so an app without an error handler responds with the right status:
 * 401 if nobody is signed in where somebody must be, 409 if the session moved, ended or changed during the request, 503 with `Retry-After` if the store
 * cannot do its work now, 500 for a mistake in the app's code. The response is
 * `{ success: false, error: { code, message } }`. For a 500 the message is only in the log.
 */
export class SessionError extends HTTPException {
  /** What a printed stack begins with. */
  override readonly name = 'SessionError'
  /** The stable code, for example `session-moved`. */
  readonly code: SessionErrorCode

  /** The code, which decides the status, a message that says what happened and what to do, and the `cause`. */
  constructor(code: SessionErrorCode, message: string, options?: { cause?: unknown }) {
    super(statuses[code], { message: onOneLine(message), ...options })
    this.code = code
  }

  /**
   * The response of an app without an error handler of its own: JSON, or a small page if the session
   * middleware has seen that the client prefers one. No cache stores it.
   */
  override getResponse(): Response {
    const { code, status } = this
    const page = pages.get(this)
    const headers = headersOf(page === undefined ? 'application/json' : 'text/html')
    if (status === 503) headers.set('Retry-After', '1')
    if (code === 'session-stale') headers.set(refusedHeader, code)
    const error = { code, message: messageFor(this) }
    const body = page ?? JSON.stringify({ success: false, error })
    return new Response(body, { status, headers })
  }
}

/** What the response says. What the app's code did wrong is only in the log. */
export function messageFor({ status, message }: SessionError): string {
  return status === 500
    ? 'The session could not be used as the app tried to. See the log.'
    : message
}

const pages = new WeakMap<SessionError, string>()

/** The same error with a page as its response. A copy: several requests may wait for one error. */
export function asPage(error: SessionError, page: string): SessionError {
  const { code, message, cause, stack } = error
  const copy = new SessionError(code, message, { cause })
  if (stack !== undefined) copy.stack = stack
  pages.set(copy, page)
  return copy
}

/**
 * A configuration that cannot work. It is thrown when the middleware is made, by `ready()` and at boot. Two mistakes
 * show at the first request only: `app.use(session)`, and two sessions of one app whose names collide.
 */
export class SessionConfigError extends Error {
  /** What a printed stack begins with. */
  override readonly name = 'SessionConfigError'
  /** The stable code. */
  readonly code = 'session-config'

  /** What cannot work and what to change, on one line, and the error underneath as `cause`. */
  constructor(message = '', options?: ErrorOptions) {
    super(onOneLine(message), options)
  }
}

export function movedError(): SessionError {
  return new SessionError(
    'session-moved',
    'The session has moved to a new id, because another request signed in or called regenerate(). Send the request again, with the current cookie.',
  )
}

export function noOwnerError(): SessionError {
  return new SessionError('session-no-owner', 'Nobody is signed in. Sign in first.')
}

/** Like `session-moved`, but found out before the handler ran. Clients may repeat the request by themselves. */
export function staleError(): SessionError {
  return new SessionError(
    'session-stale',
    'The request came with the old id of a session that has moved to a new one, because another request signed in or called regenerate(). Its handler has not run. Send the request again, with the current cookie and token.',
  )
}

export function outsideError(): SessionError {
  return new SessionError(
    'session-outside-path',
    'The session cannot change here: browsers do not send its cookie, because the path is outside of session.cookie.path. Change it under that path only. If a proxy removes the beginning of the path, set session.cookie.publicPath to what it removes.',
  )
}

export function tooLateToChange(): SessionError {
  return new SessionError(
    'session-committed',
    'The response has begun, so the session cannot change any more. Change it in the handler, before that.',
  )
}

export function tooLateToBegin(): SessionError {
  return new SessionError(
    'session-committed',
    'The response has begun, and this is the first use of the session in this request: it is too late for its cookies and headers. Use it before: with a stream, read session.userId or csrf.token() before stream(…), with streamed JSX before c.render(…).',
  )
}

export function refusedAlready(): SessionError {
  return new SessionError(
    'session-committed',
    'The request was refused before its handler ran. A refusal stores nothing, so csrf.onError and app.onError cannot change the session. Put what the next page should show into its address.',
  )
}

import { HTTPException } from 'hono/http-exception'
import { onOneLine } from './quote.ts'
import { headersOf, refusedHeader } from './respond.ts'

/** The codes of `SessionError`. Codes are stable. Messages may change. */
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
 * An error of the session. The methods of the session throw it in the handler. If the commit after the handler fails,
 * it replaces the response.
 *
 * It extends Hono's `HTTPException`, so an app without an error handler responds with the status of the error:
 *
 * - 401 if the request needs a signed-in user, 403 if it needs a recent sign-in or `confirm()`
 * - 408 if a form did not arrive in time
 * - 409 if the session moved, ended or changed during the request
 * - 503 with `Retry-After` if the store is temporarily unavailable
 * - 500 for a mistake in the code of the app
 *
 * The response is `{ success: false, error: { code, message } }`. For a 500, only the log has the message.
 */
export class SessionError extends HTTPException {
  /** The name at the start of a printed stack. */
  override readonly name = 'SessionError'
  /** The stable code, for example `session-moved`. */
  readonly code: SessionErrorCode

  /** The status depends on `code`. `message` says what happened and what to do next. */
  constructor(code: SessionErrorCode, message: string, options?: { cause?: unknown }) {
    super(statuses[code], { message: onOneLine(message), ...options })
    this.code = code
  }

  /**
   * Returns the response, which Hono sends if the app has no error handler: JSON, or a small page if the session
   * middleware has seen that the client prefers HTML. Caches do not store it.
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

/** The message of the response. For a mistake in the app's code, only the log has the details. */
export function messageFor({ status, message }: SessionError): string {
  return status === 500 ? 'The app used the session in a wrong way. See its log.' : message
}

const pages = new WeakMap<SessionError, string>()

/** A copy of the error with a page as its response. A copy, because several requests may share one error. */
export function asPage(error: SessionError, page: string): SessionError {
  const { code, message, cause, stack } = error
  const copy = new SessionError(code, message, { cause })
  if (stack !== undefined) copy.stack = stack
  pages.set(copy, page)
  return copy
}

/**
 * A configuration that cannot work. `session()`, `ready()` and the boot throw it. Two mistakes show only at the first
 * request: `app.use(session)` without parentheses, and two sessions in one app that share the name of a cookie or of
 * a token.
 */
export class SessionConfigError extends Error {
  /** The name at the start of a printed stack. */
  override readonly name = 'SessionConfigError'
  /** The stable code. */
  readonly code = 'session-config'

  /** `message` says what cannot work and what to change. Line breaks and other control characters are escaped. */
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

/** Like `session-moved`, but before the handler ran, so clients may repeat the request automatically. */
export function staleError(): SessionError {
  return new SessionError(
    'session-stale',
    'The request came with the old id of a session that has moved to a new one, because another request signed in or called regenerate(). Its handler has not run. Send the request again, with the current cookie and token.',
  )
}

export function outsideError(): SessionError {
  return new SessionError(
    'session-outside-path',
    'The session cannot change here: browsers do not send its cookie, because the path is outside of session.cookie.path. Change it only under that path. If a proxy removes the beginning of the path, set session.cookie.publicPath to the removed part.',
  )
}

export function tooLateToChange(): SessionError {
  return new SessionError(
    'session-committed',
    'The response has started, so the session cannot change any more. Change it in the handler, before the response starts.',
  )
}

export function tooLateToBegin(): SessionError {
  return new SessionError(
    'session-committed',
    'The response has started, so it is too late for the first use of the session in this request: its cookies and headers cannot be sent. Use it earlier: with a stream, read session.userId or csrf.token() before stream(…), with streamed JSX before c.render(…).',
  )
}

export function refusedAlready(): SessionError {
  return new SessionError(
    'session-committed',
    'The request was refused before its handler ran. A refusal stores nothing, so csrf.onError and app.onError cannot change the session. Put data for the next page into its URL.',
  )
}

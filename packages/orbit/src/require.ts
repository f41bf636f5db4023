import type { Context, MiddlewareHandler } from 'hono'
import { getPath } from 'hono/utils/url'
import { aNumber, aString, refuse } from './checks.ts'
import { noOwnerError, SessionError } from './errors.ts'
import { sessionUnder } from './installed.ts'
import { quote } from './quote.ts'
import { detour } from './redirects.ts'
import { prefersPage } from './respond.ts'

/** Options of `requireOwner`. */
export interface RequireOwnerOptions {
  /**
   * The path of the sign-in page. A browser that requests a page is redirected there, with the requested page in the
   * query: `/login?next=%2Faccount`. Read it with `intended(c)`. Default: no redirect, the response is always a 401.
   */
  readonly redirectTo?: string | undefined
  /** The name of the session, if `session()` has another `exposeAs`. Default `session`. */
  readonly exposeAs?: string | undefined
}

/** Options of `requireConfirmed`. */
export interface RequireConfirmedOptions extends RequireOwnerOptions {
  /** The maximum time since the user signed in or confirmed, in seconds. Default 900: 15 minutes. */
  readonly withinSeconds?: number | undefined
}

/**
 * Accepts only requests of signed-in users. Other requests fail with 401 (`session-no-owner`), or are redirected to the
 * sign-in page. Nothing is stored for them: the URL contains the requested page.
 *
 * @throws {SessionConfigError} if an option is not valid
 * @example
 * app.use('/account/*', requireOwner({ redirectTo: '/login' }))
 */
export function requireOwner(options: RequireOwnerOptions = {}): MiddlewareHandler {
  const { redirectTo, exposeAs, path } = checkedOptions('requireOwner', options)
  return async function requireOwnerMiddleware(c, next) {
    const { userId } = sessionUnder(c, exposeAs, 'requireOwner')
    if (userId !== undefined || c.req.path === path) return next()
    return sendAway(c, redirectTo, noOwnerError)
  }
}

/**
 * Accepts only requests of users who signed in or confirmed recently (ASVS 7.5.1, 7.5.3). Other requests fail with 403
 * (`session-not-confirmed`), or are redirected to the page that asks for the password and calls `session.confirm()`.
 * If no user is signed in, they fail with 401, or are redirected to the same page, which redirects to the sign-in page.
 *
 * @throws {SessionConfigError} if an option is not valid
 * @example
 * app.use('/admin/*', requireConfirmed({ withinSeconds: 600, redirectTo: '/confirm' }))
 */
export function requireConfirmed(options: RequireConfirmedOptions = {}): MiddlewareHandler {
  const { withinSeconds = 900, ...rest } = options
  const { redirectTo, exposeAs, path } = checkedOptions('requireConfirmed', rest)
  aNumber(1)('requireConfirmed.withinSeconds', withinSeconds)
  return async function requireConfirmedMiddleware(c, next) {
    const session = sessionUnder(c, exposeAs, 'requireConfirmed')
    if (session.confirmedWithin(withinSeconds) || c.req.path === path) return next()
    return sendAway(c, redirectTo, () =>
      session.userId === undefined ? noOwnerError() : notConfirmedError(),
    )
  }
}

/** Only page requests are redirected. A script would follow the redirect and treat the page as the response. */
function sendAway(c: Context, page: string | undefined, error: () => SessionError): Response {
  if (page === undefined || !prefersPage(c)) throw error()
  return c.redirect(detour(c, page), 303)
}

function checkedOptions(name: string, options: RequireOwnerOptions) {
  const { redirectTo, exposeAs = 'session' } = options
  aString(`${name}.exposeAs`, exposeAs)
  const isPath =
    redirectTo === undefined || /^\/(?!\/)/.test(aString(`${name}.redirectTo`, redirectTo))
  if (!isPath) {
    refuse(
      `${name}.redirectTo`,
      `is ${quote(redirectTo)}; use a path of this app, for example "/login"`,
    )
  }
  // That page may itself be under a protected path. Paths are compared as Hono routes them. With another rule, for
  // example for `/admin/../login`, a request could get through to a handler of /admin.
  const path = redirectTo && getPath(new Request(new URL(redirectTo, 'http://localhost')))
  return { redirectTo, exposeAs, path }
}

function notConfirmedError(): SessionError {
  return new SessionError(
    'session-not-confirmed',
    'This needs a recent sign-in. Enter your password again, then repeat the request.',
  )
}

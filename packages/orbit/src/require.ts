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
   * The path of the sign-in page. Browsers that ask for a page are redirected there, with the page that they wanted in the
   * query: `/login?next=%2Faccount`. `intended(c)` reads it. Default: the response is a 401 for everybody.
   */
  readonly redirectTo?: string | undefined
  /** The name of the session, if `session()` got another `exposeAs`. Default `session`. */
  readonly exposeAs?: string | undefined
}

/** Options of `requireConfirmed`. */
export interface RequireConfirmedOptions extends RequireOwnerOptions {
  /** How long ago the user may have signed in or confirmed, in seconds. Default 900: 15 minutes. */
  readonly withinSeconds?: number | undefined
}

/**
 * Lets only requests of signed-in users through. For others the response is a 401 (`session-no-owner`), or a redirect to
 * the sign-in page. Nothing is stored for them: where they wanted to go is in the address.
 *
 * @throws {SessionConfigError} for options that cannot work
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
 * Lets only requests through whose user has signed in or confirmed lately (ASVS 7.5.1, 7.5.3). For others the response is a
 * 403 (`session-not-confirmed`), or a redirect to the page that asks for the password and calls `session.confirm()`.
 * Requests of nobody are a 401, or go to the same page, which sends them on to the sign-in page.
 *
 * @throws {SessionConfigError} for options that cannot work
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

/** A redirect for those who look at pages. A script that follows one would take the page for its answer. */
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
    refuse(`${name}.redirectTo`, `is ${quote(redirectTo)}; give a path of this app: "/login"`)
  }
  // That page may be among those that are kept for some. It is compared as Hono routes: another reading of a path,
  // such as `/admin/../login`, would let a request through to a handler of /admin.
  const path = redirectTo && getPath(new Request(new URL(redirectTo, 'http://localhost')))
  return { redirectTo, exposeAs, path }
}

function notConfirmedError(): SessionError {
  return new SessionError(
    'session-not-confirmed',
    'This needs a recent sign-in. Enter your password again, then repeat the request.',
  )
}

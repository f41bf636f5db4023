import type { Context } from 'hono'
import type { CsrfFailure } from './config.ts'
import { localPath } from './local-path.ts'
import { prefersPage } from './respond.ts'

/** The query parameter with the path that the user wanted to open. */
const parameter = 'next'

/**
 * Redirects the browser to the page that it came from, for example to a form after its input was refused. The browser
 * stays on this app: `Referer` is used only if it is a page on the host of the request.
 *
 * @param fallback a path of this app, for requests without a `Referer`. Default `/`
 * @example
 * session.flashErrors(checked.error)
 * return back(c, '/profile')
 */
export function back(c: Context, fallback = '/'): Response {
  return c.redirect(localPath(c, c.req.header('Referer'), fallback), 303)
}

/**
 * For `csrf.onError`: redirects a browser to its form if the token is older than a sign-in, or if the session has
 * expired. The page then shows the current state with a new token. All other requests are refused as usual.
 *
 * @example
 * app.use(session({ csrf: { onError: backIfStale } }))
 */
export function backIfStale(c: Context, { reason }: CsrfFailure): Response | undefined {
  const isStale = reason === 'mismatch' || reason === 'expired'
  return isStale && prefersPage(c) ? back(c) : undefined
}

/**
 * Returns the page that the user wanted to open before `requireOwner` or `requireConfirmed` redirected here. It is a
 * path of this app, safe to redirect to. A form without an `action` keeps the query that contains it.
 *
 * @param fallback a path of this app, for users who opened the page directly. Default `/`
 * @example
 * session.signIn(user.id)
 * return c.redirect(intended(c, '/account'), 303)
 */
export function intended(c: Context, fallback = '/'): string {
  return localPath(c, c.req.query(parameter), fallback)
}

/** The URL of a page that the user has to visit first. Its query contains the path to return to. */
export function detour(c: Context, page: string): string {
  const isPage = c.req.method === 'GET' || c.req.method === 'HEAD'
  const wanted = localPath(c, isPage ? c.req.url : c.req.header('Referer'), '')
  const { pathname, search, hash } = new URL(page, c.req.url)
  const query = new URLSearchParams(search)
  if (wanted !== '/') query.set(parameter, wanted)
  return `${pathname}${query.size > 0 ? `?${query}` : ''}${hash}`
}

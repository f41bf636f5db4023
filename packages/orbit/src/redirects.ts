import type { Context } from 'hono'
import type { CsrfFailure } from './config.ts'
import { localPath } from './local-path.ts'
import { prefersPage } from './respond.ts'

/** The name of the query's parameter that says where somebody wanted to go. */
const parameter = 'next'

/**
 * Sends the browser back to the page that it came from, for example to the form after its input was refused. It
 * never leaves this app: what `Referer` says counts only if it is a page of the host that the request came to.
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
 * For `csrf.onError`: sends a browser back to its form if the token was of before a sign-in, or of a session that has
 * expired. The page then shows how things stand, with a new token. Every other request is refused as usual.
 *
 * @example
 * app.use(session({ csrf: { onError: backIfStale } }))
 */
export function backIfStale(c: Context, { reason }: CsrfFailure): Response | undefined {
  const isStale = reason === 'mismatch' || reason === 'expired'
  return isStale && prefersPage(c) ? back(c) : undefined
}

/**
 * Where somebody wanted to go before `requireOwner` or `requireConfirmed` sent them here: a path of this app, safe to
 * redirect to. A form without an `action` keeps the query that holds it.
 *
 * @param fallback a path of this app, for those who came by themselves. Default `/`
 * @example
 * session.signIn(user.id)
 * return c.redirect(intended(c, '/account'), 303)
 */
export function intended(c: Context, fallback = '/'): string {
  return localPath(c, c.req.query(parameter), fallback)
}

/** The address of a page that asks for something first, with the way back. */
export function detour(c: Context, page: string): string {
  const isPage = c.req.method === 'GET' || c.req.method === 'HEAD'
  const wanted = localPath(c, isPage ? c.req.url : c.req.header('Referer'), '')
  const { pathname, search, hash } = new URL(page, c.req.url)
  const query = new URLSearchParams(search)
  if (wanted !== '/') query.set(parameter, wanted)
  return `${pathname}${query.size > 0 ? `?${query}` : ''}${hash}`
}

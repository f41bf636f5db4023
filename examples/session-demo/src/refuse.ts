import type { CsrfFailure } from '@gravito/orbit'
import type { Context } from 'hono'
import { wantsPage } from './input.ts'

/** The pages that show the result of a form that may be sent twice. */
const truth = new Map([
  ['/sign-in', '/profile'],
  ['/sign-out', '/'],
  ['/devices/end', '/devices'],
  ['/devices/end-others', '/devices'],
])

/**
 * For `csrf.onError`: the response to an unsafe request that did not pass. It must not use the
 * session.
 */
export function refuse(c: Context, { reason, message }: CsrfFailure): Response {
  c.header('Cache-Control', 'no-store')
  const page = truth.get(c.req.path)
  // The first click of a double click has changed the token, and the second one has the old token.
  const isStale = reason === 'mismatch' || reason === 'expired'
  if (page !== undefined && isStale && wantsPage(c)) return c.redirect(page, 303)
  // `OrbitErrorPages` makes a page of it.
  return c.json({ success: false, error: { code: 'csrf-refused', reason, message } }, 403)
}

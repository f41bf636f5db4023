import type { CsrfFailure } from '@gravito/orbit'
import type { Context } from 'hono'
import { wantsPage } from './input.ts'

/** Forms that users may send twice, and the pages that show the result of each form. */
const resultPages = new Map([
  ['/sign-in', '/profile'],
  ['/sign-out', '/'],
  ['/devices/end', '/devices'],
  ['/devices/end-others', '/devices'],
])

/** For `csrf.onError`: the response to a refused request. It must not use the session. */
export function refuse(c: Context, { reason, message }: CsrfFailure): Response {
  c.header('Cache-Control', 'no-store')
  const page = resultPages.get(c.req.path)
  // After a double click, the first request has changed the token, and the second request has the old token.
  const isStale = reason === 'mismatch' || reason === 'expired'
  if (page !== undefined && isStale && wantsPage(c)) return c.redirect(page, 303)
  // `OrbitErrorPages` turns this response into a page.
  return c.json({ success: false, error: { code: 'csrf-refused', reason, message } }, 403)
}

import type { Context } from 'hono'
import { asPage, SessionError } from './errors.ts'
import { prefersPage } from './page.ts'

/** An error on its way to the app's error handler: its own response is in the form that the client prefers. */
export function inPreferredForm(c: Context, error: unknown): unknown {
  return error instanceof SessionError && prefersPage(c) ? asPage(error) : error
}

/**
 * An error that a handler has thrown: Hono has asked it for its response by now, without the request. If
 * that is what leaves, a browser gets the page; what the app's own error handler made stays.
 */
export async function preferPage(c: Context, error: SessionError): Promise<void> {
  if (!prefersPage(c) || c.res.status !== error.status) return
  const own = error.getResponse()
  if (c.res.headers.get('Content-Type') !== own.headers.get('Content-Type')) return
  if ((await c.res.clone().text()) !== (await own.text())) return
  c.res = asPage(error).getResponse()
}

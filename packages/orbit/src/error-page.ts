import type { Context } from 'hono'
import { asPage, SessionError } from './errors.ts'
import { onDemand } from './on-demand.ts'
import { prefersPage } from './respond.ts'

const page = onDemand(() => import('./page.ts'))

/** Prepares an error for the app's error handler: its own response is JSON or a page, as the client prefers. */
export async function inPreferredForm(c: Context, error: unknown): Promise<unknown> {
  return error instanceof SessionError && prefersPage(c) ? withPage(error) : error
}

/** If the page cannot be loaded, the response stays JSON. */
async function withPage(error: SessionError): Promise<SessionError> {
  try {
    const { pageOfError } = await page()
    return asPage(error, pageOfError(error))
  } catch {
    return error
  }
}

/**
 * For an error that a handler threw. Hono has already created the error's response, without the request. If that
 * response is still in place, a browser gets the page instead. A response of the app's error handler is kept.
 */
export async function preferPage(c: Context, error: SessionError): Promise<void> {
  if (!prefersPage(c) || c.res.status !== error.status) return
  const own = error.getResponse()
  if (c.res.headers.get('Content-Type') !== own.headers.get('Content-Type')) return
  if ((await c.res.clone().text()) !== (await own.text())) return
  c.res = (await withPage(error)).getResponse()
}

import type { Context } from 'hono'
import { asPage, SessionError } from './errors.ts'
import { onDemand } from './on-demand.ts'
import { prefersPage } from './respond.ts'

const page = onDemand(() => import('./page.ts'))

/** An error on its way to the app's error handler: its own response is in the form that the client prefers. */
export async function inPreferredForm(c: Context, error: unknown): Promise<unknown> {
  return error instanceof SessionError && prefersPage(c) ? withPage(error) : error
}

/** If the page cannot be loaded, the JSON of the error says more than that. */
async function withPage(error: SessionError): Promise<SessionError> {
  try {
    const { pageOfError } = await page()
    return asPage(error, pageOfError(error))
  } catch {
    return error
  }
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
  c.res = (await withPage(error)).getResponse()
}

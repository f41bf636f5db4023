import type { CsrfFailure } from '@gravito/orbit'
import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import { layout } from './layout.ts'

/**
 * The answer to an unsafe request that did not pass: a page for people, JSON for programs. It uses
 * no session, as the request may come from anywhere.
 */
export function refused(
  c: Context,
  { reason, message }: CsrfFailure,
): Response | Promise<Response> {
  c.header('Cache-Control', 'no-store')
  c.header('Vary', 'Accept')
  if (!c.req.header('Accept')?.includes('text/html')) {
    const error = { code: 'csrf-refused', reason, message }
    return c.json({ success: false, error }, 403)
  }
  const frame = { path: '', userId: null, csrfField: raw(''), success: null, error: null }
  const page = layout(frame, {
    title: 'Request refused',
    lede: 'The server looked at where the request came from and at its token, and did nothing else.',
    source: 'src/pages/refused.ts',
    content: html`<p class="answer wrong" role="status"><strong>403 ${reason}</strong>: ${message}</p>
      <p class="row">
        <a class="button" href="/attacks">Back to the attacks</a>
        <a class="button quiet" href="/cart">Look into the cart</a>
      </p>`,
  })
  return c.html(page, 403)
}

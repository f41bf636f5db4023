import type { Context } from 'hono'
import type { CsrfFailure, CsrfSettings } from '../config.ts'
import { pageOf } from '../page.ts'
import { headersOf, prefersPage, refusedHeader } from '../respond.ts'
import { adviceFor } from './messages.ts'

/** The response to a refused request. It sets no cookie, and its `Vary` header tells caches what it depends on. */
export async function refusalOf(
  c: Context,
  failure: CsrfFailure,
  { onError }: CsrfSettings,
): Promise<Response> {
  // If `onError` returns nothing, the request is refused as usual.
  const answer = (await onError?.(c, failure)) ?? plainRefusal(c, failure)
  const response = new Response(answer.body, answer)
  response.headers.append('Vary', 'Sec-Fetch-Site, Origin')
  response.headers.set(refusedHeader, failure.reason)
  return response
}

function plainRefusal(c: Context, { reason, message }: CsrfFailure): Response {
  if (prefersPage(c)) {
    const problem = { title: 'Request refused', advice: adviceFor[reason], code: reason, message }
    return new Response(pageOf(problem), { status: 403, headers: headersOf('text/html') })
  }
  const error = { code: 'csrf-refused', reason, message }
  const headers = headersOf('application/json')
  return new Response(JSON.stringify({ success: false, error }), { status: 403, headers })
}

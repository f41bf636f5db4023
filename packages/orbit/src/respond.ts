import type { Context } from 'hono'
import { isError } from './thrown.ts'

/** Edits the headers of a finished response. Responses of `fetch` and `redirect` must be copied first. */
export function editHeaders(c: Context, edit: (headers: Headers) => void): void {
  try {
    edit(c.res.headers)
  } catch (error) {
    if (!isError(error) || error.name !== 'TypeError') throw error
    c.res = new Response(c.res.body, c.res)
    edit(c.res.headers)
  }
}

/**
 * Tells caches what they may do with a response that used the session (OWASP: caching; ASVS 14.2.2). A
 * response that sets one of our cookies is never stored.
 */
export function markPrivate(headers: Headers, cookies: readonly string[]): void {
  for (const cookie of cookies) headers.append('Set-Cookie', cookie)
  const current = headers.get('Cache-Control')
  headers.set('Cache-Control', cookies.length > 0 || !current ? 'no-store' : privateOf(current))
  const vary = headers.get('Vary')
  if (!vary || !/(?:^|,)\s*(?:\*|cookie)\s*(?:,|$)/i.test(vary)) headers.append('Vary', 'Cookie')
}

function privateOf(cacheControl: string): string {
  const directives = cacheControl.split(',').map((directive) => directive.trim())
  const kept = directives.filter(
    (directive) => !/^(?:public|private|s-maxage\b.*)$/i.test(directive),
  )
  return kept.includes('no-store') ? kept.join(', ') : ['private', ...kept].join(', ')
}

/** Headers that an error response keeps from the response that it replaces. Without them, scripts could not read it. */
const keptOnFailure = /^(?:access-control-.*|vary)$/i

/**
 * Discards a finished response, so that no part of it gets into the error response. Its stream is cancelled,
 * so its source stops.
 */
export function discardAnswer(c: Context): void {
  c.res.body?.cancel().catch(() => {})
  const names = [...c.res.headers.keys()]
  const kept = [...c.res.headers].filter(([name]) => keptOnFailure.test(name))
  c.res = undefined
  c.finalized = false
  for (const name of names) c.header(name, undefined)
  for (const [name, value] of kept) c.header(name, value)
}

/**
 * The header says that the request was refused before its handler ran, and why, so a client may send it
 * again. Scripts can read it even if the app changes the body. `client.ts` has a copy of the name.
 */
export const refusedHeader = 'Session-Refused'

/** Headers of a JSON response or a page. Caches do not store it, and `Vary` says what it depends on. */
export function headersOf(type: 'application/json' | 'text/html'): Headers {
  return new Headers({
    'Content-Type': `${type}; charset=UTF-8`,
    'Cache-Control': 'no-store',
    Vary: 'Accept',
  })
}

/** Whether the client is a browser that shows the response, not a script that reads it. */
export function prefersPage(c: Context): boolean {
  const accept = c.req.header('Accept') ?? ''
  return accept.includes('text/html') && !accept.startsWith('application/json')
}

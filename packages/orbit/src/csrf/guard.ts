import type { Context } from 'hono'
import type { CsrfFailure, CsrfSettings } from '../config.ts'
import { connectionOf } from '../cookies.ts'
import type { CsrfRefusal } from '../events.ts'
import type { Keyring } from '../keys.ts'
import { formTokens } from './form.ts'
import { judgeOrigin, type OriginVerdict } from './origin.ts'
import { isTokenOf } from './token.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** RFC 9110, 9.2.1. Methods count to the letter, so an unknown one is checked. */
export function isSafe(method: string): boolean {
  return safeMethods.has(method)
}

function originOf(c: Context, trusted: ReadonlySet<string>, allowSameSite: boolean): OriginVerdict {
  return judgeOrigin({
    url: c.req.url,
    isHttps: connectionOf(c) === 'https',
    fetchSite: c.req.header('Sec-Fetch-Site'),
    origin: c.req.header('Origin'),
    trusted,
    allowSameSite,
  })
}

/** Whether a browser sent the request for another site, trusted or not. */
export function isFromElsewhere(c: Context): boolean {
  const verdict = originOf(c, new Set(), false)
  return verdict === 'cross-site' || verdict === 'origin'
}

/** The random parts of the ids whose tokens a request may carry. */
export interface ExpectedToken {
  readonly current: string
  /** Of an id that the request carried and whose time is over. */
  readonly expired: string | undefined
}

/** Why an unsafe request is refused, if it is: the origin first, then the token (ASVS 3.5.1). */
export async function judgeRequest(
  c: Context,
  settings: CsrfSettings,
  keyring: Keyring,
  expected: ExpectedToken,
): Promise<CsrfRefusal | undefined> {
  const verdict = originOf(c, settings.trustedOrigins, settings.allowSameSite)
  if (verdict === 'cross-site' || verdict === 'origin') return verdict
  const tokens = await sentTokens(c, settings)
  if (tokens.length === 0) return 'missing'
  const [token] = tokens
  if (tokens.length > 1 || typeof token !== 'string') return 'mismatch'
  if (isTokenOf(expected.current, token, keyring)) return undefined
  const isExpired = expected.expired !== undefined && isTokenOf(expected.expired, token, keyring)
  return isExpired ? 'expired' : 'mismatch'
}

/** The first header that is there, else the form's fields. */
async function sentTokens(c: Context, settings: CsrfSettings): Promise<readonly unknown[]> {
  for (const name of settings.headerNames) {
    const token = c.req.header(name)
    if (token) return [token]
  }
  const fields = await formTokens(c, settings.fieldNames, settings.maxFormBytes)
  return fields.filter((field) => field !== '')
}

const messages: Record<CsrfRefusal, string> = {
  missing:
    'The request carries no CSRF token. Send the value of the XSRF-TOKEN cookie in the X-CSRF-Token header, or in the form field _token.',
  mismatch:
    'The CSRF token is not the one of this session. Read the XSRF-TOKEN cookie again, or reload the page.',
  expired: 'The session that the CSRF token belongs to is over. Reload the page and try again.',
  'cross-site': 'The request comes from another site.',
  origin: 'The request comes from another origin.',
}

const hints: Partial<Record<CsrfRefusal, string>> = {
  'cross-site': ' If that site is yours, add its origin to csrf.trustedOrigins.',
  origin:
    ' If that origin is yours, add it to csrf.trustedOrigins; behind a proxy, pass the Host header on.',
}

/** The answer to a refused request. It sets no cookie, and caches know what it depends on. */
export async function refusalOf(
  c: Context,
  reason: CsrfRefusal,
  settings: CsrfSettings,
): Promise<Response> {
  const failure: CsrfFailure = { reason, message: messages[reason] + (hints[reason] ?? '') }
  const answer = settings.onError ? await settings.onError(c, failure) : plainRefusal(c, failure)
  const response = new Response(answer.body, answer)
  response.headers.append('Vary', 'Sec-Fetch-Site, Origin')
  return response
}

function plainRefusal(c: Context, { reason, message }: CsrfFailure): Response {
  const headers = { 'Cache-Control': 'no-store', Vary: 'Accept' }
  const accept = c.req.header('Accept') ?? ''
  if (accept.includes('text/html') && !accept.startsWith('application/json')) {
    return new Response(page(reason, message), {
      status: 403,
      headers: { ...headers, 'Content-Type': 'text/html; charset=UTF-8' },
    })
  }
  const error = { code: 'csrf-refused', reason, message }
  return Response.json({ success: false, error }, { status: 403, headers })
}

function page(reason: CsrfRefusal, message: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Request refused</title>
<body style="font: 1rem/1.5 system-ui; max-width: 36rem; margin: 4rem auto; padding: 0 1rem">
<h1>Request refused</h1>
<p>${message}</p>
<p><small>Reason: ${reason}</small></p>
</body>
</html>
`
}

import type { Context } from 'hono'
import type { CsrfFailure, CsrfSettings } from '../config.ts'
import type { CsrfRefusal } from '../events.ts'

/** For who writes the app or its scripts. */
const messages: Record<CsrfRefusal, string> = {
  missing:
    'The request carries no CSRF token. Send the value of the XSRF-TOKEN cookie in the X-CSRF-Token header, or in the form field _token.',
  mismatch:
    'The CSRF token is not the one of this session. Read the XSRF-TOKEN cookie again, or reload the page with the form.',
  expired: 'The session that the CSRF token belongs to is over. Reload the page and try again.',
  'cross-site':
    'The request comes from another site. If that site is yours, add its origin to csrf.trustedOrigins.',
  origin:
    'The request comes from another origin. If that origin is yours, add it to csrf.trustedOrigins; behind a proxy, pass the Host header on.',
}

const outOfDate =
  'The page that you sent this from is out of date: you have signed in or out since, or waited for long. Nothing was changed. Go back, reload the page, and send it again.'
const fromElsewhere =
  'Another site asked for this in your name, so nothing was changed. If you meant it, do it here, on a page of this site.'

/** For whoever sent a form. Not to reload this page: that would send the same form again. */
const advice: Record<CsrfRefusal, string> = {
  missing: outOfDate,
  mismatch: outOfDate,
  expired: outOfDate,
  'cross-site': fromElsewhere,
  origin: fromElsewhere,
}

/** The answer to a refused request. It sets no cookie, and caches know what it depends on. */
export async function refusalOf(
  c: Context,
  reason: CsrfRefusal,
  settings: CsrfSettings,
): Promise<Response> {
  const failure: CsrfFailure = { reason, message: messages[reason] }
  // JavaScript may return nothing: then the request is refused as usual.
  const answer = (await settings.onError?.(c, failure)) ?? plainRefusal(c, failure)
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
<link rel="icon" href="data:,">
<title>Request refused</title>
<body style="font: 1rem/1.5 system-ui; max-width: 36rem; margin: 4rem auto; padding: 0 1rem">
<h1>Request refused</h1>
<p>${advice[reason]}</p>
<p><a href="/" style="display: inline-block; padding: .7rem 0">Go to the start page</a></p>
<p><small>${reason}: ${message}</small></p>
</body>
</html>
`
}

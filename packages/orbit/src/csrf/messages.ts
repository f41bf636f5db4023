import type { Context } from 'hono'
import type { CsrfSettings } from '../config.ts'
import type { CsrfRefusal } from '../events.ts'

/** The data that the messages need. */
export interface Refused {
  readonly c: Context
  readonly reason: CsrfRefusal
  readonly csrf: CsrfSettings
  /** The session cookie that the request should contain. */
  readonly cookie: { readonly name: string; readonly csrfName: string; readonly wasSent: boolean }
}

/** The message for developers: what happened and what to change. It uses the configured names. */
export function messageOf({ c, reason, csrf, cookie }: Refused): string {
  const [header, alias] = csrf.headerNames
  const fields = csrf.fieldNames.join(' or ')
  const headers = header === alias ? header : `${header} or ${alias}`
  switch (reason) {
    case 'no-session':
      return cookie.wasSent
        ? `The session cookie ${cookie.name} of the request is not valid here: another app or another secret signed it, or the request carries several. Load a page that uses the session again.`
        : `The request carries no session cookie (${cookie.name}). Load a page that uses the session first, and send its cookies back together with the token; with fetch from another origin, use credentials: 'include'.`
    case 'missing':
      return `The request carries no CSRF token. Send the value of the ${cookie.csrfName} cookie in the header ${headers}, or put csrf.field() into the form (the field ${fields}).`
    case 'too-large':
      return `The form is larger than csrf.maxFormBytes, and its first ${csrf.maxFormBytes} bytes contain no CSRF token. Put the field ${fields} before the other fields, or send the token in the header ${headers}.`
    case 'mismatch':
      return `The CSRF token does not belong to this session, or the request carries several. Read the ${cookie.csrfName} cookie again, or reload the page with the form.`
    case 'expired':
      return 'The CSRF token belongs to a session that has ended. Reload the page and try again.'
    case 'cross-site':
      return c.req.header('Sec-Fetch-Site') === 'same-site'
        ? 'The request comes from another host or port of this site (Sec-Fetch-Site: same-site). If that origin is yours, add it to csrf.trustedOrigins, or set csrf.allowSameSite.'
        : 'The request comes from another site (Sec-Fetch-Site: cross-site). If that site is yours, add its origin to csrf.trustedOrigins.'
    case 'origin':
      return c.req.header('Origin') === 'null'
        ? 'The browser does not say where the request comes from (Origin: null). The page may be in a sandbox, or its Referrer-Policy is no-referrer. Set it to same-origin.'
        : 'The request comes from another origin. If that origin is yours, add it to csrf.trustedOrigins. If the app is behind a proxy, the proxy must pass the Host header.'
  }
}

const again = 'Go back, reload the page, and send it again.'
const fromElsewhere =
  'Another site sent this in your name, or your browser did not say which page sent it. Nothing was changed. If you meant to do this, do it on a page of this site.'

/**
 * The message for the user who sent a form: what happened and what to do. It never tells users to reload the refusal
 * page, because that would send the same form again.
 */
export const adviceFor: Record<CsrfRefusal, string> = {
  'no-session': `Your browser sent no valid cookie of this site, so nothing was changed. The page may have been open for a long time. ${again} If this happens again, allow cookies for this site.`,
  missing:
    'The page sent this without the token that protects you from other sites, so nothing was changed. This is a mistake in the page. Please tell the people who run this site.',
  'too-large':
    'What you sent is larger than this site can check, so nothing was changed. Go back and send less, or tell the people who run this site.',
  mismatch: `The page that you sent this from is out of date. You may have signed in or out in another tab. Nothing was changed. ${again}`,
  expired: `Your session ended while the page was open, so nothing was changed. ${again} You may have to sign in first.`,
  'cross-site': fromElsewhere,
  origin: fromElsewhere,
}

import type { Context } from 'hono'
import type { CsrfSettings } from '../config.ts'
import { connectionOf } from '../cookies.ts'
import { judgeOrigin, type OriginVerdict } from './origin.ts'

function originOf(c: Context, trusted: ReadonlySet<string>, allowSameSite: boolean): OriginVerdict {
  return judgeOrigin({
    url: c.req.url,
    isHttps: () => connectionOf(c) === 'https',
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

/** The reason why a request is refused because of its origin, if it is. */
export function judgeSource(
  c: Context,
  settings: CsrfSettings,
): 'cross-site' | 'origin' | undefined {
  const verdict = originOf(c, settings.trustedOrigins, settings.allowSameSite)
  return verdict === 'cross-site' || verdict === 'origin' ? verdict : undefined
}

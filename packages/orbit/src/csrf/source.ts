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

/** Whether a browser sent the request from another site or origin that is not trusted. */
export function isFromElsewhere(c: Context): boolean {
  const verdict = originOf(c, new Set(), false)
  return verdict === 'cross-site' || verdict === 'origin'
}

/** The reason if the request is refused because of its origin. */
export function judgeSource(
  c: Context,
  settings: CsrfSettings,
): 'cross-site' | 'origin' | undefined {
  const verdict = originOf(c, settings.trustedOrigins, settings.allowSameSite)
  return verdict === 'cross-site' || verdict === 'origin' ? verdict : undefined
}

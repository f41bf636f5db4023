import type { Context } from 'hono'
import type { CsrfSettings } from '../config.ts'
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

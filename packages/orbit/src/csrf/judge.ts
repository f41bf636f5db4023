import type { Context } from 'hono'
import { andThen } from '../awaitable.ts'
import type { CsrfSettings } from '../config.ts'
import type { CsrfRefusal } from '../events.ts'
import type { Keyring } from '../keys.ts'
import type { Awaitable } from '../stores/store.ts'
import { type FormSearch, searchBody } from './form.ts'
import { judgeSource } from './source.ts'
import { isTokenOf } from './token.ts'

/** The random parts of the ids whose tokens a request may carry. */
export interface ExpectedToken {
  readonly current: string
  /** Its token with the current secret, if it is known. */
  readonly token: string | undefined
  /** The random part of an id that the request sent and that has expired. */
  readonly expired: string | undefined
}

/**
 * The reason why an unsafe request is refused, or `undefined`. It checks the origin first, then the token
 * (ASVS 3.5.1). The reason is `late` if the form did not arrive in time. A token in a header is checked at once.
 *
 * @param expected `undefined` for a request without a valid id. No token can match in that case, so neither the
 * headers nor the body are read
 */
export function judgeRequest(
  c: Context,
  settings: CsrfSettings,
  keyring: Keyring,
  expected: ExpectedToken | undefined,
): Awaitable<CsrfRefusal | 'late' | undefined> {
  const refusal = judgeSource(c, settings)
  if (refusal) return refusal
  if (!expected) return 'no-session'
  const [first, second] = settings.headerNames
  const isRight = (token: string | undefined) =>
    token !== undefined && isTokenOf(expected.current, token, keyring, expected.token)
  const configured = c.req.header(first)
  if (isRight(configured)) return undefined
  const automatic = c.req.header(second)
  if (isRight(automatic)) return undefined
  const sent = sentTokens(c, settings, configured, automatic)
  return andThen(sent, ({ tokens, isCut, isLate }) => {
    if (isLate) return 'late'
    const [token] = tokens
    if (token === undefined) return isCut ? 'too-large' : 'missing'
    if (tokens.length > 1) return 'mismatch'
    if (isRight(token)) return undefined
    const isExpired = expected.expired !== undefined && isTokenOf(expected.expired, token, keyring)
    return isExpired ? 'expired' : 'mismatch'
  })
}

/**
 * The value of the configured header or, without one, of the form fields. `X-XSRF-TOKEN` comes last: some clients
 * add it automatically, and it may contain the token of another session of the app.
 */
function sentTokens(
  c: Context,
  settings: CsrfSettings,
  configured: string | undefined,
  automatic: string | undefined,
): Awaitable<FormSearch> {
  const header = (token: string) => ({ tokens: [token], isCut: false, isLate: false })
  if (configured) return header(configured)
  return searchBody(c, settings).then((found) =>
    automatic && found.tokens.length === 0 && !found.isLate ? header(automatic) : found,
  )
}

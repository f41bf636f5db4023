import { Buffer } from 'node:buffer'
import { aList, refuse } from './checks.ts'
import { minimumSecretBytes } from './keys.ts'

/** The variables of the environment that this package reads. */
export interface Environment {
  readonly APP_KEY?: string | undefined
  readonly APP_PREVIOUS_KEYS?: string | undefined
  readonly NODE_ENV?: string | undefined
}

/**
 * The configured secrets. The first one signs, and all are accepted. If `session.secret` is set, only that
 * is used. Otherwise it is `APP_KEY`, followed by the keys in `APP_PREVIOUS_KEYS`.
 *
 * @throws {SessionConfigError} for a secret below 32 bytes. The message names the source of the secret and
 * never shows it
 */
export function secretsOf(
  secret: unknown,
  environment: Environment,
): readonly [string, ...string[]] | undefined {
  if (secret !== undefined) return secretList('session.secret', secret)
  // Trimmed like the keys in the list, so that a key stays the same when you move it there.
  const current = environment.APP_KEY?.trim()
  const { APP_PREVIOUS_KEYS: list = '' } = environment
  const previous = list.split(',').flatMap((one) => one.trim() || [])
  if (current) {
    const check = (one: string) => aSecret('APP_PREVIOUS_KEYS', one)
    return [aSecret('APP_KEY', current), ...previous.map(check)]
  }
  if (previous.length > 0) {
    refuse('APP_PREVIOUS_KEYS', 'is set, but APP_KEY is not; set APP_KEY to the key that signs')
  }
  return undefined
}

/** One secret, or several. */
export function secretList(from: string, secrets: unknown): readonly [string, ...string[]] {
  const [first, ...rest]: readonly unknown[] = aList(from, secrets, 'secret')
  const check = (one: unknown) => aSecret(from, one)
  return [check(first), ...rest.map(check)]
}

function aSecret(from: string, secret: unknown): string {
  if (typeof secret !== 'string')
    return refuse(from, `is of type ${typeof secret}; it must be a string`)
  if (Buffer.byteLength(secret) >= minimumSecretBytes) return secret
  return refuse(
    from,
    `has a secret of less than ${minimumSecretBytes} bytes; create one with: node -e "console.log(require('crypto').randomBytes(32).toString('base64url'))"`,
  )
}

import { createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** The keys made of one secret; each serves one purpose (ASVS 11.2.2, NIST SP 800-108). */
export interface Keys {
  /** Signs ids. */
  readonly sign: Uint8Array
  /** Makes CSRF tokens. */
  readonly csrf: Uint8Array
  /** Makes the visitor's id that takes the place of a dead id. */
  readonly derive: Uint8Array
}

/** The keys of all configured secrets, the current one first. */
export type Keyring = readonly [Keys, ...Keys[]]

/** Shorter secrets are refused: 256 bits, the strength of HMAC-SHA-256. */
export const minimumSecretBytes = 32

export function makeKeyring(secrets: readonly [string, ...string[]], cookieName: string): Keyring {
  const [first, ...rest] = secrets
  return [deriveKeys(first, cookieName), ...rest.map((secret) => deriveKeys(secret, cookieName))]
}

function deriveKeys(secret: string, cookieName: string): Keys {
  const derive = (purpose: string) =>
    new Uint8Array(
      hkdfSync('sha256', secret, '', lengthPrefixed('gravito-orbit', purpose, cookieName), 32),
    )
  return { sign: derive('sign'), csrf: derive('csrf'), derive: derive('derive') }
}

/** Joins parts so that no two different lists give the same text. */
export function lengthPrefixed(...parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('')
}

export function mac(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** `bytes` random bytes from the platform's secure source, as base64url. */
export function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

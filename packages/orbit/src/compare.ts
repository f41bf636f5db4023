import { Buffer } from 'node:buffer'
import { hash, timingSafeEqual } from 'node:crypto'

/**
 * Whether two secrets are equal, in constant time. If their lengths differ, it compares their SHA-256
 * digests. Do not use another comparison for secrets in this package (ASVS 11.2.4, OWASP CSRF cheat sheet):
 * the linter refuses it.
 */
export function secretsEqual(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  if (one.length === other.length) return timingSafeEqual(one, other)
  return timingSafeEqual(digestOf(a), digestOf(b))
}

function digestOf(text: string): Uint8Array {
  // On Node this is twice as fast as a hash that returns bytes.
  return Buffer.from(hash('sha256', text, 'base64'))
}

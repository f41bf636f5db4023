import { hash, timingSafeEqual } from 'node:crypto'

/**
 * Whether two secrets are equal, in constant time, whatever their lengths: it compares their
 * SHA-256 digests. The only comparison of secrets in this package (ASVS 11.2.4, OWASP CSRF cheat
 * sheet); the linter refuses any other.
 */
export function secretsEqual(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}

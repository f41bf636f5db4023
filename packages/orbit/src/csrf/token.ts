import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { secretsEqual } from '../compare.ts'
import { type Keyring, type Keys, lengthPrefixed } from '../keys.ts'

const tokenBytes = 32
const plainFormat = /^[A-Za-z0-9_-]{43}$/
const maskedFormat = /^[A-Za-z0-9_-]{86}$/

/**
 * The token of a session: an HMAC of the random part of its id. It belongs to this session only, stays the
 * same for all requests, and does not reveal the id (OWASP: signed double submit).
 */
export function tokenOf(random: string, keys: Keys): string {
  return keys.csrf(lengthPrefixed('csrf', random))
}

/** The token for a page that may be compressed: a different string each time (BREACH). */
export function mask(token: string): string {
  const pad = randomBytes(tokenBytes)
  return Buffer.concat([pad, xor(Buffer.from(token, 'base64url'), pad)]).toString('base64url')
}

/**
 * Whether the string is the session's token, plain or masked, with any of the secrets.
 *
 * @param known the token with the current secret, if it is already known
 */
export function isTokenOf(random: string, text: string, keyring: Keyring, known?: string): boolean {
  const token = plainFormat.test(text) ? text : maskedFormat.test(text) ? unmask(text) : undefined
  if (token === undefined) return false
  if (known !== undefined && secretsEqual(known, token)) return true
  return keyring.some((keys) => secretsEqual(tokenOf(random, keys), token))
}

function unmask(text: string): string {
  const bytes = Buffer.from(text, 'base64url')
  return xor(bytes.subarray(tokenBytes), bytes.subarray(0, tokenBytes)).toString('base64url')
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)))
}

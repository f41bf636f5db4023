import { Buffer } from 'node:buffer'
import { hash, hkdfSync, randomFillSync } from 'node:crypto'

/** The HMAC-SHA-256 of a string under one key, as base64url. */
export type Mac = (text: string) => string

/** The keys of one secret. Each purpose has its own key (ASVS 11.2.2, NIST SP 800-108). */
export interface Keys {
  /** Signs ids. */
  readonly sign: Mac
  /** Creates CSRF tokens. */
  readonly csrf: Mac
  /** Creates the visitor's id that replaces a dead id. */
  readonly derive: Mac
}

/** The keys of all configured secrets, the current one first. */
export type Keyring = readonly [Keys, ...Keys[]]

/** Shorter secrets are refused. 256 bits is the strength of HMAC-SHA-256. */
export const minimumSecretBytes = 32

export function makeKeyring(secrets: readonly [string, ...string[]], cookieName: string): Keyring {
  const [first, ...rest] = secrets
  return [deriveKeys(first, cookieName), ...rest.map((secret) => deriveKeys(secret, cookieName))]
}

function deriveKeys(secret: string, cookieName: string): Keys {
  const derive = (purpose: string) => {
    const info = lengthPrefixed('gravito-orbit', purpose, cookieName)
    return macWith(new Uint8Array(hkdfSync('sha256', secret, '', info, 32)))
  }
  return { sign: derive('sign'), csrf: derive('csrf'), derive: derive('derive') }
}

/** Joins parts so that two different lists never give the same string. */
export function lengthPrefixed(...parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('')
}

/** The block size of SHA-256 in bytes. A key is padded to this length. */
const block = 64

/**
 * HMAC as RFC 2104 defines it, with two calls of the platform's one-shot hash. `createHmac` creates an object
 * for each string, which takes four times as long on Node 20 and eight times as long on Node 24.
 *
 * @param key of at most 64 bytes
 */
export function macWith(key: Uint8Array): Mac {
  const outer = padded(key, 0x5c, 32)
  let inner = padded(key, 0x36, 256)
  return (text) => {
    // One character takes at most three bytes.
    if (block + 3 * text.length > inner.length) inner = padded(key, 0x36, 3 * text.length)
    const length = block + inner.write(text, block)
    outer.set(hash('sha256', inner.subarray(0, length), 'buffer'), block)
    return hash('sha256', outer, 'base64url')
  }
}

/** A key, padded with this byte, followed by `room` free bytes. */
function padded(key: Uint8Array, pad: number, room: number): Buffer {
  const bytes = Buffer.alloc(block + room)
  for (let at = 0; at < block; at += 1) bytes[at] = (key[at] ?? 0) ^ pad
  return bytes
}

/** Unused random bytes. Drawing many at once is a hundred times faster than drawing them one by one. */
let pool: Buffer | undefined
let left = 0
let drawnAt = Number.NEGATIVE_INFINITY

/**
 * How long the bytes of one draw are used, in milliseconds. If a snapshot of the process or its machine is started
 * several times, each copy has the same unused bytes. With this limit, the bytes of an idle process are too old to use.
 */
const freshMs = 10

/** `bytes` random bytes from the platform's secure source, as base64url. At most 4,096. */
export function randomText(bytes: number): string {
  pool ??= Buffer.alloc(4_096)
  const time = Date.now()
  if (bytes > left || Math.abs(time - drawnAt) > freshMs) {
    randomFillSync(pool)
    left = pool.length
    drawnAt = time
  }
  left -= bytes
  return pool.toString('base64url', left, left + bytes)
}

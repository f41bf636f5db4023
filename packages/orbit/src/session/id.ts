import { hash } from 'node:crypto'
import { secretsEqual } from '../compare.ts'
import { type Keyring, type Keys, lengthPrefixed, randomText } from '../keys.ts'

/**
 * The content of our cookie. A visitor has no stored record. The first write creates a record under the
 * handle of the same random part, and the cookie gets a stored id. That id also names the instance of the
 * record, and it does not open any other record.
 */
export type Id =
  | { readonly kind: 'visitor'; readonly random: string; readonly issuedAt: number }
  | { readonly kind: 'stored'; readonly random: string; readonly instance: string }

/** 256 bits, twice the minimum of OWASP and ASVS 7.2.3. */
const randomBytesOfAnId = 32

const format = /^(?:v\.([\w-]{43})\.([0-9a-z]{1,9})|s\.([\w-]{43})\.([\w-]{16}))\.([\w-]{43})$/
const longestId = 128

export function newRandom(): string {
  return randomText(randomBytesOfAnId)
}

/** The public name of a session: a one-way hash of the random part of its id. It is safe to log and list. */
export function handleOf(random: string): string {
  return hash('sha256', `gravito-orbit handle ${random}`, 'base64url')
}

export function signId(id: Id, keys: Keys): string {
  const mark = id.kind === 'visitor' ? id.issuedAt.toString(36) : id.instance
  const body = `${id.kind === 'visitor' ? 'v' : 's'}.${id.random}.${mark}`
  return `${body}.${keys.sign(body)}`
}

/** Whether the string has the form of an id. It does not check the signature. */
export function looksLikeAnId(text: string): boolean {
  return text.length <= longestId && format.test(text)
}

/** The id in a cookie, and the keys that signed it. `undefined` if we did not sign it. */
export function readId(text: string, keyring: Keyring): { id: Id; keys: Keys } | undefined {
  const match = text.length > longestId ? undefined : format.exec(text)
  if (!match) return undefined
  const [, visitor, issuedAt = '', stored = '', instance = '', signature = ''] = match
  const body = text.slice(0, -1 - signature.length)
  const keys = keyring.find((candidate) => secretsEqual(candidate.sign(body), signature))
  if (!keys) return undefined
  const id: Id =
    visitor === undefined
      ? { kind: 'stored', random: stored, instance }
      : { kind: 'visitor', random: visitor, issuedAt: Number.parseInt(issuedAt, 36) }
  return { id, keys }
}

/**
 * The random part of the visitor's id that is derived from a dead id. It is the same in all parallel responses,
 * so they do not overwrite each other's cookie. Nobody can compute it without our key.
 */
export function derivedFrom(id: { random: string; instance: string }, keys: Keys): string {
  return keys.derive(lengthPrefixed(id.random, id.instance))
}

/** Whether two ids are the same. Both are verified, so the timing reveals nothing. */
export function isSameId(a: Id, b: Id): boolean {
  if (a.random !== b.random) return false
  if (a.kind === 'stored') return b.kind === 'stored' && a.instance === b.instance
  return b.kind === 'visitor' && a.issuedAt === b.issuedAt
}

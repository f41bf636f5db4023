import { hash } from 'node:crypto'
import { secretsEqual } from '../compare.ts'
import { type Keyring, type Keys, lengthPrefixed, randomText } from '../keys.ts'

/**
 * What a cookie of ours says. A visitor has nothing stored; its first write makes a record under
 * the handle of the same random part, and the cookie becomes a stored one, which also names the
 * instance of that record and opens no other.
 */
export type Id =
  | { readonly kind: 'visitor'; readonly random: string; readonly issuedAt: number }
  | { readonly kind: 'stored'; readonly random: string; readonly instance: string }

/** 256 bits: twice what OWASP and ASVS 7.2.3 ask for. */
const randomBytesOfAnId = 32

const visitorFormat = /^v\.([A-Za-z0-9_-]{43})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/
const storedFormat = /^s\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})$/
const longestId = 128

export function newRandom(): string {
  return randomText(randomBytesOfAnId)
}

/** The public name of a session, one-way from the random part of its id. Safe to log and to list. */
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
  return text.length <= longestId && (visitorFormat.test(text) || storedFormat.test(text))
}

/** The id that a cookie's text carries, and the keys that signed it; nothing if we did not. */
export function readId(text: string, keyring: Keyring): { id: Id; keys: Keys } | undefined {
  if (text.length > longestId) return undefined
  const match = visitorFormat.exec(text) ?? storedFormat.exec(text)
  const [, random, mark, signature] = match ?? []
  if (random === undefined || mark === undefined || signature === undefined) return undefined
  const body = text.slice(0, text.lastIndexOf('.'))
  const keys = keyring.find((candidate) => secretsEqual(candidate.sign(body), signature))
  if (!keys) return undefined
  const id: Id = text.startsWith('v')
    ? { kind: 'visitor', random, issuedAt: Number.parseInt(mark, 36) }
    : { kind: 'stored', random, instance: mark }
  return { id, keys }
}

/**
 * The random part of the visitor's id that is derived from a dead id: the same in every parallel
 * response, so that those do not overwrite each other, and secret to everybody without our key.
 */
export function derivedFrom(id: { random: string; instance: string }, keys: Keys): string {
  return keys.derive(lengthPrefixed(id.random, id.instance))
}

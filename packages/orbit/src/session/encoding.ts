import { Buffer } from 'node:buffer'
import { stringify } from 'devalue'
import { SessionError } from '../errors.ts'
import type { Contents, FlashEntry } from './contents.ts'
import { factsOf } from './facts.ts'
import { unflatten } from './unflatten.ts'
import { deepest } from './value.ts'

/**
 * The contents as a string: plain JSON if every value is plain, otherwise the format of devalue, a JSON array.
 *
 * @throws {SessionError} `session-too-large`
 */
export function encode(contents: Contents, most: number): string {
  // The data of a sign-in does not belong to the app, so its size does not count.
  const own = contents.facts ? Buffer.byteLength(JSON.stringify(contents.facts)) + 16 : 0
  const maxBytes = most + own
  const plain = plainText(contents)
  const plainBytes = plain === undefined ? Number.POSITIVE_INFINITY : Buffer.byteLength(plain)
  if (plain !== undefined && plainBytes <= maxBytes) return plain
  // Devalue stores equal strings only once.
  const extras = extrasOf(contents)
  const parts = [contents.data, entriesOf(contents)]
  const data = wellFormed(stringify(extras ? [...parts, extras] : parts))
  const bytes = Math.min(plainBytes, Buffer.byteLength(data))
  if (bytes <= maxBytes) return data
  throw new SessionError(
    'session-too-large',
    `The session would be ${bytes - own} bytes, but maxBytes is ${most}. Store large data in a database and its id in the session, or raise maxBytes.`,
  )
}

function entriesOf({ flash }: Contents): [key: string, mark: string, value: unknown][] {
  return Array.from(flash, ([key, { mark, value }]) => [key, mark, value])
}

/** A list of pairs, because an object would reorder keys that look like numbers. */
function plainText(contents: Contents): string | undefined {
  for (const value of contents.data.values()) if (!isPlainJson(value, deepest)) return undefined
  for (const { value } of contents.flash.values())
    if (!isPlainJson(value, deepest)) return undefined
  const data = [...contents.data]
  const flash = contents.flash.size > 0 ? { flash: entriesOf(contents) } : undefined
  return JSON.stringify({ data, ...flash, ...extrasOf(contents) })
}

/** The parts that most sessions do not have. */
function extrasOf({ until, facts }: Contents): object | undefined {
  if (!until && !facts) return undefined
  return {
    ...(until && { until: [...until] }),
    // This removes `undefined` properties.
    ...(facts && { facts: JSON.parse(JSON.stringify(facts)) }),
  }
}

/**
 * Whether JSON keeps the value unchanged. For the output of JSON, it finds values that `put` refuses.
 *
 * @param levels the maximum nesting of objects
 */
function isPlainJson(value: unknown, levels: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      return value === null || (levels > 0 && isPlainObject(value, levels - 1))
    default:
      return false
  }
}

function isPlainObject(value: object, levels: number): boolean {
  if (Array.isArray(value)) return value.every((item) => isPlainJson(item, levels))
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  for (const key of Object.keys(value)) {
    if (key === '__proto__' || !isPlainJson(Reflect.get(value, key), levels)) return false
  }
  return true
}

/** UTF-8 cannot represent a lone surrogate, so some stores would lose it. JSON can escape it. */
function wellFormed(json: string): string {
  if (json.isWellFormed()) return json
  return json.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`)
}

/** @returns `undefined` if the data cannot be read, or if `encode` cannot have written it */
export function decode(data: string): Contents | undefined {
  try {
    const parsed: unknown = JSON.parse(data)
    return Array.isArray(parsed) ? contentsOf(unflatten(parsed)) : plainContents(parsed)
  } catch {
    return undefined
  }
}

function contentsOf(parsed: unknown): Contents | undefined {
  if (!Array.isArray(parsed)) return undefined
  const [data, entries, extras = {}, ...more]: unknown[] = parsed
  if (!(data instanceof Map) || typeof extras !== 'object' || more.length > 0) return undefined
  for (const key of data.keys()) if (typeof key !== 'string') return undefined
  return withExtras(data, flashOf(entries), Object(extras))
}

function plainContents(parsed: unknown): Contents | undefined {
  if (!isPlainJson(parsed, deepest + 3)) return undefined
  const { data: pairs, flash: entries = [], ...extras } = Object(parsed)
  if (!Array.isArray(pairs)) return undefined
  const data = new Map<string, unknown>()
  for (const pair of pairs) {
    if (!Array.isArray(pair)) return undefined
    const [key, value, ...more]: unknown[] = pair
    if (typeof key !== 'string' || value === undefined || more.length > 0) return undefined
    if (data.has(key)) return undefined
    data.set(key, value)
  }
  return withExtras(data, flashOf(entries), extras)
}

function withExtras(
  data: Map<string, unknown>,
  flash: Contents['flash'] | undefined,
  extras: object,
): Contents | undefined {
  if (!flash) return undefined
  const { until: lives, facts: kept, ...rest }: Record<string, unknown> = { ...extras }
  if (Object.keys(rest).length > 0) return undefined
  const until = lives === undefined ? undefined : livesOf(lives, data)
  const facts = kept === undefined ? undefined : factsOf(kept)
  if ((lives !== undefined && !until) || (kept !== undefined && !facts)) return undefined
  return { data, flash, until, facts }
}

/** Only existing values can have an expiry. */
function livesOf(pairs: unknown, data: Map<string, unknown>): Map<string, number> | undefined {
  if (!Array.isArray(pairs) || pairs.length === 0) return undefined
  const lives = new Map<string, number>()
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined
    const [key, until]: unknown[] = pair
    if (typeof key !== 'string' || !data.has(key) || lives.has(key)) return undefined
    if (typeof until !== 'number' || !Number.isFinite(until)) return undefined
    lives.set(key, until)
  }
  return lives
}

function flashOf(entries: unknown): Map<string, FlashEntry> | undefined {
  if (!Array.isArray(entries)) return undefined
  const flash = new Map<string, FlashEntry>()
  for (const entry of entries) {
    if (!Array.isArray(entry) || entry.length !== 3) return undefined
    const [key, mark, value]: unknown[] = entry
    if (typeof key !== 'string' || typeof mark !== 'string') return undefined
    flash.set(key, { mark, value })
  }
  return flash
}

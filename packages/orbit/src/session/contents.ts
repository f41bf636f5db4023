import { Buffer } from 'node:buffer'
import { stringify } from 'devalue'
import { SessionError } from '../errors.ts'
import { unflatten } from './unflatten.ts'

/** A flashed value and the mark that tells it from another one flashed under the same key. */
export interface FlashEntry {
  readonly mark: string
  readonly value: unknown
}

/** What a record's payload holds. Maps, so that a key is only ever a key, `__proto__` too. */
export interface Contents {
  readonly data: Map<string, unknown>
  readonly flash: Map<string, FlashEntry>
}

export function emptyContents(): Contents {
  return { data: new Map(), flash: new Map() }
}

/** A copy that can be changed; the values themselves never are. */
export function copyContents(contents: Contents): Contents {
  return { data: new Map(contents.data), flash: new Map(contents.flash) }
}

export function isEmpty(contents: Contents): boolean {
  return contents.data.size === 0 && contents.flash.size === 0
}

export function encode(contents: Contents, maxBytes: number): string {
  const flash = [...contents.flash].map(([key, { mark, value }]) => [key, mark, value])
  const data = wellFormed(stringify([contents.data, flash]))
  const bytes = Buffer.byteLength(data)
  if (bytes > maxBytes) {
    throw new SessionError(
      'session-too-large',
      `The session would be ${bytes} bytes; maxBytes is ${maxBytes}. Keep large things in a database and their ids in the session, or raise maxBytes.`,
    )
  }
  return data
}

/** Half a character has no place in UTF-8, so not every store could keep it. In JSON it can be escaped. */
function wellFormed(json: string): string {
  if (json.isWellFormed()) return json
  return json.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`)
}

/** @returns nothing if the data cannot be read at all, or is none that `encode` can have made */
export function decode(data: string): Contents | undefined {
  try {
    return contentsOf(unflatten(JSON.parse(data)))
  } catch {
    return undefined
  }
}

function contentsOf(parsed: unknown): Contents | undefined {
  if (!Array.isArray(parsed)) return undefined
  const [data, entries]: unknown[] = parsed
  if (!(data instanceof Map) || !Array.isArray(entries)) return undefined
  const flash = new Map<string, FlashEntry>()
  for (const entry of entries) {
    if (!Array.isArray(entry)) return undefined
    const [key, mark, value]: unknown[] = entry
    if (typeof key !== 'string' || typeof mark !== 'string') return undefined
    flash.set(key, { mark, value })
  }
  for (const key of data.keys()) if (typeof key !== 'string') return undefined
  return { data, flash }
}

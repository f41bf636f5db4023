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

/** Raise it when an older release could not read what this one writes. */
const format = 1

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
  const payload = `${format}:${stringify([contents.data, flash])}`
  const bytes = Buffer.byteLength(payload)
  if (bytes > maxBytes) {
    throw new SessionError(
      'session-too-large',
      `The session would be ${bytes} bytes; maxBytes is ${maxBytes}. Keep large things in a database and their ids in the session, or raise maxBytes.`,
    )
  }
  return payload
}

/**
 * @returns nothing if the payload cannot be read at all, or is none that `encode` can have made
 * @throws {SessionError} `session-newer-format` if a newer release wrote it
 */
export function decode(payload: string): Contents | undefined {
  const colon = payload.indexOf(':')
  const written = Number(payload.slice(0, colon))
  if (colon < 1 || !Number.isInteger(written) || written < 1) return undefined
  if (written > format) {
    throw new SessionError(
      'session-newer-format',
      `The session was written by a newer release (format ${written}, this one reads ${format}). Finish the upgrade on every server.`,
    )
  }
  try {
    return contentsOf(unflatten(JSON.parse(payload.slice(colon + 1))))
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

import { newerFormatError } from '../stored-errors.ts'
import { type SessionRecord, unreadable } from './store.ts'

/** Raise this number when the format changes. An older release then refuses to change the string. */
const format = 1

/** It starts with `orbit`, so it is never valid JSON, which some clients would parse. */
const ours = /^orbit(\d+):/
const readable = /^orbit1:([\w-]{1,64}):(\d*):(e?):/

/**
 * Returns a record as one string, for a store of strings. The string includes the number of its format.
 *
 * @example
 * await database.put(key, encodeRecord(record))
 */
export function encodeRecord({ version, payload, expiresAt, evictable }: SessionRecord): string {
  return `${headOf(version)}${expiresAt ?? ''}:${evictable ? 'e' : ''}:${payload}`
}

/** The start of the string of a record with this version. */
function headOf(version: string): string {
  return `orbit${format}:${version}:`
}

/**
 * Returns the record in a string that `encodeRecord` made. For any other string, it returns `unreadable`. It does not
 * check the expiry, so it also returns an expired record.
 *
 * @throws {SessionError} `session-newer-format` if a newer release wrote it
 */
export function decodeRecord(text: string): SessionRecord {
  const match = readable.exec(text)
  if (match) {
    const [head, version = '', expiresAt = '', mark] = match
    return {
      version,
      payload: text.slice(head.length),
      ...(expiresAt === '' ? {} : { expiresAt: Number(expiresAt) }),
      ...(mark === 'e' ? { evictable: true } : {}),
    }
  }
  const written = Number(ours.exec(text)?.[1] ?? 0)
  if (written > format) throw newerFormatError(written, format)
  return unreadable
}

/** Whether the record exists and has not expired at `now`. */
export function isPresent(record: SessionRecord | undefined, now: number): record is SessionRecord {
  return record !== undefined && !(record.expiresAt !== undefined && now >= record.expiresAt)
}

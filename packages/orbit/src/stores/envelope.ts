import { newerFormatError } from '../stored-errors.ts'
import { type SessionRecord, unreadable } from './store.ts'

/** Raise it when the form of the text changes: an older release then leaves the text alone. */
const format = 1

/** The text begins with `orbit`, so it is never valid JSON, which some clients would parse. */
const ours = /^orbit(\d+):/
const readable = /^orbit1:([\w-]{1,64}):(\d*):(e?):/

/**
 * A record as one string, for a store that keeps strings. The string carries the number of its format.
 *
 * @example
 * await database.put(key, encodeRecord(record))
 */
export function encodeRecord({ version, payload, expiresAt, evictable }: SessionRecord): string {
  return `${headOf(version)}${expiresAt ?? ''}:${evictable ? 'e' : ''}:${payload}`
}

/** What the text of a record with this version begins with. */
function headOf(version: string): string {
  return `orbit${format}:${version}:`
}

/**
 * The record of a string that `encodeRecord` made. Any other string is `unreadable`. It does not look at
 * the time: an expired record is returned too.
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

/** Whether a record stands, by the clock that is handed in. */
export function isPresent(record: SessionRecord | undefined, now: number): record is SessionRecord {
  return record !== undefined && !(record.expiresAt !== undefined && now >= record.expiresAt)
}

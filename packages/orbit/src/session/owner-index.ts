import { newerFormatError } from '../stored-errors.ts'
import type { SessionRecord } from '../stores/store.ts'

/**
 * The index of an owner: one record with an entry for each of the owner's sessions.
 *
 * A sign-in and a move take the same steps. They add the new key, create the record, and confirm the entry.
 * Only after that do they give up the old record. To end sessions, their entries are marked, their records are
 * ended, and the entries are removed. So if a sign-in or a move finds its entry marked or missing when it
 * confirms it, the session has been ended, and it undoes its steps. And an end finds every record whose entry
 * was confirmed before. The functions in this file only change entries, and they are pure.
 */
export interface Entry {
  /** The public name of the session. It is random, created at the sign-in, and kept through moves. */
  readonly name: string
  /** The keys that its record may have, in the order of the moves. */
  readonly keys: readonly string[]
  readonly signedInAt: number
  /** The absolute timeout. The session ends at this time at the latest. */
  readonly endsAt: number
  /** When it expires, as last read from its record. It may expire later if it was used after that. */
  readonly livesUntil: number
  /** A short digest of the device name, if the app stores devices. */
  readonly device?: string | undefined
  /** When the sign-in or move began, if it is not confirmed yet. */
  readonly enteredAt?: number | undefined
  /** Whether it is being ended. */
  readonly isMarked?: boolean | undefined
}

export type Entries = readonly Entry[]

/** The maximum time until an entry is confirmed. After that, its sign-in counts as failed. */
const longestSignIn = 60_000

/** Adds the entry of a new session. */
export function enter(
  entries: Entries,
  entry: Omit<Entry, 'keys' | 'enteredAt' | 'isMarked'> & { key: string; now: number },
): Entries {
  const { key, now, ...rest } = entry
  return [...entries, { ...rest, keys: [key], enteredAt: now }]
}

/**
 * Adds the next key of a session, and drops the keys before its current one. `undefined` if the session has been
 * ended.
 */
export function enterMove(
  entries: Entries,
  move: {
    readonly name: string
    readonly from: string
    readonly key: string
    readonly now: number
    /** The latest end of the moved session. A sign-in may have set a longer timeout. */
    readonly endsAt: number
    readonly livesUntil: number
    /** Set if the user has signed in again. */
    readonly device?: string | undefined
  },
): Entries | undefined {
  const { name, from, key, now } = move
  return changeOne(entries, name, (entry) => {
    const present = entry.keys.slice(Math.max(0, entry.keys.indexOf(from)))
    const endsAt = Math.max(entry.endsAt, move.endsAt)
    const livesUntil = Math.max(entry.livesUntil, move.livesUntil)
    const { device = entry.device } = move
    return { ...entry, keys: [...present, key], enteredAt: now, endsAt, livesUntil, device }
  })
}

/** Confirms an entry when the record under its last key exists. `undefined` if the session has been ended. */
export function confirm(entries: Entries, name: string): Entries | undefined {
  return changeOne(entries, name, (entry) => ({ ...entry, enteredAt: undefined }))
}

/** Removes a key that a session did not move to. An entry without keys is removed. */
export function takeBack(entries: Entries, name: string, key: string): Entries {
  if (!entries.some((entry) => entry.name === name && entry.keys.includes(key))) return entries
  return entries.flatMap((entry) => {
    if (entry.name !== name) return [entry]
    const keys = entry.keys.filter((one) => one !== key)
    return keys.length > 0 ? [{ ...entry, keys }] : []
  })
}

/** Marks the entries to be ended, including those that another end has already marked. */
export function mark(entries: Entries, isMeant: (entry: Entry) => boolean): Entries {
  return entries.map((entry) => (isMeant(entry) ? { ...entry, isMarked: true } : entry))
}

export function remove(entries: Entries, names: ReadonlySet<string>): Entries {
  const left = entries.filter(({ name }) => !names.has(name))
  return left.length < entries.length ? left : entries
}

/** The entries whose sessions may have expired, or whose sign-ins may have failed. Only their records show that. */
export function doubtful(entries: Entries, now: number): Entries {
  return entries.filter(({ livesUntil, enteredAt = now }) => {
    return now >= livesUntil || now - enteredAt >= longestSignIn
  })
}

/** All entries except those of sign-ins and moves in flight, because their records may not exist yet. */
export function settled(entries: Entries, now: number): Entries {
  return entries.filter(({ enteredAt = now - longestSignIn }) => now - enteredAt >= longestSignIn)
}

function changeOne(
  entries: Entries,
  name: string,
  change: (entry: Entry) => Entry,
): Entries | undefined {
  const found = entries.find((entry) => entry.name === name)
  if (!found || found.isMarked) return undefined
  return entries.map((entry) => (entry === found ? change(entry) : entry))
}

/** Raise this number when older releases cannot read the new format. */
const format = 1

export function encodeEntries(entries: Entries): string {
  const rows = entries.map(({ name, keys, ...times }) => [
    name,
    keys,
    times.signedInAt,
    times.endsAt,
    times.livesUntil,
    times.enteredAt ?? 0,
    times.isMarked ? 1 : 0,
    ...(times.device === undefined ? [] : [times.device]),
  ])
  return `o${format}|${JSON.stringify(rows)}`
}

/**
 * @returns `undefined` if the record is not an index
 * @throws {SessionError} `session-newer-format` if a newer release wrote it
 */
export function decodeEntries({ payload }: SessionRecord): Entries | undefined {
  const written = Number(/^o(\d+)\|/.exec(payload)?.[1] ?? 0)
  if (written > format) throw newerFormatError(written, format)
  try {
    const rows: unknown = JSON.parse(payload.slice(payload.indexOf('|') + 1))
    return written === format && Array.isArray(rows) ? rows.map(entryOf) : undefined
  } catch {
    return undefined
  }
}

function entryOf(row: unknown): Entry {
  if (Array.isArray(row)) {
    const [name, keys, signedInAt, endsAt, livesUntil, enteredAt, marked, device]: unknown[] = row
    const isWhole =
      typeof name === 'string' &&
      Array.isArray(keys) &&
      typeof signedInAt === 'number' &&
      typeof endsAt === 'number' &&
      typeof livesUntil === 'number'
    if (isWhole) {
      return {
        name,
        keys: keys.map(String),
        signedInAt,
        endsAt,
        livesUntil,
        ...(typeof enteredAt === 'number' && enteredAt > 0 ? { enteredAt } : {}),
        ...(marked === 1 ? { isMarked: true } : {}),
        ...(typeof device === 'string' ? { device } : {}),
      }
    }
  }
  throw new TypeError('not an entry')
}

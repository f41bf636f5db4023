import { setImmediate } from 'node:timers'
import { fromOutside } from '../awaitable.ts'
import { SessionConfigError, SessionError } from '../errors.ts'
import type { Stored } from '../session/lookup.ts'
import { fromRecord, isExpired } from '../session/record.ts'
import type { Times } from '../session/times.ts'
import type { SessionStore, WalkableStore } from '../stores/store.ts'
import { withinTime } from '../time-limit.ts'

/**
 * Walks through all records of a store. It never holds more than a few records or a page of keys in memory, for any
 * number of sessions. Between its steps, the process handles other requests.
 */

/** The kind of a record. */
export type Found =
  | { readonly kind: 'live'; readonly stored: Stored }
  /** The old record of a session that has a new id or has ended. It stays for a few seconds. */
  | { readonly kind: 'moved' }
  /** The record is no longer valid, or was removed after the walk read its key. */
  | { readonly kind: 'expired' }
  /** The list of a user's sessions. */
  | { readonly kind: 'list' }
  | { readonly kind: 'unreadable' }
  /** Neither a session nor a list, such as the kept secret. */
  | { readonly kind: 'other' }

/** What the walk needs to read a record. Each call of the store has a time limit. */
export interface Looking {
  readonly store: SessionStore
  readonly times: Times
  readonly now: () => number
}

/** How many records are loaded at the same time. */
const atOnce = 25
/** The time limit of one step of `keys()`, in milliseconds. */
const stepLimit = 30_000
/** Handles are SHA-256 hashes as base64url. Other keys belong to the library. */
const handleLength = 43

/** Whether the string can be the handle of a session. */
export function isHandle(text: string): boolean {
  return text.length === handleLength && /^[\w-]+$/.test(text)
}

/** Reads the record of each key, in the order of the keys. */
export async function* lookAtAll(
  looking: Looking,
  keys: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<Found> {
  let batch: string[] = []
  const look = () => Promise.all(batch.map((key) => lookAt(looking, key)))
  for await (const key of keys) {
    batch.push(key)
    if (batch.length < atOnce) continue
    yield* await look()
    batch = []
    // A synchronous store would block the event loop.
    await new Promise((resolve) => setImmediate(resolve))
  }
  yield* await look()
}

async function lookAt({ store, times, now }: Looking, key: string): Promise<Found> {
  if (!isHandle(key)) return { kind: key.startsWith('owner-') ? 'list' : 'other' }
  try {
    const record = await store.load(key)
    if (!record) return { kind: 'expired' }
    const session = fromRecord(record)
    if (!session) return { kind: 'unreadable' }
    if (isExpired(session, times, now())) return { kind: 'expired' }
    return session.movedTo ? { kind: 'moved' } : { kind: 'live', stored: { key, record: session } }
  } catch (error) {
    const isNewer = error instanceof SessionError && error.code === 'session-newer-format'
    if (isNewer) return { kind: 'unreadable' }
    throw error
  }
}

/** The next handles in alphabetical order. A store may return its keys in any order. */
export async function nextHandles(
  keys: AsyncIterable<string>,
  after: string,
  most: number,
): Promise<string[]> {
  let nearest: string[] = []
  const trim = () => {
    nearest = [...new Set(nearest)].sort().slice(0, most)
  }
  for await (const key of keys) {
    if (key <= after || !isHandle(key)) continue
    nearest.push(key)
    if (nearest.length >= 4 * most) trim()
  }
  trim()
  return nearest
}

/**
 * The keys of the store.
 *
 * @throws {SessionConfigError} if the store cannot list its keys
 * @throws {SessionError} `session-unavailable` if it fails
 */
export async function* keysOf(
  store: SessionStore & Partial<WalkableStore>,
): AsyncGenerator<string> {
  if (!isWalkable(store)) throw notWalkable()
  try {
    const keys = store.keys()
    if (Symbol.iterator in keys) yield* keys
    else yield* inTime(keys[Symbol.asyncIterator]())
  } catch (error) {
    if (error instanceof SessionError || error instanceof SessionConfigError) throw error
    throw new SessionError(
      'session-unavailable',
      'The session store failed while its keys were listed. Try again in a moment.',
      { cause: error },
    )
  }
}

async function* inTime(keys: AsyncIterator<string>): AsyncGenerator<string> {
  const tooLate = () => new Error(`it did not respond within ${stepLimit} ms`)
  let isOver = false
  try {
    for (;;) {
      const step = await withinTime(stepLimit, Promise.resolve(fromOutside(keys.next())), tooLate)
      if (step.done) {
        isOver = true
        return
      }
      yield step.value
    }
  } finally {
    // Not awaited, because a store that hangs must not block the caller.
    if (!isOver) Promise.resolve(keys.return?.()).catch(() => {})
  }
}

/** Whether the store can list its keys. */
export function isWalkable(store: Partial<WalkableStore>): store is WalkableStore {
  return typeof store.keys === 'function'
}

function notWalkable(): SessionConfigError {
  return new SessionConfigError(
    'This store cannot list its keys (it has no keys()), so its sessions cannot be counted or listed. These work on every store: list the sessions of one user, end all sessions of one user, and show or end a session by its handle.',
  )
}

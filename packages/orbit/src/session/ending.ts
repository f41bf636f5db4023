import { SessionError } from '../errors.ts'
import type { EndReason } from '../events.ts'
import { Backoff } from './backoff.ts'
import { emptyContents } from './contents.ts'
import { encode } from './encoding.ts'
import { find, type Lookup, type Stored } from './lookup.ts'
import { ended, toRecord } from './record.ts'
import type { StoreEngine } from './store-engine.ts'

/**
 * Ends a session, if its record has this version. Returns whether it did. A moved record without data and
 * without a successor stays. If the store is full and has no room for this record, the session's record is removed.
 *
 * @param hasNewId whether the response sets the cookies of a new visitor
 */
export async function endRecord(
  engine: StoreEngine,
  { key, record }: Stored,
  hasNewId: boolean,
  reason: EndReason,
): Promise<boolean> {
  const { store, now, times, maxBytes, emit } = engine
  const next = toRecord(ended(record, encode(emptyContents(), maxBytes), now(), times, hasNewId))
  let isEnded: boolean
  try {
    isEnded = await store.compareAndSet(key, record.version, next)
  } catch (error) {
    if (!isFull(error)) throw error
    isEnded = await store.compareAndSet(key, record.version, undefined)
  }
  if (isEnded) emit({ type: 'session:ended', handle: key, reason })
  return isEnded
}

/**
 * Ends the session that the key leads to, if it has this owner or no longer has an owner. Returns whether it did.
 * Without an owner, it ends only a session without a user, and does not follow a move to a user.
 *
 * @param standing how to look it up. An end must also reach sessions that another process with longer timeouts accepts
 */
export async function endUnder(
  engine: StoreEngine,
  standing: Lookup,
  owner: string | undefined,
  key: string,
  reason: EndReason,
): Promise<boolean> {
  const backoff = new Backoff()
  for (;;) {
    const found = await find(standing, key)
    if (found.kind === 'nothing' || found.kind === 'gone') return false
    if (found.kind === 'unreadable') {
      await engine.store.compareAndSet(key, found.version, undefined)
      return false
    }
    const target = found.kind === 'moved' ? found.end : found.stored
    const isTheirs = [found.stored, target].every(({ key: at, record }) =>
      at === key ? record.owner === owner : (record.owner ?? owner) === owner,
    )
    if (!isTheirs) return false
    if (await endRecord(engine, target, false, reason)) return true
    await backoff.pause()
  }
}

/** Whether the store is full. Records can still be removed then. */
export function isFull(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'session-store-full'
}

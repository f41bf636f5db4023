import { SessionError } from '../errors.ts'
import type { EndReason } from '../events.ts'
import { emptyContents } from './contents.ts'
import { encode } from './encoding.ts'
import type { Stored } from './lookup.ts'
import { ended, toRecord } from './record.ts'
import type { StoreEngine } from './store-engine.ts'

/**
 * Ends a session, if its record has that version, and returns whether it did. A moved record without data
 * and without a successor stays. If the store is full and has no room for it, the record is removed.
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

/** Whether the store had no room. Removing still works then. */
export function isFull(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'session-store-full'
}

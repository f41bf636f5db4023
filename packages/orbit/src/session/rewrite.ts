import { andThen } from '../awaitable.ts'
import type { Awaitable } from '../stores/store.ts'
import type { Contents } from './contents.ts'
import { encode } from './encoding.ts'
import type { Stored } from './lookup.ts'
import { rewritten, toRecord } from './record.ts'
import type { StoreEngine } from './store-engine.ts'

/**
 * Replaces the contents of a session, if its record has the version that we know.
 *
 * @param isActive whether the request counts as activity
 */
export function rewrite(
  { store, maxBytes, now, times, emit }: StoreEngine,
  { key, record }: Stored,
  contents: Contents,
  isActive: boolean,
): Awaitable<{ stored: Stored; wrote: boolean } | undefined> {
  const data = encode(contents, maxBytes)
  if (data === record.data) {
    // There is nothing to write, but the record must still have the version that we know.
    return andThen(store.load(key), (current) =>
      current?.version === record.version ? { stored: { key, record }, wrote: false } : undefined,
    )
  }
  const next = rewritten(record, data, isActive, now(), times)
  const source = toRecord(next)
  return andThen(store.compareAndSet(key, record.version, source), (isStored) => {
    if (!isStored) return undefined
    emit({ type: 'session:saved', handle: key })
    return { stored: { key, record: next, source }, wrote: true }
  })
}

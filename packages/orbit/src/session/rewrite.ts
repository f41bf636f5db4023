import { type Contents, encode } from './contents.ts'
import type { Stored } from './lookup.ts'
import { rewritten, toRecord } from './record.ts'
import type { StoreEngine } from './store-engine.ts'

/**
 * Replaces the contents of a session, if its record has the version that we know.
 *
 * @param isActive whether the request counts as activity
 */
export async function rewrite(
  { store, maxBytes, now, times, emit }: StoreEngine,
  { key, record }: Stored,
  contents: Contents,
  isActive: boolean,
): Promise<{ stored: Stored; wrote: boolean } | undefined> {
  const data = encode(contents, maxBytes)
  if (data === record.data) {
    // There is nothing to write, but the record must still have the version that we know.
    const current = await store.load(key)
    return current?.version === record.version
      ? { stored: { key, record }, wrote: false }
      : undefined
  }
  const next = rewritten(record, data, isActive, now(), times)
  if (!(await store.compareAndSet(key, record.version, toRecord(next)))) return undefined
  emit({ type: 'session:saved', handle: key })
  return { stored: { key, record: next }, wrote: true }
}

import { SessionConfigError } from '../../errors.ts'
import { newMark } from '../../session/marks.ts'
import type { SessionRecord, SessionStore } from '../store.ts'
import { longestOwner, type Place } from './dialects.ts'
import { howToMake, onPrimary } from './failures.ts'

/** Longer than the 256 KiB that a store must accept, with characters of every length. */
const payload = 'aé漢🚀'.repeat(32 * 1024)

/** The longest id that the column must accept, in characters of several bytes. */
const owner = '漢'.repeat(longestOwner)

/**
 * Tests every operation that sessions need. A table that was created by hand may truncate long values, ignore case or
 * accept a key twice, and a connection may change characters. The database reports no error in these cases.
 *
 * @param readsFromReplica is called after a write has succeeded
 * @throws {SessionConfigError} with what is wrong with the table or the connection
 */
export async function tryOut(
  store: SessionStore,
  place: Place,
  now: number,
  readsFromReplica: () => Promise<boolean>,
): Promise<void> {
  const isSo = (is: boolean, problem: string) => {
    if (is) return
    throw new SessionConfigError(
      `The table ${place.table} of the SQL store ${problem}. ${howToMake(place)}`,
    )
  }
  const key = `Trial-${newMark()}`
  const version = `Trial-${newMark()}`
  // The expiry has a fraction. If this process is killed, the record expires in a minute.
  const fields = { version, payload, expiresAt: now + 60_000.5, evictable: true }
  const one: SessionRecord = place.ownerColumn ? { ...fields, owner } : fields
  const two: SessionRecord = { version: newMark(), payload: '' }

  isSo(await store.compareAndSet(key, undefined, one), 'does not accept a record')
  try {
    if (await readsFromReplica()) throw new SessionConfigError(onPrimary)
    const found = await store.load(key)
    isSo(
      found !== undefined,
      'does not return what was written. Do reads and writes go to different servers?',
    )
    isSo(
      found?.payload === payload,
      'or its connection cuts or changes payloads. They need 256 KiB and every character of Unicode (utf8mb4)',
    )
    isSo(
      found?.version === version &&
        found.expiresAt === one.expiresAt &&
        found.evictable === true &&
        found.owner === one.owner,
      'returns other values than those that were written',
    )
    const other = key.toLowerCase()
    isSo((await store.load(other)) === undefined, 'ignores the case of keys')
    isSo(!(await store.compareAndSet(key, undefined, two)), 'accepts the same key twice')
    const wrong = version.toLowerCase()
    isSo(!(await store.compareAndSet(key, wrong, two)), 'ignores the case of versions')
    isSo(await store.compareAndSet(key, version, two), 'does not change records')
    isSo(await store.compareAndSet(key, two.version, undefined), 'does not remove records')
  } finally {
    for (const left of [one, two]) {
      await Promise.resolve(store.compareAndSet(key, left.version, undefined)).catch(() => {})
    }
  }
}

import { SessionConfigError } from '../../errors.ts'
import { newMark } from '../../session/marks.ts'
import type { SessionStore } from '../store.ts'

/**
 * Refuses two stores that keep their records in the same place. There would be nothing to move, and no new
 * session could be created. It writes a record into one of them and looks for it in the other.
 *
 * @throws {SessionConfigError} if they are the same. Errors of the stores are thrown unchanged
 */
export async function refuseSameMedium(
  to: SessionStore,
  from: SessionStore,
  now: () => number,
): Promise<void> {
  const key = `boot-${newMark()}`
  const record = { version: newMark(), payload: '', expiresAt: now() + 60_000 }
  await to.compareAndSet(key, undefined, record)
  const found = await from.load(key)
  await to.compareAndSet(key, record.version, undefined)
  if (found?.version !== record.version) return
  throw new SessionConfigError(
    'The new store and the old store are the same: a record of one is also in the other. Use another driver, server, path, table or prefix for one of them.',
  )
}

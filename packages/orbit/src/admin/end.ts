import type { KeylessEngine } from '../engine.ts'
import { endUnder } from '../session/ending.ts'
import { find } from '../session/lookup.ts'
import { withoutLimits } from '../session/times.ts'

/**
 * Ends the session that a handle names, and returns whether it did.
 *
 * The session of a user is ended through its entry in the list of the user, as `sessions.of(owner).end(name)` does.
 * This works even if the session moves to a new id meanwhile. If the list does not have the session, because the
 * list was removed or damaged, only the record is ended. A visitor's session is in no list.
 */
export async function endSession(engine: KeylessEngine, handle: string): Promise<boolean> {
  // Another process may have longer timeouts. So this also ends a session that only that process still accepts.
  const standing = { ...engine, times: withoutLimits(engine.times) }
  const found = await find(standing, handle)
  if (found.kind === 'nothing' || found.kind === 'gone') return false
  if (found.kind === 'unreadable') {
    return engine.store.compareAndSet(handle, found.version, undefined)
  }
  const { owner, name } = found.stored.record
  if (owner === undefined) return endUnder(engine, standing, undefined, handle, 'ended')
  const index = await engine.index()
  let failure: { readonly error: unknown } | undefined
  try {
    if ((await index.end(owner, (entry) => entry.name === name)) > 0) return true
  } catch (error) {
    failure = { error }
  }
  const isEnded = await endUnder(engine, standing, owner, handle, 'ended')
  if (failure && !isEnded) throw failure.error
  return isEnded
}

import { type Attempt, liveAt } from './attempt.ts'
import type { Contents } from './contents.ts'
import { fold } from './fold.ts'
import { handleOf, newRandom } from './id.ts'
import type { Outcome } from './intent.ts'
import { moveOn } from './move.ts'
import { find, type StateOf, type Stored } from './state.ts'

/**
 * The first write of a visitor: a record under the visitor's own handle.
 *
 * @param isShared whether overlapping requests may carry the same id, and so meet in one record
 */
export async function create(
  attempt: Attempt,
  random: string,
  contents: Contents,
  isShared: boolean,
): Promise<Outcome> {
  const key = handleOf(random)
  for (;;) {
    const stored = { key, record: attempt.newRecord(contents) }
    if (await attempt.create(stored)) {
      attempt.engine.emit({ type: 'session:created', handle: key })
      return { state: liveAt(random, stored), wrote: true, contents }
    }
    await attempt.conflict(key)
    if (!isShared) return create(attempt, newRandom(), contents, false)
    const found = await find(attempt.engine, key)
    if (found.kind === 'live' && attempt.mayJoin(found.stored.record)) {
      return write(attempt, liveAt(random, found.stored), found.stored)
    }
    if (found.kind === 'sealed') {
      if (attempt.isDerived) throw attempt.refuse(key)
      return fold(attempt, liveAt(random, found.stored), found, false)
    }
    if (found.kind === 'remains' && attempt.wasUnderWay(found.stored.record)) {
      return attempt.drop(attempt.state)
    }
    // A stranger's by now, or what is left of a session that ended before.
    if (found.kind !== 'nothing') return create(attempt, newRandom(), contents, false)
  }
}

/** What an overlapping request has stored by now under the same visitor's id, if it did. */
export async function join(attempt: Attempt, random: string): Promise<Outcome | undefined> {
  const found = await find(attempt.engine, handleOf(random))
  if (found.kind === 'sealed') throw attempt.refuse(found.stored.key)
  if (found.kind !== 'live' || !attempt.mayJoin(found.stored.record)) return undefined
  return write(attempt, liveAt(random, found.stored), found.stored)
}

/** An ordinary write: the new record where the version that we know stands. */
export async function write(
  attempt: Attempt,
  state: StateOf<'live'>,
  known: Stored,
): Promise<Outcome> {
  let stored = known
  for (;;) {
    const { key, record } = stored
    const contents = attempt.replay(record)
    if (attempt.ownerOf(contents) !== record.owner) return moveOn(attempt, state, stored)
    const done = await attempt.rewrite(stored, contents)
    if (done) return { state: { ...state, stored: done.stored }, wrote: done.wrote, contents }
    const found = await find(attempt.engine, key, record.birth)
    if (found.kind === 'sealed') return fold(attempt, state, found, true)
    if (found.kind !== 'live') return attempt.drop(state)
    stored = found.stored
    await attempt.conflict(key)
  }
}

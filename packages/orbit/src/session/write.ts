import { endedError } from '../errors.ts'
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
      return { state: liveAt(random, stored), wrote: true, contents }
    }
    if (!isShared) return create(attempt, newRandom(), contents, false)
    const found = await find(attempt.engine, key)
    if (found.kind === 'live' && attempt.mayJoin(found.stored.record)) {
      return write(attempt, liveAt(random, found.stored), found.stored)
    }
    if (found.kind === 'sealed') {
      return fold(attempt, liveAt(random, found.stored), found, false)
    }
    if (found.kind !== 'nothing') {
      // A stranger's by now, or what is left of an ended session.
      if (found.kind === 'remains' && attempt.intent.strict) throw endedError()
      return create(attempt, newRandom(), contents, false)
    }
    await attempt.conflict(key)
  }
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

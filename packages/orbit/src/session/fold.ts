import type { Attempt } from './attempt.ts'
import type { Outcome } from './intent.ts'
import { wasSealedBefore } from './record.ts'
import { find, type StateOf } from './state.ts'

/**
 * A write whose session has moved on. A rotation by the same owner takes it along, and the request
 * keeps its view; a sign-in, a `clear` or a request that came after the move is refused.
 *
 * @param loadedBefore whether the request has seen the session before it moved; else the times tell
 */
export async function fold(
  attempt: Attempt,
  state: StateOf<'live'>,
  seal: Pick<StateOf<'sealed'>, 'stored' | 'end'>,
  loadedBefore: boolean,
): Promise<Outcome> {
  const { engine, intent } = attempt
  const { key, record } = seal.stored
  const cameBefore = loadedBefore || !wasSealedBefore(record, intent.startedAt)
  const clears = intent.changes.some((change) => change.op === 'clear')
  if (!cameBefore || clears || intent.strict) throw attempt.refuse(key)
  let { end } = seal
  for (;;) {
    const contents = attempt.replay(end.record)
    const owners = new Set([record.owner, end.record.owner, attempt.ownerOf(contents)])
    if (owners.size > 1) throw attempt.refuse(key)
    const done = await attempt.rewrite(end, contents)
    if (done) {
      engine.emit({ type: 'session:moved', handle: key, outcome: 'folded' })
      return { state: { ...state, folded: true }, wrote: done.wrote }
    }
    const found = await find(engine, end.key, end.record.birth)
    if (found.kind === 'live') end = found.stored
    else if (found.kind === 'sealed') end = found.end
    else return attempt.drop(state)
    await attempt.conflict(end.key)
  }
}

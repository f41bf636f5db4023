import { newMark } from '../../session/marks.ts'
import type { SessionRecord } from '../store.ts'
import { type Standing, wrapped } from './records.ts'

/**
 * How a record goes from one store (`from`) to another (`to`) while requests read, write and end it. No
 * lock, no call on both stores, and a process may stand still or die after any call: another one goes on.
 * Together the stores stay one map. This is what stands under a key, and what requests find there:
 *
 *     from      to                   the record is
 *     record    nothing, prepared    in `from`. Requests write and end it there
 *     leaving   nothing, prepared    in `from`, wrapped, and nobody changes it
 *     leaving   arrived              the same, in both
 *     left      arrived              in `to`, wrapped
 *     left      record, nothing      in `to`, or ended. Requests write and end it there
 *     nothing   record, nothing      the same
 *
 * Each step down is one compare-and-set, by whoever comes by. Four rules make it safe:
 *
 * 1. `from` goes one way: record, leaving, left, nothing. Nothing is created there. So "no record in
 *    `from`" stays true, and then `to` alone decides.
 * 2. `prepared` means nothing by itself. It becomes `arrived` only by somebody who has seen that one
 *    record, and *after that* `leaving` of the same move.
 * 3. `arrived` stands as long as `leaving` does: a write or an end makes it `left` first.
 * 4. `left` goes after somebody has seen it, and *after that* that `to` is not `arrived`. So a walk over
 *    the keys of `from` finds all that is not finished.
 *
 * Why nothing is revived: a process stands still before it puts `prepared`, and meanwhile the record
 * arrives, is settled, and is ended. Its late `prepared` meets no `leaving` (1), so it never arrives (2),
 * nobody reads it, and it expires. Had it seen `leaving` after its `prepared` stood, the record would
 * not have arrived before (3), and the versions, which are random, let one of those who try succeed.
 *
 * A wrapped record keeps the version of the original, as requests see it, so a request that has read it
 * before a step can write after it. It expires with the original.
 */

/** One compare-and-set in one of the stores. */
export interface Step {
  readonly side: 'to' | 'from'
  readonly version: string | undefined
  readonly next: SessionRecord | undefined
}

/** For how long a prepared record waits, in milliseconds. Of a process that died it is gone then. */
const preparedMs = 60_000

/** The record that requests find here, if there is one. */
export function visible(seen: Standing): SessionRecord | undefined {
  switch (seen.stage) {
    case 'record':
    case 'arrived':
    case 'leaving':
      return seen.original
    default:
      return undefined
  }
}

/** Whether `from` has no say any more. */
export function isPast({ stage }: Standing): boolean {
  return stage === 'nothing' || stage === 'left'
}

/**
 * The next step of a move.
 *
 * @param to what stood in the new store: before `from` was read, or after it if `from` is past
 * @returns `done` if nothing is left in the old store, `stays` for a record that cannot move: one that the
 * old store cannot read, or one whose key the new store has already
 */
export function nextStep(to: Standing, from: Standing, now: number): Step | 'done' | 'stays' {
  switch (from.stage) {
    case 'record': {
      if (from.version === '' || visible(to)) return 'stays'
      // First something of its size in the new store, which may be full.
      if (to.stage !== 'prepared') return prepare(newMark(), to, from.original, now)
      const next = wrapped('leaving', to.move, from.original)
      return { side: 'from', version: from.version, next }
    }
    case 'leaving': {
      const { move, original } = from
      const isSame = 'move' in to && to.move === move
      if (!isSame) return visible(to) ? 'stays' : prepare(move, to, original, now)
      return to.stage === 'arrived'
        ? { side: 'from', version: from.version, next: wrapped('left', move, original) }
        : { side: 'to', version: to.version, next: wrapped('arrived', move, original) }
    }
    case 'left':
      if (to.stage === 'arrived') return settle(to)
      return { side: 'from', version: from.version, next: undefined }
    default:
      return to.stage === 'arrived' ? settle(to) : 'done'
  }
}

function prepare(move: string, to: Standing, original: SessionRecord, now: number): Step {
  const expiresAt = Math.min(original.expiresAt ?? Number.POSITIVE_INFINITY, now + preparedMs)
  const next = wrapped('prepared', move, { ...original, expiresAt })
  return { side: 'to', version: to.version, next }
}

/** The record as it was, to the letter. */
function settle({ version, original }: Extract<Standing, { original: unknown }>): Step {
  return { side: 'to', version, next: original }
}

import { newMark } from '../../session/marks.ts'
import type { SessionRecord } from '../store.ts'
import { type Standing, wrapped } from './records.ts'

/**
 * How a record moves from one store (`from`) to another (`to`) while requests read, write and remove it. There
 * is no lock, and no call uses both stores. If a process pauses or dies after any call, another process continues.
 * Together, the stores behave as one map. The table shows what they have under a key, and what requests find there:
 *
 *     from      to                   the record is
 *     record    nothing, prepared    in `from`. Requests write and remove it there
 *     leaving   nothing, prepared    in `from`, wrapped. No request changes it
 *     leaving   arrived              the same, in both stores
 *     left      arrived              in `to`, wrapped
 *     left      record, nothing      in `to`, or removed. Requests write and remove it there
 *     nothing   record, nothing      the same
 *
 * Each step down is one compare-and-set. Every request and every move may take it. Four rules make it safe:
 *
 * 1. `from` changes in one direction: record, leaving, left, nothing. No record is created there. So once
 *    `from` has no record, that stays true, and `to` alone decides.
 * 2. `prepared` has no effect by itself. A process turns it into `arrived` only if it has read exactly this
 *    record, and *after that* `leaving` of the same move.
 * 3. `arrived` does not change while `from` is `leaving`: before a write or a removal, `leaving` becomes `left`.
 * 4. A process removes `left` only after it has read it, and *after that* has read that `to` is not `arrived`.
 *    So a walk over the keys of `from` finds every move that is not finished.
 *
 * Why no removed record comes back: suppose that a process pauses before it writes `prepared`. In the meantime,
 * the record arrives, is unwrapped, and is removed. When the late `prepared` is written, `leaving` no longer
 * exists (1). So `prepared` never becomes `arrived` (2), no request reads it, and it expires. If the process does
 * read `leaving` after it wrote `prepared`, the record has not arrived before (3). Versions are random, so only one
 * of several processes that try succeeds.
 *
 * A wrapped record keeps the version of the original, as requests see it. So a request that has read the record
 * before a step can write it after the step. It expires with the original.
 */

/** One compare-and-set in one of the stores. */
export interface Step {
  readonly side: 'to' | 'from'
  readonly version: string | undefined
  readonly next: SessionRecord | undefined
}

/** How long a prepared record is kept, in milliseconds. If its process dies, the record expires after this time. */
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

/** True if only `to` decides what the record is. */
export function isPast({ stage }: Standing): boolean {
  return stage === 'nothing' || stage === 'left'
}

/**
 * The next step of a move.
 *
 * @param to the content of the new store: before `from` was read, or after it if `from` is past
 * @returns `done` if the old store has nothing more under this key, `stays` for a record that cannot move: the
 * old store cannot read it, or the new store already has a record under its key
 */
export function nextStep(to: Standing, from: Standing, now: number): Step | 'done' | 'stays' {
  switch (from.stage) {
    case 'record': {
      if (from.version === '' || visible(to)) return 'stays'
      // First write a record of the same size into the new store, because that store may be full.
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

/** Writes the record exactly as it was. */
function settle({ version, original }: Extract<Standing, { original: unknown }>): Step {
  return { side: 'to', version, next: original }
}

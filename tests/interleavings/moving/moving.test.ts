import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isComplete } from '../../extent.ts'
import { anyMovingCase, anyRollout } from './case.ts'
import { movingModules } from './modules.ts'
import { type Call, couldBeOneMap } from './one-map.ts'
import { movingHolds } from './property.ts'

/** `npm run soak` raises this number. */
const cases = Number(process.env.MOVING_SCHEDULES ?? (isComplete ? 200_000 : 8_000))
const seed = Number(process.env.SEED ?? 20261127)
const source = fileURLToPath(new URL('../../../packages/orbit/src/', import.meta.url))

describe('in any interleaving of 2 to 5 processes that use one key while it moves to another store', () => {
  it(
    `all results are as with one map, no record is left over, and no call hangs (${cases} cases)`,
    async () => {
      const modules = await movingModules(source)
      const property = fc.asyncProperty(anyMovingCase, (one) => movingHolds(modules, one))
      await fc.assert(property, { numRuns: cases, seed })
    },
    600_000 + cases * 20,
  )
})

describe('in any interleaving of processes that have the two stores in different order, before the move', () => {
  it(
    `all results are as with one map, if one process creates the record (${cases / 4} cases)`,
    async () => {
      const modules = await movingModules(source)
      const property = fc.asyncProperty(anyRollout, (one) => movingHolds(modules, one))
      await fc.assert(property, { numRuns: cases / 4, seed })
    },
    600_000 + cases * 5,
  )
})

/** The checker must find wrong results. Otherwise the cases above prove nothing. */
describe('the checker detects results that one map could not return', () => {
  const read = (result: string | undefined, beganAt: number, endedAt: number): Call => {
    return { change: undefined, beganAt, endedAt, result }
  }
  const change = (
    [version, next]: readonly [string | undefined, string | undefined],
    result: boolean | undefined,
    beganAt: number,
    endedAt: number,
  ): Call => ({ change: { version, next }, beganAt, endedAt, result })
  const never = Number.POSITIVE_INFINITY

  it.each<[string, Call[], boolean]>([
    ['a read of the stored version', [read('a', 1, 2)], true],
    [
      'a record that is absent, and then present again',
      [read(undefined, 1, 2), read('a', 3, 4)],
      false,
    ],
    [
      'two changes of the same version',
      [change(['a', 'b'], true, 1, 4), change(['a', 'c'], true, 2, 3)],
      false,
    ],
    ['a read after the removal', [change(['a', undefined], true, 1, 2), read('a', 3, 4)], false],
    ['a read during the removal', [change(['a', undefined], true, 1, 4), read('a', 2, 3)], true],
    ['a refusal without a reason', [change(['a', 'b'], false, 1, 2)], false],
    [
      'a change without a result that is seen later',
      [change(['a', 'b'], undefined, 1, never), read('a', 2, 3), read('b', 4, 5)],
      true,
    ],
    [
      'the same change, and then the old version again',
      [change(['a', 'b'], undefined, 1, never), read('b', 2, 3), read('a', 4, 5)],
      false,
    ],
  ])('%s', (_, calls, isRight) => {
    expect(couldBeOneMap(calls, 'a')).toBe(isRight)
  })
})

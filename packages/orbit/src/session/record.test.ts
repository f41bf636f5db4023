import { describe, expect, it } from 'vitest'
import {
  expiryOf,
  isOver,
  isReadable,
  isYoung,
  newMark,
  newRecord,
  rewritten,
  sealed,
  type Times,
  touchIsDue,
  wasSealedBefore,
} from './record.ts'

const times: Times = { idle: 1000, absolute: 10_000, touchInterval: 100, grace: 5000 }
const begun = 1_000_000

const record = (changes = {}) => ({
  ...newRecord({ payload: 'p', owner: undefined, createdAt: begun, now: begun, times }),
  ...changes,
})

describe('the end of a session (R10)', () => {
  it.each([
    // lastActivityAt after the beginning, end after the beginning
    [0, 1100],
    [5000, 6100],
    [8900, 10_000],
    [9999, 10_000],
    [20_000, 10_000],
  ])('active %d ms after it began, it ends %d ms after it began', (active, end) => {
    expect(expiryOf(begun, begun + active, times)).toBe(begun + end)
  })

  it('is over at its end exactly, and not a millisecond before', () => {
    expect(isOver(record(), times, begun + 1099)).toBe(false)
    expect(isOver(record(), times, begun + 1100)).toBe(true)
  })

  it('is over at the absolute timeout however active it was', () => {
    const active = record({ lastActivityAt: begun + 9990, expiresAt: begun + 1e9 })

    expect(isOver(active, times, begun + 9999)).toBe(false)
    expect(isOver(active, times, begun + 10_000)).toBe(true)
  })

  it('is judged by the limits of today where they are shorter than those it was stored with', () => {
    expect(isOver(record({ expiresAt: begun + 1e9 }), times, begun + 1100)).toBe(true)
  })

  it('does not come later than the record says', () => {
    expect(isOver(record({ expiresAt: begun + 50 }), times, begun + 50)).toBe(true)
  })
})

describe('a touch (R10)', () => {
  it('is due after the interval exactly', () => {
    expect(touchIsDue(record(), times, begun + 99)).toBe(false)
    expect(touchIsDue(record(), times, begun + 100)).toBe(true)
  })

  it('is due always where the interval is 0', () => {
    expect(touchIsDue(record(), { ...times, touchInterval: 0 }, begun)).toBe(true)
  })
})

describe('a write', () => {
  it('draws a new version and keeps birth, beginning and owner', () => {
    const before = record({ owner: 'ada' })
    const after = rewritten(before, 'q', true, begun + 500, times)

    expect(after).toMatchObject({
      birth: before.birth,
      createdAt: begun,
      owner: 'ada',
      payload: 'q',
    })
    expect(after.version).not.toBe(before.version)
    expect(after.lastActivityAt).toBe(begun + 500)
    expect(after.expiresAt).toBe(begun + 1600)
  })

  it('that is no activity does not move the end', () => {
    const before = record()
    const after = rewritten(before, 'q', false, begun + 500, times)

    expect([after.lastActivityAt, after.expiresAt]).toEqual([begun, before.expiresAt])
  })

  it('by a clock that goes wrong does not move activity backwards', () => {
    expect(rewritten(record(), 'q', true, begun - 500, times).lastActivityAt).toBe(begun)
  })
})

describe('a seal (R4)', () => {
  const to = { key: 'k', birth: 'b' }
  const seal = sealed(record({ owner: 'ada' }), to, begun + 100, times)

  it('names its successor, keeps birth and owner, and is another version', () => {
    const before = record({ owner: 'ada' })
    const after = sealed(before, to, begun + 100, times)

    expect(after).toMatchObject({ successor: to, birth: before.birth, owner: 'ada' })
    expect(after.version).not.toBe(before.version)
  })

  it('can be read within the grace, and no longer', () => {
    expect(isReadable(seal, times, begun + 100)).toBe(true)
    expect(isReadable(seal, times, begun + 5099)).toBe(true)
    expect(isReadable(seal, times, begun + 5100)).toBe(false)
  })

  it('can never be read with a grace of 0, and stands ten seconds all the same', () => {
    const strict = { ...times, grace: 0 }
    const mark = sealed(record(), to, begun + 100, strict)

    expect(isReadable(mark, strict, begun + 100)).toBe(false)
    expect(isOver(mark, strict, begun + 10_099)).toBe(false)
    expect(isOver(mark, strict, begun + 10_100)).toBe(true)
  })

  it('stands as long as the grace where that is longer', () => {
    const patient = { ...times, grace: 60_000 }

    expect(sealed(record(), to, begun, patient).expiresAt).toBe(begun + 60_000)
  })

  it('cannot be read beyond the absolute timeout', () => {
    const late = sealed(record({ createdAt: begun - 9000 }), to, begun, times)

    expect(isReadable(late, times, begun + 999)).toBe(true)
    expect(isReadable(late, times, begun + 1000)).toBe(false)
  })

  it('came before a request that began at the same moment or later', () => {
    expect(wasSealedBefore(seal, begun + 99)).toBe(false)
    expect(wasSealedBefore(seal, begun + 100)).toBe(true)
    expect(wasSealedBefore(seal, begun + 101)).toBe(true)
  })
})

describe('a young record (R5)', () => {
  it.each([
    [0, 9999, true],
    [0, 10_000, false],
    [60_000, 59_999, true],
    [60_000, 60_000, false],
  ])('with a grace of %d ms, %d ms after it was made: %s', (grace, age, young) => {
    expect(isYoung(record(), { ...times, grace }, begun + age)).toBe(young)
  })
})

it('marks are never drawn twice', () => {
  expect(new Set(Array.from({ length: 10_000 }, newMark)).size).toBe(10_000)
})

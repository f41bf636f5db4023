import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../store.ts'
import { nextStep } from './protocol.ts'
import { isInTransit, type Stage, type Standing, standing, wrapped } from './records.ts'

const now = 1_000_000
const original: SessionRecord = {
  version: 'version-of-theirs',
  payload: 's2.everything|they had',
  expiresAt: now + 1_800_000,
  evictable: true,
}
const move = 'the-move-of-16ch'
const another = 'some-other-move-'

const nothing: Standing = { stage: 'nothing', version: undefined }
const record = (fields: Partial<SessionRecord> = {}): Standing => {
  const one = { ...original, ...fields }
  return { stage: 'record', version: one.version, original: one }
}
const inTo = (stage: Stage, of = move) => standing('to', wrapped(stage, of, original))
const inFrom = (stage: Stage, of = move) => standing('from', wrapped(stage, of, original))

/** A short name of a step. */
function told(to: Standing, from: Standing): string {
  const step = nextStep(to, from, now)
  if (typeof step === 'string') return step
  const { side, version, next } = step
  expect(version).toBe({ to, from }[side].version)
  if (!next) return `${side}: nothing`
  const seen = standing(side, next)
  const whose = 'move' in seen && seen.move !== move ? ' of another move' : ''
  return `${side}: ${seen.stage}${whose}`
}

describe('the next step of a move, by what the new store and the old store have', () => {
  it.each<[string, Standing, Standing, string]>([
    ['nothing, a record', nothing, record(), 'to: prepared of another move'],
    ['prepared, a record', inTo('prepared'), record(), 'from: leaving'],
    ['prepared, leaving', inTo('prepared'), inFrom('leaving'), 'to: arrived'],
    ['arrived, leaving', inTo('arrived'), inFrom('leaving'), 'from: left'],
    ['arrived, left', inTo('arrived'), inFrom('left'), 'to: record'],
    ['a record, left', record(), inFrom('left'), 'from: nothing'],
    ['a record, nothing', record(), nothing, 'done'],

    [
      'nothing, leaving: the prepared record has expired',
      nothing,
      inFrom('leaving'),
      'to: prepared',
    ],
    [
      'prepared by another move, leaving',
      inTo('prepared', another),
      inFrom('leaving'),
      'to: prepared',
    ],
    ['nothing, left: it has ended in the meantime', nothing, inFrom('left'), 'from: nothing'],
    ['prepared too late, left', inTo('prepared'), inFrom('left'), 'from: nothing'],
    ['prepared too late, nothing', inTo('prepared'), nothing, 'done'],
    ['arrived, nothing: the old store has lost its data', inTo('arrived'), nothing, 'to: record'],
    ['nothing, nothing', nothing, nothing, 'done'],

    ['nothing, a record that cannot be read', nothing, record({ version: '' }), 'stays'],
    ['a record, another record', record(), record({ version: 'else' }), 'stays'],
    ['a record, leaving', record(), inFrom('leaving'), 'stays'],
    ['arrived by another move, leaving', inTo('arrived', another), inFrom('leaving'), 'stays'],
    ['arrived by another move, a record', inTo('arrived', another), record(), 'stays'],
  ])('%s', (_, to, from, step) => {
    expect(told(to, from)).toBe(step)
  })

  it('leads to exactly the same record', () => {
    const step = nextStep(inTo('arrived'), inFrom('left'), now)

    expect(step).toMatchObject({ next: original })
  })

  it('keeps the expiry of the record, but a prepared record expires after a minute', () => {
    const expiryOf = (to: Standing, from: Standing) => {
      const step = nextStep(to, from, now)
      return typeof step === 'string' ? step : step.next?.expiresAt
    }

    expect(expiryOf(nothing, record())).toBe(now + 60_000)
    expect(expiryOf(nothing, record({ expiresAt: now + 5 }))).toBe(now + 5)
    expect(expiryOf(inTo('prepared'), record())).toBe(original.expiresAt)
    expect(expiryOf(inTo('prepared'), inFrom('leaving'))).toBe(original.expiresAt)
    expect(expiryOf(inTo('arrived'), inFrom('leaving'))).toBe(original.expiresAt)
  })
})

describe('a record on its way', () => {
  it('differs from records of the app, and is never dropped by a full store', () => {
    expect(isInTransit(original)).toBe(false)
    expect(isInTransit({ version: 'v', payload: 'moving house' })).toBe(false)
    const one = wrapped('leaving', move, original)
    expect(isInTransit(one)).toBe(true)
    expect(one.evictable).toBeUndefined()
  })

  it('that a newer release has written causes an error', () => {
    const newer = { version: 'v', payload: 'moving2.leaving.and more' }

    expect(() => standing('from', newer)).toThrow(
      expect.objectContaining({ code: 'session-newer-format' }),
    )
  })

  it.each([
    ['to', 'leaving'],
    ['to', 'left'],
    ['from', 'prepared'],
    ['from', 'arrived'],
  ] as const)('causes an error if the stores are in the other order: %s, %s', (side, stage) => {
    expect(() => standing(side, wrapped(stage, move, original))).toThrow(
      expect.objectContaining({
        code: 'session-unavailable',
        message: expect.stringContaining('store: [to, from]'),
      }),
    )
  })
})

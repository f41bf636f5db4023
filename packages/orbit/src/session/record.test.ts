import { describe, expect, it } from 'vitest'
import { newMark } from './marks.ts'
import {
  ended,
  fromRecord,
  hasNewerId,
  isExpired,
  isReadable,
  isYoung,
  moved,
  movedAfter,
  newSession,
  redirect,
  rewritten,
  type StoredSession,
  toRecord,
  touched,
} from './record.ts'
import { begun, endOf, expiryOf, type Times, touchIsDue } from './times.ts'

const longest = { idle: 2000, absolute: 20_000 }
const times: Times = { idle: 1000, absolute: 10_000, touchInterval: 100, grace: 5000, longest }
const began = 1_000_000
const empty = '[[1,2],["Map"],[]]'

const session = (changes: Partial<StoredSession> = {}): StoredSession => ({
  ...newSession({
    data: 'data',
    owner: undefined,
    name: undefined,
    beginning: begun(began, times),
    now: began,
    times,
  }),
  ...changes,
})

const to = { key: 'k'.repeat(43), instance: newMark() }
const owned = { owner: 'o'.repeat(43), name: newMark() }

describe('the record of a session', () => {
  it.each<[string, Partial<StoredSession>]>([
    ['nobody signed in', {}],
    ['an owner and a name', owned],
    ['moved', { ...owned, movedTo: to }],
    ['moved, with no owner', { movedTo: to }],
    ['data that looks like a header', { data: `s2.${newMark()}.a.b...|x` }],
    ['no data', { data: '' }],
    ['data with separators and line ends', { data: '|a.b:c\n\u2028🍪' }],
    ['times of another decade', { createdAt: 0, lastActivityAt: 4_102_444_800_000 }],
    ['another owner of base64url', { owner: '-_'.repeat(20), name: '-'.repeat(16) }],
  ])('comes back unchanged: %s', (_, changes) => {
    const given = session(changes)

    expect(fromRecord(toRecord(given))).toEqual(given)
  })

  it('keeps version and expiry as fields of the store, and the rest in the payload', () => {
    const given = session(owned)
    const record = toRecord(given)

    expect(record).toMatchObject({ version: given.version, expiresAt: given.expiresAt })
    expect(record.payload).toMatch(/^s2\.[\w.-]+\|data$/)
  })

  it('may be dropped by a full store only if it has no owner or has moved', () => {
    expect(toRecord(session()).evictable).toBe(true)
    expect(toRecord(session({ ...owned, movedTo: to })).evictable).toBe(true)
    expect(toRecord(session(owned))).not.toHaveProperty('evictable')
  })

  const good = toRecord(session({ ...owned, movedTo: to }))

  it.each([
    '',
    'x',
    '|',
    's2.|x',
    's0.AAAAAAAAAAAAAAAA.1.1...|x',
    's2.AAAAAAAAAAAAAAAA.1.1..|x',
    's2.short.1.1...|x',
    's2.AAAAAAAAAAAAAAAA.-1.1...|x',
    's2.AAAAAAAAAAAAAAAA.1.1.a/b..|x',
    's2.AAAAAAAAAAAAAAAA.1.1...key|x',
    ' s2.AAAAAAAAAAAAAAAA.1.1...|x',
    '1:[[1,2]]',
    'o1|[]',
    'k1|secret',
  ])('reads as undefined, without an error, if the payload is %j', (payload) => {
    expect(fromRecord({ ...good, payload })).toBeUndefined()
  })

  it('reads as undefined if it has no expiry, because every session expires', () => {
    const { version, payload } = good

    expect(fromRecord({ version, payload })).toBeUndefined()
  })

  it('reads as undefined, without an error, at every length that its header is cut to', () => {
    const header = good.payload.slice(0, good.payload.indexOf('|'))
    for (let length = 0; length < header.length; length += 1) {
      expect(fromRecord({ ...good, payload: header.slice(0, length) })).toBeUndefined()
    }
  })

  it.each(['s3.x', 's3.', 's10.AAAAAAAAAAAAAAAA.1.1...|x'])(
    'of a newer format is an error that says so: %s',
    (payload) => {
      expect(() => fromRecord({ ...good, payload })).toThrow(
        expect.objectContaining({ code: 'session-newer-format', status: 503 }),
      )
    },
  )
})

describe('the end of a session (R10)', () => {
  it.each([
    // The last activity, the expiry and the earliest end, in milliseconds after the start.
    [0, 1100, 1000],
    [5000, 6100, 6000],
    [8900, 10_000, 9900],
    [9999, 10_000, 10_000],
    [20_000, 10_000, 10_000],
  ])(
    'with activity %d ms after the start, it expires after %d ms, or %d ms at the earliest',
    (active, expiry, earliest) => {
      const lived = { ...begun(began, times), lastActivityAt: began + active }
      expect(expiryOf(lived, times)).toBe(began + expiry)
      expect(endOf(lived, times)).toBe(began + earliest)
    },
  )

  it('comes exactly at that time, and not a millisecond before', () => {
    expect(isExpired(session(), times, began + 1099)).toBe(false)
    expect(isExpired(session(), times, began + 1100)).toBe(true)
  })

  it('comes at the absolute timeout, even if the session is active', () => {
    const active = session({ lastActivityAt: began + 9990, expiresAt: began + 1e9 })

    expect(isExpired(active, times, began + 9999)).toBe(false)
    expect(isExpired(active, times, began + 10_000)).toBe(true)
  })

  it('follows the current limits if they are shorter than the stored ones', () => {
    expect(isExpired(session({ expiresAt: began + 1e9 }), times, began + 1100)).toBe(true)
  })

  it('does not come later than the record says', () => {
    expect(isExpired(session({ expiresAt: began + 50 }), times, began + 50)).toBe(true)
  })
})

describe('a touch (R10)', () => {
  it('is due after the interval exactly', () => {
    expect(touchIsDue(session(), times, began + 99)).toBe(false)
    expect(touchIsDue(session(), times, began + 100)).toBe(true)
  })

  it('is always due if the interval is 0', () => {
    expect(touchIsDue(session(), { ...times, touchInterval: 0 }, began)).toBe(true)
  })

  it('moves activity and end, makes a new version, and changes nothing else', () => {
    const before = session(owned)
    const { version, ...after } = touched(before, began + 500, times)

    expect(version).not.toBe(before.version)
    expect({ ...after, version: before.version }).toEqual({
      ...before,
      lastActivityAt: began + 500,
      expiresAt: began + 1600,
    })
  })

  it('does not move activity backwards if the clock goes back', () => {
    expect(touched(session(), began - 500, times).lastActivityAt).toBe(began)
  })
})

describe('a write', () => {
  it('makes a new version and keeps instance, start, owner and name', () => {
    const before = session(owned)
    const after = rewritten(before, 'other', true, began + 500, times)

    expect(after).toMatchObject({
      ...owned,
      instance: before.instance,
      createdAt: began,
      data: 'other',
    })
    expect(after.version).not.toBe(before.version)
    expect(after.lastActivityAt).toBe(began + 500)
    expect(after.expiresAt).toBe(began + 1600)
  })

  it('that does not count as activity does not move the end', () => {
    const before = session()
    const after = rewritten(before, 'other', false, began + 500, times)

    expect([after.lastActivityAt, after.expiresAt]).toEqual([began, before.expiresAt])
  })

  it('does not move activity backwards if the clock goes back', () => {
    expect(rewritten(session(), 'other', true, began - 500, times).lastActivityAt).toBe(began)
  })
})

describe('a moved record (R4)', () => {
  const left = moved(session(owned), to, began + 100, times)

  it('names its successor, keeps instance, owner and data, and has a new version', () => {
    const before = session(owned)
    const after = moved(before, to, began + 100, times)

    expect(after).toMatchObject({ movedTo: to, instance: before.instance, data: 'data', ...owned })
    expect(after.version).not.toBe(before.version)
  })

  it('can be read within the grace period, and no longer', () => {
    expect(isReadable(left, times, began + 100)).toBe(true)
    expect(isReadable(left, times, began + 5099)).toBe(true)
    expect(isReadable(left, times, began + 5100)).toBe(false)
  })

  it('can never be read with a grace period of 0, but still stays for ten seconds', () => {
    const strict = { ...times, grace: 0 }
    const record = moved(session(), to, began + 100, strict)

    expect(isReadable(record, strict, began + 100)).toBe(false)
    expect(isExpired(record, strict, began + 10_099)).toBe(false)
    expect(isExpired(record, strict, began + 10_100)).toBe(true)
  })

  it('stays for the grace period if that is longer', () => {
    const long = { ...times, grace: 60_000 }

    expect(moved(session(), to, began, long).expiresAt).toBe(began + 60_000)
  })

  it('cannot be read beyond the absolute timeout', () => {
    const late = moved(session({ createdAt: began - 9000 }), to, began, times)

    expect(isReadable(late, times, began + 999)).toBe(true)
    expect(isReadable(late, times, began + 1000)).toBe(false)
  })

  it('counts as moved after a request that began earlier, but not after one that began then or later', () => {
    expect(movedAfter(left, began + 99)).toBe(true)
    expect(movedAfter(left, began + 100)).toBe(false)
    expect(movedAfter(left, began + 101)).toBe(false)
    expect(movedAfter(session(), began - 1)).toBe(false)
  })
})

describe('the record of a session that ended (R2)', () => {
  it('has no data, and leads to no session', () => {
    const before = session({ ...owned, data: 'private' })
    const [one, other] = [0, 1].map(() => ended(before, empty, began + 100, times, true))

    expect(one).toMatchObject({ data: empty, instance: before.instance })
    expect(toRecord(one ?? before).payload).not.toContain('private')
    expect(one?.movedTo).toBeDefined()
    expect(one?.movedTo).not.toEqual(other?.movedTo)
    expect(one?.version).not.toBe(before.version)
  })

  it('stays for the grace period, at least ten seconds', () => {
    expect(ended(session(), empty, began, times, true).expiresAt).toBe(began + 10_000)
  })
})

describe('newer cookies than those of a record', () => {
  it.each([
    ['may be on their way if the session moved', moved(session(), to, began, times), true],
    [
      'may be on their way if its own request ended it',
      ended(session(), empty, began, times, true),
      true,
    ],
    [
      'are not on their way if another request ended it',
      ended(session(), empty, began, times, false),
      false,
    ],
    ['are not on their way if it is live', session(), false],
  ])('%s', (_, record, expected) => {
    expect(hasNewerId(record)).toBe(expected)
    expect(hasNewerId(fromRecord(toRecord(record)) ?? session())).toBe(expected)
  })
})

describe('a redirect (R4)', () => {
  it('is a moved record without data, owner and name', () => {
    expect(redirect(to, empty, began + 100, times)).toMatchObject({
      data: empty,
      owner: undefined,
      name: undefined,
      movedTo: to,
      createdAt: began + 100,
      expiresAt: began + 10_100,
    })
  })
})

describe('a young record (R5)', () => {
  it.each([
    [0, 9999, true],
    [0, 10_000, false],
    [60_000, 59_999, true],
    [60_000, 60_000, false],
    // From the future: the clock was or is wrong.
    [0, -9999, true],
    [0, -10_000, false],
  ])('with a grace period of %d ms, %d ms after its creation: %s', (grace, age, young) => {
    expect(isYoung(session(), { ...times, grace }, began + age)).toBe(young)
  })
})

it('marks are never the same', () => {
  expect(new Set(Array.from({ length: 10_000 }, newMark)).size).toBe(10_000)
})

import { describe, expect, it } from 'vitest'
import {
  confirm,
  decodeEntries,
  doubtful,
  type Entries,
  type Entry,
  encodeEntries,
  enter,
  enterMove,
  mark,
  remove,
  takeBack,
} from './owner-index.ts'

const signedInAt = 1_000_000
const times = { signedInAt, endsAt: signedInAt + 10_000, livesUntil: signedInAt + 1_000 }

function entry(name: string, changes: Partial<Entry> = {}): Entry {
  return { name, keys: [`${name}-1`], ...times, ...changes }
}

const entries: Entries = [entry('a'), entry('b'), entry('c')]
const names = (of: Entries | undefined) => of?.map(({ name }) => name)

describe('a sign-in', () => {
  const entered = enter(entries, { name: 'd', key: 'd-1', now: signedInAt, ...times })

  it('adds the name and the key at the end, not confirmed yet', () => {
    expect(entered).toEqual([...entries, entry('d', { enteredAt: signedInAt })])
  })

  it('is confirmed when its record exists', () => {
    expect(confirm(entered, 'd')?.at(-1)).toEqual(entry('d', { enteredAt: undefined }))
  })

  it('that was ended in the meantime cannot be confirmed', () => {
    expect(
      confirm(
        mark(entered, ({ name }) => name === 'd'),
        'd',
      ),
    ).toBeUndefined()
    expect(confirm(remove(entered, new Set(['d'])), 'd')).toBeUndefined()
  })

  it('that is taken back leaves no entry', () => {
    expect(takeBack(entered, 'd', 'd-1')).toEqual(entries)
  })

  it('does not change the given list', () => {
    expect(names(entries)).toEqual(['a', 'b', 'c'])
  })
})

describe('a move', () => {
  const now = signedInAt + 500
  const move = (of: Entries, from: string, key: string) =>
    enterMove(of, { name: 'b', from, key, now, endsAt: 0, livesUntil: 0 })
  const moving = move(entries, 'b-1', 'b-2') ?? []

  it('adds the new key of the session and keeps its current one', () => {
    expect(moving[1]).toEqual(entry('b', { keys: ['b-1', 'b-2'], enteredAt: now }))
    expect([moving[0], moving[2]]).toEqual([entries[0], entries[2]])
  })

  it('drops the keys before the current one', () => {
    const again = move(confirm(moving, 'b') ?? [], 'b-2', 'b-3')

    expect(again?.[1]?.keys).toEqual(['b-2', 'b-3'])
  })

  it('from a key that is not in the entry keeps all keys', () => {
    expect(move(moving, 'elsewhere', 'b-3')?.[1]?.keys).toEqual(['b-1', 'b-2', 'b-3'])
  })

  it('is refused if the session was ended or is being ended', () => {
    expect(
      move(
        mark(entries, () => true),
        'b-1',
        'b-2',
      ),
    ).toBeUndefined()
    expect(move(remove(entries, new Set(['b'])), 'b-1', 'b-2')).toBeUndefined()
  })

  it('that is taken back leaves the session under its old key', () => {
    expect(takeBack(moving, 'b', 'b-2')[1]?.keys).toEqual(['b-1'])
  })

  it('keeps the name and the time of the sign-in', () => {
    expect(moving[1]).toMatchObject({ name: 'b', signedInAt })
  })
})

describe('taking back', () => {
  it('a key of an unknown name changes nothing', () => {
    expect(takeBack(entries, 'x', 'a-1')).toEqual(entries)
    expect(takeBack(entries, 'a', 'b-1')).toEqual(entries)
  })
})

describe('an end', () => {
  it('marks the selected entries, and those that another end has marked', () => {
    const once = mark(entries, ({ name }) => name === 'a')
    const twice = mark(once, ({ name }) => name !== 'c')

    expect(once.map(({ isMarked }) => isMarked)).toEqual([true, undefined, undefined])
    expect(twice.map(({ isMarked }) => isMarked)).toEqual([true, true, undefined])
  })

  it('removes the entries with these names, and no others', () => {
    expect(names(remove(entries, new Set(['a', 'c', 'unknown'])))).toEqual(['b'])
    expect(remove(entries, new Set())).toEqual(entries)
  })
})

describe('a doubtful entry', () => {
  it.each([
    ['is certainly live', {}, 999, false],
    ['may have expired', {}, 1_000, true],
    ['is being added', { enteredAt: signedInAt }, 999, false],
    ['was added a minute ago', { enteredAt: signedInAt - 59_001 }, 999, true],
    ['was added less than a minute ago', { enteredAt: signedInAt - 59_000 }, 999, false],
  ])('%s: %j after %d ms: %s', (_, changes, after, isDoubtful) => {
    expect(doubtful([entry('a', changes)], signedInAt + after)).toHaveLength(isDoubtful ? 1 : 0)
  })
})

describe('the payload of an index', () => {
  const record = (payload: string) => ({ version: 'v', payload })

  it('comes back unchanged', () => {
    const all = [
      entry('a'),
      entry('b', { keys: ['b-1', 'b-2'], enteredAt: signedInAt }),
      entry('c', { isMarked: true }),
    ]

    expect(decodeEntries(record(encodeEntries(all)))).toEqual(all)
    expect(decodeEntries(record(encodeEntries([])))).toEqual([])
  })

  it('of a thousand moving sessions fits into every store', () => {
    const key = 'k'.repeat(43)
    const most = Array.from({ length: 1000 }, (_, i) =>
      entry(`${i}`.padStart(16, 'n'), {
        keys: [key, key],
        signedInAt: Date.now(),
        endsAt: Date.now(),
        livesUntil: Date.now(),
        enteredAt: Date.now(),
        isMarked: true,
      }),
    )

    expect(Buffer.byteLength(encodeEntries(most))).toBeLessThan(256 * 1024)
  })

  it.each([
    '',
    'x',
    'o1',
    'o1|',
    'o1|{',
    'o1|{}',
    'o1|null',
    'o0|[]',
    'o1|[1]',
    'o1|[["a"]]',
    'o1|[["a",["k"],1,2]]',
    'o1|[[1,["k"],1,2,3,0,0]]',
    'o1|[["a","k",1,2,3,0,0]]',
    'o1|[["a",["k"],"1",2,3,0,0]]',
    's1.|[]',
  ])('that is not valid reads as undefined, without an error: %j', (payload) => {
    expect(decodeEntries(record(payload))).toBeUndefined()
  })

  it.each(['o2|[]', 'o2|{', 'o10|'])(
    'of a newer format is an error that says so: %s',
    (payload) => {
      expect(() => decodeEntries(record(payload))).toThrow(
        expect.objectContaining({ code: 'session-newer-format', status: 503 }),
      )
    },
  )
})

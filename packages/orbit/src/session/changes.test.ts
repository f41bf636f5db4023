import { describe, expect, it } from 'vitest'
import { type Change, replay } from './changes.ts'
import { type Contents, emptyContents } from './contents.ts'

function contents(
  data: Record<string, unknown> = {},
  flash: Record<string, string> = {},
): Contents {
  return {
    ...emptyContents(),
    data: new Map(Object.entries(data)),
    flash: new Map(Object.entries(flash).map(([key, mark]) => [key, { mark, value: mark }])),
  }
}

/** The data after the changes. */
const dataAfter = (data: Record<string, unknown>, ...changes: Change[]) =>
  Object.fromEntries(replay(contents(data), changes).data)

describe('a change that is re-applied to the latest record', () => {
  it.each<[string, Record<string, unknown>, Change, Record<string, unknown>]>([
    [
      'put: the later commit wins',
      { a: 'theirs' },
      { op: 'put', key: 'a', value: 'ours' },
      { a: 'ours' },
    ],
    ['forget', { a: 1, b: 2 }, { op: 'forget', key: 'a' }, { b: 2 }],
    ['forget of an absent key', { b: 2 }, { op: 'forget', key: 'a' }, { b: 2 }],
    ['clear removes data of other requests too', { a: 1, theirs: 2 }, { op: 'clear' }, {}],
    [
      'increment adds to the latest value',
      { n: 41 },
      { op: 'add', key: 'n', amount: 1 },
      { n: 42 },
    ],
    ['increment starts at 0', {}, { op: 'add', key: 'n', amount: -2 }, { n: -2 }],
    [
      'push appends to the latest list',
      { l: ['theirs'] },
      { op: 'push', key: 'l', value: 'ours' },
      { l: ['theirs', 'ours'] },
    ],
    ['push creates a list', {}, { op: 'push', key: 'l', value: 1 }, { l: [1] }],
    [
      'update runs on the latest value',
      { n: 20 },
      { op: 'update', key: 'n', fn: (n) => Number(n) * 2 },
      { n: 40 },
    ],
    [
      'remember keeps the value of another request',
      { r: 'theirs' },
      { op: 'put-if-absent', key: 'r', value: 'ours' },
      { r: 'theirs' },
    ],
    [
      'remember keeps the null of another request',
      { r: null },
      { op: 'put-if-absent', key: 'r', value: 'ours' },
      { r: null },
    ],
    [
      'remember stores a value if there is none',
      {},
      { op: 'put-if-absent', key: 'r', value: 'ours' },
      { r: 'ours' },
    ],
  ])('%s', (_, before, change, after) => {
    expect(dataAfter(before, change)).toEqual(after)
  })

  it('keeps the order of the changes', () => {
    const changes: Change[] = [
      { op: 'put', key: 'n', value: 1 },
      { op: 'add', key: 'n', amount: 5 },
      { op: 'clear' },
      { op: 'add', key: 'n', amount: 1 },
      { op: 'push', key: 'l', value: 'x' },
    ]

    expect(dataAfter({ theirs: 1, n: 100 }, ...changes)).toEqual({ n: 1, l: ['x'] })
  })

  it('does not change the given contents', () => {
    const before = contents({ l: [1], n: 1 }, { f: 'm' })
    replay(before, [{ op: 'push', key: 'l', value: 2 }, { op: 'clear' }])

    expect(before).toStrictEqual(contents({ l: [1], n: 1 }, { f: 'm' }))
  })

  it.each<[string, unknown, Change]>([
    ['increment', 'text', { op: 'add', key: 'k', amount: 1 }],
    ['increment', null, { op: 'add', key: 'k', amount: 1 }],
    ['increment', 1n, { op: 'add', key: 'k', amount: 1 }],
    ['push', { length: 0 }, { op: 'push', key: 'k', value: 1 }],
    ['push', null, { op: 'push', key: 'k', value: 1 }],
  ])('%s fails with a 409 if the latest value has another type: %o', (_, value, change) => {
    expect(() => replay(contents({ k: value }), [change])).toThrow(
      expect.objectContaining({ code: 'session-wrong-type', status: 409 }),
    )
  })

  it('update passes frozen values and copies', () => {
    const list = Object.freeze([1])
    const date = new Date(1)
    replay(contents({ list, date }), [
      {
        op: 'update',
        key: 'list',
        fn: (value) => {
          expect(Object.isFrozen(value)).toBe(true)
          return value
        },
      },
      {
        op: 'update',
        key: 'date',
        fn: (value) => {
          ;(value as Date).setTime(2)
          return 1
        },
      },
    ])

    expect(date).toEqual(new Date(1))
  })
})

describe('flash messages by entry (R19)', () => {
  const entry = (mark: string) => ({ mark, value: mark })

  it('ageing removes the message that this request found', () => {
    expect(
      replay(contents({}, { f: 'found' }), [{ op: 'age', key: 'f', mark: 'found' }]).flash.size,
    ).toBe(0)
  })

  it('ageing keeps a message that another request has just set under the same name', () => {
    const after = replay(contents({}, { f: 'theirs' }), [{ op: 'age', key: 'f', mark: 'found' }])

    expect(after.flash.get('f')).toEqual(entry('theirs'))
  })

  it('ageing of an absent message does nothing', () => {
    expect(replay(emptyContents(), [{ op: 'age', key: 'f', mark: 'found' }])).toStrictEqual(
      emptyContents(),
    )
  })

  it('a message that is flashed again stays, although the found one ages', () => {
    const after = replay(contents({}, { f: 'found' }), [
      { op: 'flash', key: 'f', entry: entry('ours') },
      { op: 'age', key: 'f', mark: 'found' },
    ])

    expect(after.flash.get('f')).toEqual(entry('ours'))
  })

  it('other messages stay', () => {
    const after = replay(contents({}, { theirs: 'x' }), [
      { op: 'flash', key: 'f', entry: entry('ours') },
    ])

    expect([...after.flash.keys()]).toEqual(['theirs', 'f'])
  })

  it('clear removes them too', () => {
    expect(replay(contents({ a: 1 }, { f: 'x' }), [{ op: 'clear' }])).toStrictEqual(emptyContents())
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Contents, copyContents, emptyContents, isEmpty } from './contents.ts'
import { decode, encode } from './encoding.ts'
import { keep } from './value.ts'

function contents(data: [string, unknown][], flash: [string, unknown][] = []): Contents {
  return {
    ...emptyContents(),
    data: new Map(data),
    flash: new Map(flash.map(([key, value], i) => [key, { mark: `mark ${i}`, value }])),
  }
}

const most = 64 * 1024
const roundTrip = (given: Contents) => decode(encode(given, most))

describe('the data of a record (R16)', () => {
  it('comes back unchanged, data and flash, in the same order', () => {
    const given = contents(
      [
        ['z', 1],
        ['a', { at: new Date(1), map: new Map([[1, new Set([2n])]]) }],
        ['nothing', null],
        ['undefined', undefined],
      ],
      [
        ['notice', 'x'],
        ['notice2', false],
      ],
    )

    const back = roundTrip(given)

    expect(back).toStrictEqual(given)
    expect([...(back?.data.keys() ?? [])]).toEqual([...given.data.keys()])
  })

  it('has the same string after a round trip, so that nothing is written if nothing changed (R3)', () => {
    const text = encode(
      contents(
        [
          ['a', { list: [1, { b: 'x' }, 'x', 'x'] }],
          ['b', { list: [1] }],
        ],
        [['f', 'x']],
      ),
      most,
    )
    const back = decode(text)

    expect(back && encode(back, most)).toBe(text)
  })

  it.each(['__proto__', 'constructor', '', '\u0000', '🍪', 'a.b'])('may have the key %j', (key) => {
    const given = contents([[key, 1]], [[key, 2]])

    expect(roundTrip(given)).toStrictEqual(given)
    expect(Reflect.get({}, key === '__proto__' ? 'polluted' : 'x')).toBeUndefined()
  })

  it('is empty without data and flash', () => {
    expect(isEmpty(emptyContents())).toBe(true)
    expect(isEmpty(contents([['a', undefined]]))).toBe(false)
    expect(isEmpty(contents([], [['a', undefined]]))).toBe(false)
    expect(roundTrip(emptyContents())).toStrictEqual(emptyContents())
  })

  it('can be copied, and the copy can change', () => {
    const given = contents([['a', 1]], [['f', 1]])
    const copy = copyContents(given)
    copy.data.set('b', 2)
    copy.flash.clear()

    expect(given).toStrictEqual(contents([['a', 1]], [['f', 1]]))
  })
})

describe('a lone surrogate (R16)', () => {
  const [high, low] = ['\ud83c', '\udf6a']

  it.each([
    ['in a value', contents([['a', `${high}x`]])],
    ['in a key', contents([[`x${low}`, 1]])],
    ['in a key of an object', contents([['a', { [high]: low }]])],
    ['in a flash message and its key', contents([], [[low, high]])],
    ['in the wrong order', contents([['a', low + high]])],
    ['next to a complete pair', contents([['a', `${high}${high}${low}${low}`]])],
    ['as an escape sequence', contents([['a', String.raw`\ud83c`]])],
    ['after a backslash', contents([['a', `\\${high}`]])],
  ])('%s comes back, and the data is still well-formed Unicode', (_, given) => {
    const data = encode(given, most)

    expect(data).not.toMatch(/\p{Surrogate}/u)
    expect(Buffer.from(data).toString()).toBe(data)
    expect(decode(data)).toStrictEqual(given)
  })

  it('counts with the bytes that are stored', () => {
    const data = encode(contents([['a', high]]), most)

    expect(data).toContain(String.raw`\ud83c`)
    expect(() => encode(contents([['a', high]]), Buffer.byteLength(data))).not.toThrow()
    expect(() => encode(contents([['a', high]]), Buffer.byteLength(data) - 1)).toThrow()
  })

  it('is the only character that is escaped', () => {
    expect(encode(contents([['a', '🍪é']]), most)).toContain('🍪é')
  })
})

describe('plain data', () => {
  const plain: [string, unknown][] = [
    ['userId', 'ada'],
    ['10', [1, -1.5, 1e21, true, null, '', { a: { b: [] } }]],
    ['9', { __proto: 1, toJSON: 1 }],
  ]

  it('is readable JSON in the same order', () => {
    const text = encode(
      contents([
        ['userId', 'ada'],
        ['9', 1],
        ['1', { a: [null] }],
      ]),
      most,
    )

    expect(text).toBe('{"data":[["userId","ada"],["9",1],["1",{"a":[null]}]]}')
    expect(roundTrip(contents(plain, plain))).toStrictEqual(contents(plain, plain))
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['not a number', Number.NaN],
    ['infinite', Number.NEGATIVE_INFINITY],
    ['minus zero', -0],
    ['a bigint', 1n],
    ['a Date', new Date(1)],
    ['a Map', new Map([['a', 1]])],
    ['a Set', new Set([1])],
    ['a typed array', new Uint8Array([1])],
    ['without a prototype', Object.assign(Object.create(null), { a: 1 })],
  ])('contains no value that is %s', (_, value) => {
    for (const kept of [value, [value], { a: { b: [value] } }]) {
      for (const given of [contents([['a', kept]]), contents([], [['a', kept]])]) {
        expect(encode(given, most)).toMatch(/^\[/)
        expect(roundTrip(given)).toStrictEqual(given)
      }
    }
  })

  it('that is too large as JSON is stored in the other format, which stores equal strings once', () => {
    const given = contents([['a', Array(20).fill('x'.repeat(100))]])
    const text = encode(given, 500)

    expect(text.length).toBeLessThan(500)
    expect(decode(text)).toStrictEqual(given)
  })
})

describe('data that cannot be read (R18)', () => {
  const good = encode(contents([['a', 1]]), most)

  it.each([
    '',
    '|',
    '1',
    'x',
    '{}',
    '[]',
    'null',
    '"x"',
    '-1',
    ' []',
    '[[1,2],["Map"],3]',
    '[[1,2],["Map","a"],[]]',
    '[[1,2],["Map",3,4],[],5,6]',
    '[[1,2],["Map",3,4],[],6,5]',
    '[[1,2],["Set"],[]]',
    '[[1,2],["Map"],[3],[4],"key"]',
    '[["Evil",1]]',
    '{"data":1}',
    '{"data":{"a":1}}',
    '{"data":["ab"]}',
    '{"data":[[1,2]]}',
    '{"data":[["a"]]}',
    '{"data":[["a",1,2]]}',
    '{"data":[["a",1],["a",2]]}',
    '{"data":[["a",1]],"more":1}',
    '{"data":[],"flash":[["a","mark"]]}',
    '{"data":[],"flash":[["a","mark",1,2]]}',
    '{"data":[],"flash":1}',
    '{"data":[],"flash":[["a",1,2]]}',
    '{"data":[],"flash":["abc"]}',
    '{"data":[["a",-0]]}',
    '{"data":[["a",1e999]]}',
    '{"data":[["a",{"b":{"__proto__":{"admin":true}}}]]}',
    '{"data":[["a",{"\\u005f_proto__":1}]]}',
    `{"data":[["a",${'['.repeat(101)}${']'.repeat(101)}]]}`,
    `{"data":[["a",${'['.repeat(30_000)}${']'.repeat(30_000)}]]}`,
    '\u0000\u0001',
  ])('reads as undefined, without an error: %j', (data) => {
    expect(decode(data)).toBeUndefined()
  })

  it('reads as undefined, without an error, at every length that it is cut to', () => {
    for (let length = 0; length < good.length; length += 1) {
      expect(() => decode(good.slice(0, length)), good.slice(0, length)).not.toThrow()
    }
  })
})

describe('data that put cannot have made (R18)', () => {
  /** Data whose only value, under the key "a", is this list of parts. The first part is at position 3. */
  const holding = (...parts: unknown[]) =>
    JSON.stringify([[1, 2], ['Map', 3, 4], [], 'a', ...parts])

  it('differs from data that put can have made', () => {
    expect(decode(holding([5, 5, -1], 'x'))?.data.get('a')).toEqual(['x', 'x', undefined])
    expect(decode(holding({ n: 5, m: 5 }, ['BigInt', '7']))?.data.get('a')).toEqual({
      n: 7n,
      m: 7n,
    })
  })

  /** Objects, each of them twice in the object before: 2^62 of them if expanded, in 600 bytes. */
  const sharing = Array.from({ length: 62 }, (_, i) => [i + 5, i + 5])
  const deep = (levels: number) => [...Array.from({ length: levels - 1 }, (_, i) => [i + 5]), []]

  it.each<[string, string]>([
    ['a sparse array of a billion items', holding([-7, 1_000_000_000])],
    ['a sparse array with an item', holding([-7, 4_294_967_295, 0, 5], 'x')],
    ['an array with a hole', holding([-2, 5], 'x')],
    ['an object in two places', holding([5, 5], { n: 6 }, 1)],
    ['an empty array in two places', holding([5, 5], [])],
    ['a Date in two places', holding([5, 5], ['Date', '2026-01-01T00:00:00.000Z'])],
    [
      'a buffer in two typed arrays',
      holding([5, 6], ['Uint8Array', 7], ['Uint8Array', 7], ['ArrayBuffer', 'AAAA']),
    ],
    ['shared references that expand without end', holding(...sharing, [])],
    ['an array in itself', holding([4])],
    ['an object in itself', holding({ self: 4 })],
    ['a Map as its own key', holding(['Map', 4, 5], 'x')],
    ['a Set in itself', holding(['Set', 4])],
    ['a Map that holds all data', holding([1])],
    ['two objects in each other', holding([5], [4])],
    ['an object before its parent', holding([5], 'x', [6], [])],
    ['many more levels than put accepts', holding(...deep(110))],
    ['ten thousand levels', holding(...deep(10_000))],
    ['an object that nothing refers to', holding('x', {})],
    ['a reference to a missing part', holding([99])],
    ['a reference between two parts', holding([4.5])],
    ['a constant that does not exist', holding([-8])],
    ['an invalid Date', holding(['Date', 'x'])],
    ['a Date that is not a string', holding(['Date', 5])],
    ['a bigint of a million digits', holding(['BigInt', '7'.repeat(1_000_000)])],
    ['a bigint that is not a string', holding(['BigInt', 5])],
    ['a regular expression', holding(['RegExp', '(a+)+$'])],
    ['a URL', holding(['URL', 'http://localhost'])],
    ['a boxed number', holding(['Object', 5], 1)],
    ['a DataView', holding(['DataView', 5], ['ArrayBuffer', 'AAAA'])],
    ['an ArrayBuffer', holding(['ArrayBuffer', 'AAAA'])],
    ['a buffer that is not a buffer', holding(['Uint8Array', 5], [])],
    [
      'a typed array larger than its buffer',
      holding(['Uint8Array', 5, 0, 4_000_000_000], ['ArrayBuffer', 'AAAA']),
    ],
    ['a key "__proto__" in an object', holding(JSON.parse('{"__proto__":5}'), 1)],
  ])('reads as undefined, without an error: %s', (_, data) => {
    expect(decode(data)).toBeUndefined()
  })

  it('does not include the deepest value, the largest bigint and combinations of all kinds', () => {
    const nested = (levels: number, inner: unknown): unknown =>
      levels === 0 ? inner : [nested(levels - 1, inner)]
    const given = contents(
      [
        ['deepest', nested(99, new Uint8Array([1]))],
        ['bigint', [-(1n << 32_767n), 1n, 1n]],
        ['kinds', new Map<unknown, unknown>([[{ a: [] }, new Set([new Date(1), new Date(1)])]])],
        ['bare', Object.assign(Object.create(null), { a: {}, b: 1n })],
        ['numbers', [Number.NaN, Infinity, -Infinity, -0, undefined, null, 1.5]],
      ],
      [['deepest', nested(99, new Uint8Array([1]))]],
    )

    expect(roundTrip(given)).toStrictEqual(given)
  })
})

describe('any data', () => {
  const ample = 100 * most
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(
        fc.constantFrom(null, undefined, true, -0, Number.NaN, Infinity),
        fc.double(),
        fc.string({ unit: 'binary' }),
        fc.bigInt(),
        fc.date({ noInvalidDate: true }),
        fc.uint8Array(),
        fc.float32Array(),
      ),
      fc.array(tie('value')),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
      ),
      fc.array(fc.tuple(tie('value'), tie('value'))).map((entries) => new Map(entries)),
      fc.array(tie('value')).map((items) => new Set(items)),
    ),
  })).value

  it('that put made can be read, and it is the same when it is written again', () => {
    fc.assert(
      fc.property(values, (value) => {
        const data = encode(contents([['a', keep(value, 'a', ample)]]), ample)
        const read = decode(data)

        expect(read && encode(read, ample)).toBe(data)
      }),
      { numRuns: 200 },
    )
  })

  it('that was tampered with is read or refused, without an error', () => {
    const numbers = fc.array(fc.tuple(fc.nat(), fc.integer({ min: -9, max: 30 })), { maxLength: 4 })
    fc.assert(
      fc.property(values, numbers, (value, changes) => {
        let data = encode(contents([['a', keep(value, 'a', ample)]]), ample)
        for (const [at, number] of changes) {
          const places = [...data.matchAll(/(?<=[[,:])-?\d+(?=[\],}])/g)]
          const place = places[at % Math.max(places.length, 1)]
          if (!place) continue
          const after = data.slice(place.index + place[0].length)
          data = `${data.slice(0, place.index)}${number}${after}`
        }
        const read = decode(data)

        // A value that was read can be stored and written again.
        if (read) for (const item of read.data.values()) keep(item, 'a', ample)
      }),
      { numRuns: 200 },
    )
  })
})

describe('maxBytes (R18)', () => {
  it('is the largest size that fits, in bytes', () => {
    const given = contents([['a', 'é🍪'.repeat(10)]])
    const bytes = Buffer.byteLength(encode(given, most))

    expect(() => encode(given, bytes)).not.toThrow()
    expect(() => encode(given, bytes - 1)).toThrow(
      expect.objectContaining({
        code: 'session-too-large',
        message: expect.stringContaining(`${bytes}`),
      }),
    )
  })
})

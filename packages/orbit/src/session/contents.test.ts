import { describe, expect, it } from 'vitest'
import { type Contents, copyContents, decode, emptyContents, encode, isEmpty } from './contents.ts'

function contents(data: [string, unknown][], flash: [string, unknown][] = []): Contents {
  return {
    data: new Map(data),
    flash: new Map(flash.map(([key, value], i) => [key, { mark: `mark ${i}`, value }])),
  }
}

const most = 64 * 1024
const roundTrip = (given: Contents) => decode(encode(given, most))

describe('a payload (R16)', () => {
  it('comes back as it was, data and flash, in its order', () => {
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

  it('is the same text for what came back, so that nothing is written where nothing changed (R3)', () => {
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

  it('is copied so that the copy can change', () => {
    const given = contents([['a', 1]], [['f', 1]])
    const copy = copyContents(given)
    copy.data.set('b', 2)
    copy.flash.clear()

    expect(given).toStrictEqual(contents([['a', 1]], [['f', 1]]))
  })
})

describe('a payload that cannot be read (R18)', () => {
  const good = encode(contents([['a', 1]]), most)

  it.each([
    '',
    ':',
    '1',
    '1:',
    '1:x',
    '1:{}',
    '1:[]',
    '1:null',
    '1:"x"',
    '0:[]',
    '-1:[]',
    '1.5:[]',
    'x:[]',
    ' :[]',
    '1:[[1,2],["Map"],3]',
    '1:[[1,2],["Map","a"],[]]',
    '1:[[1,2],["Map",3,4],[],5,6]',
    '1:[["Evil",1]]',
    '\u0000\u0001',
  ])('is nothing, and no error: %j', (payload) => {
    expect(decode(payload)).toBeUndefined()
  })

  it('is nothing, and no error, however it is cut', () => {
    for (let length = 0; length < good.length; length += 1) {
      expect(() => decode(good.slice(0, length)), good.slice(0, length)).not.toThrow()
    }
  })

  it.each(['2:x', '2:', '10:[]', '999:{"a":1}'])(
    'of a newer format is an error that says so: %s',
    (payload) => {
      expect(() => decode(payload)).toThrow(
        expect.objectContaining({ code: 'session-newer-format', status: 503 }),
      )
    },
  )
})

describe('maxBytes (R18)', () => {
  it('is the last size that fits, counted in bytes', () => {
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

import { runInNewContext, runInThisContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { keep, reveal } from './value.ts'

class Money {}
const most = 64 * 1024

describe('keep (R16)', () => {
  it('copies, so a later change of the given value has no effect', () => {
    const given = { list: [{ n: 1 }], map: new Map([['a', [1]]]), bytes: new Uint8Array([1]) }
    const kept = keep(given, 'key', most)
    given.list.push({ n: 2 })
    given.map.get('a')?.push(2)
    given.bytes.fill(9)

    expect(kept).toEqual({
      list: [{ n: 1 }],
      map: new Map([['a', [1]]]),
      bytes: new Uint8Array([1]),
    })
  })

  it.each<[string, unknown, string]>([
    ['a function in an object', { a: { b: () => {} } }, 'key.a.b'],
    ['a symbol in an array', [1, [Symbol('x')]], 'key[1][0]'],
    ['an instance in a Map', new Map([['a', new Money()]]), 'key[0]'],
    ['an instance as key of a Map', new Map([[new Money(), 1]]), 'key'],
    ['an instance in a Set', new Set([1, new Money()]), 'key[1]'],
    ['an invalid Date', { when: new Date(Number.NaN) }, 'key.when'],
    ['a Buffer', { bytes: Buffer.from('x') }, 'key.bytes'],
    ['a DataView', new DataView(new ArrayBuffer(1)), 'key'],
    ['an ArrayBuffer', [new ArrayBuffer(1)], 'key[0]'],
  ])('refuses %s and names its path', (_, value, path) => {
    expect(() => keep(value, 'key', most)).toThrow(
      expect.objectContaining({
        code: 'session-bad-value',
        message: expect.stringContaining(`"${path}`),
      }),
    )
  })

  it('names the class of a refused instance', () => {
    expect(() => keep({ price: new Money() }, 'cart', most)).toThrow(/Money/)
  })

  it.each<[string, () => unknown]>([
    [
      'an object',
      () => {
        const o: { self?: unknown } = {}
        o.self = o
        return o
      },
    ],
    [
      'an array',
      () => {
        const a: unknown[] = []
        a.push([a])
        return a
      },
    ],
    [
      'a Map',
      () => {
        const m = new Map()
        m.set('m', m)
        return m
      },
    ],
    [
      'a key of a Map',
      () => {
        const m = new Map()
        m.set(m, 1)
        return m
      },
    ],
    [
      'a Set',
      () => {
        const s = new Set()
        s.add(s)
        return s
      },
    ],
  ])('refuses a cycle through %s', (_, make) => {
    expect(() => keep(make(), 'key', most)).toThrow(/key/)
  })

  it('accepts a hundred levels and refuses ten thousand, without a stack overflow', () => {
    const nested = (levels: number) => {
      let value: unknown = 1
      for (let i = 0; i < levels; i += 1) value = { value }
      return value
    }

    expect(() => keep(nested(90), 'key', most)).not.toThrow()
    expect(() => keep(nested(10_000), 'key', most)).toThrow(/key/)
  })

  it('accepts the same object in two places', () => {
    const shared = { n: 1 }

    expect(keep([shared, shared], 'key', most)).toEqual([{ n: 1 }, { n: 1 }])
  })

  it('runs a getter only once, and keeps its value', () => {
    let runs = 0
    const value = keep(
      {
        get n() {
          runs += 1
          return runs
        },
      },
      'key',
      most,
    )

    expect(value).toEqual({ n: 1 })
    expect(value).toEqual({ n: 1 })
  })

  it('accepts plain objects of another realm and without a prototype', () => {
    const bare: object = Object.assign(Object.create(null), { a: 1 })

    expect(keep(bare, 'key', most)).toEqual(bare)
  })

  it.each<[string, string]>([
    ['an array', '[1, [2]]'],
    ['an object', '({ a: { b: 1 } })'],
    ['an object without a prototype', 'Object.assign(Object.create(null), { a: 1 })'],
    ['a Date', 'new Date(5)'],
    ['a Map', 'new Map([["a", [1]]])'],
    ['a Set', 'new Set([{ a: 1 }])'],
    ['a Uint8Array', 'new Uint8Array([1, 2, 3]).subarray(1)'],
    ['a BigInt64Array', 'new BigInt64Array([-1n])'],
    ['a bigint', '2n ** 70n'],
    [
      'a nested mixture',
      '[{ when: new Date(5), list: new Set([new Map([[1, new Float64Array(2)]])]) }]',
    ],
  ])(
    'accepts %s of another realm, as from node:vm and Jest, and returns one of this realm',
    (_, code) => {
      const foreign: unknown = runInNewContext(code)
      const own: unknown = runInThisContext(code)

      expect(keep(foreign, 'key', most)).toStrictEqual(own)
      expect(reveal(keep(foreign, 'key', most))).toStrictEqual(own)
    },
  )

  it.each<[string, string]>([
    ['a class instance', 'class Money {}; new Money()'],
    [
      'an instance of a class that extends null',
      'class Money extends null { constructor() { return Object.create(new.target.prototype) } }; new Money()',
    ],
    ['an instance of a class that extends Object', 'class Money extends Object {}; new Money()'],
    ['a subclass of Array', 'class List extends Array {}; new List()'],
    ['a subclass of Map', 'class Index extends Map {}; new Index()'],
    ['a subclass of Set', 'class Tags extends Set {}; new Tags()'],
    ['a subclass of Date', 'class Day extends Date {}; new Day(5)'],
    ['a subclass of Uint8Array', 'class Bytes extends Uint8Array {}; new Bytes(1)'],
    [
      'a class that says it is a Map',
      'class Fake { get [Symbol.toStringTag]() { return "Map" } }; new Fake()',
    ],
    [
      'a class that says it is a Date',
      'class Fake { get [Symbol.toStringTag]() { return "Date" } }; new Fake()',
    ],
    ['an Error', 'new Error("x")'],
    ['a RegExp', '/x/'],
    ['a Promise', 'Promise.resolve(1)'],
    ['a boxed string', 'new String("x")'],
    ['a WeakMap', 'new WeakMap()'],
    ['a Proxy of a Map', 'new Proxy(new Map(), {})'],
    ['a Proxy of a Date', 'new Proxy(new Date(5), {})'],
    ['an invalid Date', 'new Date(NaN)'],
    ['a function', '(() => {})'],
    ['a symbol', 'Symbol("x")'],
    ['a DataView', 'new DataView(new ArrayBuffer(1))'],
  ])('refuses %s, of this realm or another', (_, code) => {
    const refusal = expect.objectContaining({ code: 'session-bad-value' })

    expect(() => keep(runInThisContext(`{ ${code} }`), 'key', most)).toThrow(refusal)
    expect(() => keep(runInNewContext(`{ ${code} }`), 'key', most)).toThrow(refusal)
  })

  it('copies a Proxy of an object or array as a plain object or array', () => {
    const shown = new Proxy(
      { list: new Proxy([1, 2], {}) },
      { get: (target, key) => Reflect.get(target, key) },
    )

    expect(keep(shown, 'key', most)).toStrictEqual({ list: [1, 2] })
  })

  it('never reaches Object.prototype', () => {
    try {
      keep(JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":1}}}'), 'key', most)
    } catch (error) {
      expect(error).toMatchObject({ code: 'session-bad-value' })
    }

    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

describe('a value above the size limit of the session', () => {
  const tooLarge = expect.objectContaining({ code: 'session-too-large' })

  /** 22 arrays, each of them twice in the next one: 4 million items from 22 objects. */
  function shared(): unknown {
    let value: unknown[] = []
    for (let i = 0; i < 22; i += 1) value = [value, value]
    return value
  }

  it.each<[string, () => unknown]>([
    ['shared references that expand to millions', shared],
    ['an array of four billion holes', () => new Array(2 ** 32 - 1)],
    ['a Proxy that claims to be such an array', () => new Proxy(new Array(2 ** 32 - 1), {})],
    ['a typed array', () => new Uint8Array(most + 1)],
  ])('is refused while it is copied: %s', (_, make) => {
    expect(() => keep(make(), 'key', most)).toThrow(tooLarge)
  })

  it('is refused with its key and the limit', () => {
    expect(() => keep(shared(), 'cart', most)).toThrow(/"cart".*65536/)
  })

  it('does not include values that fit: the same string many times, and the most items of the smallest size', () => {
    const text = 'x'.repeat(1000)
    const items = Array.from({ length: 30_000 }, () => true)

    expect(keep(Array(100).fill(text), 'key', most)).toHaveLength(100)
    expect(keep(items, 'key', most)).toHaveLength(items.length)
    expect(() => keep(new Uint8Array(40_000), 'key', most)).not.toThrow()
  })

  it.each([1n, -1n])('may be a bigint of millions of digits, with the sign of %s', (sign) => {
    const refusal = expect.objectContaining({ code: 'session-bad-value' })

    expect(keep(sign << 32_767n, 'key', most)).toBe(sign << 32_767n)
    expect(() => keep({ n: sign << 10_000_000n }, 'key', most)).toThrow(refusal)
  })
})

describe('reveal (R17)', () => {
  it('deeply freezes objects and arrays, even inside Maps and Sets', () => {
    const seen = reveal({ a: [{ b: 1 }], map: new Map([['x', { c: 1 }]]), set: new Set([[1]]) })
    const { a, map, set } = seen as { a: object[]; map: Map<string, object>; set: Set<object> }

    for (const value of [seen, a, a[0], map.get('x'), ...set])
      expect(Object.isFrozen(value)).toBe(true)
  })

  it.each<[string, unknown, (value: never) => void]>([
    ['a Date', new Date(1), (date: Date) => date.setTime(2)],
    ['a Map', new Map([['a', 1]]), (map: Map<string, number>) => map.clear()],
    ['a Set', new Set([1]), (set: Set<number>) => set.add(2)],
    ['a typed array', new Uint16Array([1]), (bytes: Uint16Array) => bytes.fill(2)],
    ['a Date in an object', { at: new Date(1) }, ({ at }: { at: Date }) => at.setTime(2)],
    ['a Map in an array', [new Map()], ([map]: [Map<string, number>]) => map.set('x', 1)],
    [
      'a Set in a Map',
      new Map([['a', new Set()]]),
      (map: Map<string, Set<number>>) => map.get('a')?.add(1),
    ],
  ])('gives a copy of %s', (_, value, change) => {
    const kept = keep(value, 'key', most)
    change(reveal(kept) as never)

    expect(reveal(kept)).toEqual(value)
  })

  it('returns the same object if nothing in it can be changed', () => {
    const kept = keep({ a: [1, { b: 2 }] }, 'key', most)

    expect(reveal(kept)).toBe(reveal(kept))
  })
})

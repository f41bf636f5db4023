import { describe, expect, it } from 'vitest'
import { keep, reveal } from './value.ts'

class Money {}

describe('keep (R16)', () => {
  it('copies: a later change to what was given reaches nothing', () => {
    const given = { list: [{ n: 1 }], map: new Map([['a', [1]]]), bytes: new Uint8Array([1]) }
    const kept = keep(given, 'key')
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
  ])('refuses %s and says where it is', (_, value, path) => {
    expect(() => keep(value, 'key')).toThrow(
      expect.objectContaining({
        code: 'session-bad-value',
        message: expect.stringContaining(`"${path}`),
      }),
    )
  })

  it('says what is wrong: the class of an instance', () => {
    expect(() => keep({ price: new Money() }, 'cart')).toThrow(/Money/)
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
    expect(() => keep(make(), 'key')).toThrow(/key/)
  })

  it('takes a hundred levels and refuses ten thousand, without overflowing the stack', () => {
    const nested = (levels: number) => {
      let value: unknown = 1
      for (let i = 0; i < levels; i += 1) value = { value }
      return value
    }

    expect(() => keep(nested(90), 'key')).not.toThrow()
    expect(() => keep(nested(10_000), 'key')).toThrow(/key/)
  })

  it('keeps the same object at two places', () => {
    const shared = { n: 1 }

    expect(keep([shared, shared], 'key')).toEqual([{ n: 1 }, { n: 1 }])
  })

  it('does not run what hides behind a getter twice, and keeps its value', () => {
    let runs = 0
    const value = keep(
      {
        get n() {
          runs += 1
          return runs
        },
      },
      'key',
    )

    expect(value).toEqual({ n: 1 })
    expect(value).toEqual({ n: 1 })
  })

  it('keeps plain objects of another realm and without a prototype', () => {
    const bare: object = Object.assign(Object.create(null), { a: 1 })

    expect(keep(bare, 'key')).toEqual(bare)
  })

  it('never reaches Object.prototype', () => {
    try {
      keep(JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":1}}}'), 'key')
    } catch (error) {
      expect(error).toMatchObject({ code: 'session-bad-value' })
    }

    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})

describe('reveal (R17)', () => {
  it('freezes objects and arrays, deep, inside of Maps and Sets too', () => {
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
    const kept = keep(value, 'key')
    change(reveal(kept) as never)

    expect(reveal(kept)).toEqual(value)
  })

  it('gives the very same object again where nothing in it can be changed', () => {
    const kept = keep({ a: [1, { b: 2 }] }, 'key')

    expect(reveal(kept)).toBe(reveal(kept))
  })
})

import { describe, expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

class Money {
  readonly amount = 1
}

async function roundTrip(value: unknown): Promise<{ same: unknown; next: unknown }> {
  const world = setting()
  const ada = await signedIn(world.client())
  const same = await world.within(ada, (session) => {
    session.put('value', value)
    return { value: session.get('value') }
  })
  const next = await world.within(ada, (session) => ({ value: session.get('value') }))
  return { same: same.value, next: next.value }
}

const nothing: unknown[] = []
const good: Record<string, unknown> = {
  null: null,
  undefined,
  true: true,
  false: false,
  'an empty string': '',
  'a string with special characters': 'é🍪\u0000\u2028</script>"\\\ud800',
  zero: 0,
  'minus zero': -0,
  NaN: Number.NaN,
  infinity: Number.NEGATIVE_INFINITY,
  'a fraction': 0.1 + 0.2,
  bigint: 2n ** 100n,
  'an empty array': nothing,
  'an array in an array': [[1], [[2, null]]],
  'an array with undefined': [undefined, 1],
  'an empty object': {},
  'a nested object': { a: { b: { c: [1, { d: null }] } } },
  'an object without a prototype': Object.assign(Object.create(null), { a: 1 }),
  'an object with unusual keys': {
    '': 1,
    'a.b': 2,
    constructor: 3,
    toString: 4,
    prototype: 5,
    '0': 6,
  },
  Date: new Date(0),
  'a Date before 1970': new Date(-1),
  Map: new Map<unknown, unknown>([
    ['a', { b: 1 }],
    [1, new Date(1)],
    [null, undefined],
  ]),
  Set: new Set([1, 'a', null]),
  Uint8Array: new Uint8Array([0, 1, 255]),
  'an empty Uint8Array': new Uint8Array(),
  'a part of a larger buffer': new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
  Float64Array: new Float64Array([Math.PI, Number.NaN]),
  BigInt64Array: new BigInt64Array([-1n]),
  'all in one': { list: [new Map([['x', new Set([new Date(5)])]]), new Uint16Array([7])] },
  'a value that looks like a type tag': [
    ['Date', '2020'],
    ['Map', 1],
    -1,
    -2,
    { $date: 1, __type: 'Map' },
  ],
  'a value that looks like a reference': ['1', 1, [0], { 0: 0 }],
  'a string that looks like JSON': '[["Set",1],2]',
}

describe('get() returns what you put (R16)', () => {
  it.each(Object.keys(good))('%s', async (name) => {
    const value = good[name]

    const { same, next } = await roundTrip(value)

    expect(same).toStrictEqual(value)
    expect(next).toStrictEqual(value)
  })

  it('the same object in two places is stored twice', async () => {
    const shared = { n: 1 }

    expect((await roundTrip([shared, shared])).next).toEqual([{ n: 1 }, { n: 1 }])
  })

  it('a later change to the object that was put has no effect', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => {
      const cart = { items: [1] }
      session.put('cart', cart)
      cart.items.push(2)
    })

    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: { items: [1] } })
  })

  it.each<[string, unknown]>([
    ['a function', () => {}],
    ['a symbol', Symbol('x')],
    ['an instance of a class', new Money()],
    ['an error', new Error('x')],
    ['a regular expression', /x/],
    ['a URL', new URL('http://x')],
    ['a promise', Promise.resolve()],
    ['a WeakMap', new WeakMap()],
    ['an invalid Date', new Date(Number.NaN)],
    ['a boxed number', Object(1)],
    ['a Date of a subclass', new (class Day extends Date {})()],
    ['a Map of a subclass', new (class Index extends Map {})()],
    ['an array of a subclass', new (class List extends Array<number> {})()],
    ['an object with a symbol as key', { [Symbol('x')]: 1 }],
  ])(
    'a value that cannot be stored throws at once, and the error names the key: %s',
    async (_, value) => {
      const world = setting()
      const ada = await signedIn(world.client())
      await world.within(ada, (session) => {
        for (const bad of [value, { deep: [value] }, new Map([['x', value]]), new Set([value])]) {
          expect(() => session.put('my key', bad)).toThrow(/my key/)
          expect(() => session.put('my key', bad)).toThrow(
            expect.objectContaining({ code: 'session-bad-value' }),
          )
        }
        expect(() => session.push('my key', value)).toThrow(/my key/)
        expect(() => session.flash('my key', value)).toThrow(/my key/)
        expect(() => session.update('my key', () => value)).toThrow()
        expect(session.has('my key')).toBe(false)
      })
      expect(await ada.json('/all')).toEqual({ userId: 'ada' })
    },
  )

  it('a cyclic value throws or is returned as it was, and does not block the request', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    await world.within(ada, (session) => expect(() => session.put('cycle', cycle)).toThrow(/cycle/))

    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
  })

  it('an object with one invalid value is not stored at all', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) =>
      expect(() => session.put({ a: 1, b: () => {}, c: 3 })).toThrow(/"b"/),
    )

    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('endless nesting throws, and does not overflow the stack', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    let deep: unknown = 1
    for (let i = 0; i < 20_000; i += 1) deep = [deep]

    const response = await world.answer(ada, (session, c) => {
      expect(() => session.put('deep', deep)).toThrow(/deep/)
      return c.text('ok')
    })

    expect(response.status).toBe(200)
  })
})

import { describe, expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

describe('a key with a special meaning elsewhere is just a key (R16)', () => {
  const odd = [
    '__proto__',
    'constructor',
    'prototype',
    'hasOwnProperty',
    'a.b.c',
    '__proto__.polluted',
    '',
    ' ',
    '0',
    '🍪',
    '\u0000',
  ]

  it.each(odd)('%j', async (key) => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => {
      expect(session.get(key)).toBeUndefined()
      expect(session.has(key)).toBe(false)
      session.put(key, { polluted: 1 })
      session.flash(key, 'flashed')
    })

    const seen = await world.within(ada, (session) => {
      const all = session.all()
      return [
        session.get(key),
        session.has(key),
        session.getFlash(key),
        Object.keys(all).sort(),
        Object.keys(session.only(key)),
        session.pull(key),
      ]
    })
    expect(seen).toEqual([
      { polluted: 1 },
      true,
      'flashed',
      [key, 'userId'].sort(),
      [key],
      { polluted: 1 },
    ])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('an object with its own "__proto__", as from JSON.parse, pollutes nothing', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => {
      session.put(JSON.parse('{"__proto__":{"polluted":1},"a":1}'))
      try {
        session.put('nested', JSON.parse('{"__proto__":{"polluted":1}}'))
      } catch (error) {
        expect(error).toMatchObject({ code: 'session-bad-value' })
      }
    })

    const all = await world.within(ada, (session) => session.all())
    expect(Object.hasOwn(all, '__proto__')).toBe(true)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(Reflect.get(Object(all.nested), 'polluted')).toBeUndefined()
  })

  it('a dot in a key does not address a nested value', async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    const seen = await world.within(ada, (session) => {
      session.put('a', { b: 1 })
      return [session.get('a.b'), session.has('a.b')]
    })

    expect(seen).toEqual([undefined, false])
  })
})

describe('a value from get() cannot be changed (R17)', () => {
  it('objects and arrays are deeply frozen, in the same request and the next', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const check = (value: { list: { n: number }[] } | undefined) => {
      expect(() => value?.list.push({ n: 2 })).toThrow(TypeError)
      expect(() => Object.assign(value?.list[0] ?? {}, { n: 9 })).toThrow(TypeError)
      expect(() => Object.assign(value ?? {}, { more: 1 })).toThrow(TypeError)
    }
    await world.within(ada, (session) => {
      session.put('cart', { list: [{ n: 1 }] })
      check(session.get('cart') as never)
    })
    await world.within(ada, (session) => {
      check(session.get('cart') as never)
      check(session.all().cart as never)
      check(session.only('cart').cart as never)
      check(session.except().cart as never)
    })

    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: { list: [{ n: 1 }] } })
  })

  it('objects inside a Map or a Set are frozen too', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.put('map', new Map([['a', { n: 1 }]])))
    await world.within(ada, (session) => {
      expect(Object.isFrozen(session.get<Map<string, object>>('map')?.get('a'))).toBe(true)
    })
  })

  it('Date, Map, Set and typed arrays are copies, and a change to a copy has no effect', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const put = {
      date: new Date(1),
      map: new Map([['a', new Map()]]),
      set: new Set([1]),
      bytes: new Uint8Array([1]),
    }
    await world.within(ada, (session) => session.put({ ...put, nested: put }))
    for (let i = 0; i < 2; i += 1) {
      await world.within(ada, (session) => {
        for (const seen of [
          session.all() as unknown as typeof put,
          session.get<typeof put>('nested'),
        ]) {
          seen?.date.setTime(99)
          seen?.map.get('a')?.set('x', 1)
          seen?.map.clear()
          seen?.set.add(2)
          seen?.bytes.fill(9)
        }
        expect(session.get('date')).toEqual(new Date(1))
        expect(session.get('nested')).toEqual(put)
      })
    }

    expect(await world.within(ada, (session) => session.except('userId'))).toEqual({
      ...put,
      nested: put,
    })
  })

  it('other requests do not see a change before it is committed', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const other = ada.copy()
    let seen: unknown
    await world.within(ada, async (session) => {
      session.put('draft', 1)
      seen = await other.json('/all')
    })

    expect(seen).toEqual({ userId: 'ada' })
  })

  it('the default of get() is returned unchanged', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const fallback = { mine: true }

    expect(await world.within(ada, (session) => [session.get('absent', fallback)])).toEqual([
      fallback,
    ])
    expect(Object.isFrozen(fallback)).toBe(false)
  })
})

import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import type { Session } from '@gravito/orbit'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { setting, signedIn } from './setting.ts'

let world: ReturnType<typeof setting>
let ada: Client

beforeEach(async () => {
  world = setting()
  ada = await signedIn(world.client())
  await world.within(ada, (session) =>
    session.put({ name: 'Ada', nothing: null, count: 3, list: [1] }),
  )
})

const doing = <T>(work: (session: Session) => T) => world.within(ada, work)
const stored = () => doing((session) => session.except('userId'))

describe('reading', () => {
  it('get() uses the fallback for absent keys only: null is a value', async () => {
    const seen = await doing((s) => [
      s.get('name'),
      s.get('absent'),
      s.get('absent', 'none'),
      s.get('nothing', 'none'),
    ])
    expect(seen).toEqual(['Ada', undefined, 'none', null])
  })

  it('get() returns a stored undefined, whatever the fallback', async () => {
    await doing((s) => s.put('undefined', undefined))
    expect(await doing((s) => [s.has('undefined'), s.get('undefined', 'none')])).toEqual([
      true,
      undefined,
    ])
  })

  it('has() requires all of the keys, missing() none of them', async () => {
    const seen = await doing((s) => [
      s.has('name'),
      s.has('nothing'),
      s.has('name', 'absent'),
      s.has('absent'),
      s.missing('absent'),
      s.missing('absent', 'name'),
      s.missing('nothing'),
      s.missing('absent', 'gone'),
    ])
    expect(seen).toEqual([true, true, false, false, true, false, false, true])
  })

  it('all(), only() and except() return plain objects', async () => {
    const seen = await doing((s) => [
      s.all(),
      s.only('name', 'absent'),
      s.except('userId', 'list', 'absent'),
    ])
    expect(seen).toEqual([
      { userId: 'ada', name: 'Ada', nothing: null, count: 3, list: [1] },
      { name: 'Ada' },
      { name: 'Ada', nothing: null, count: 3 },
    ])
  })

  it('isStarted() is true after the first use', async () => {
    expect(await doing((s) => [s.isStarted(), s.has('x'), s.isStarted()])).toEqual([
      false,
      false,
      true,
    ])
  })

  it('a request sees its own changes at once', async () => {
    const seen = await doing((s) => {
      s.put('name', 'Augusta')
      s.forget('count')
      return [s.get('name'), s.has('count'), s.all().name]
    })
    expect(seen).toEqual(['Augusta', false, 'Augusta'])
  })
})

describe('changing', () => {
  it('put() sets one value, or each value of an object', async () => {
    await doing((s) => {
      s.put('name', 'Augusta')
      s.put({ count: 4, more: true })
    })
    expect(await stored()).toEqual({
      name: 'Augusta',
      nothing: null,
      count: 4,
      list: [1],
      more: true,
    })
  })

  it('forget() removes one or many keys, and ignores absent ones', async () => {
    await doing((s) => {
      s.forget('name')
      s.forget('count', 'list', 'absent')
      s.forget()
    })
    expect(await stored()).toEqual({ nothing: null })
  })

  it('clear() removes all data, and a second call has no effect', async () => {
    await doing((s) => {
      s.put('late', 1)
      s.clear()
      s.clear()
    })
    expect(await ada.json('/all')).toEqual({})
  })

  it('pull() returns and removes a value, and uses the fallback for absent keys only', async () => {
    const seen = await doing((s) => [
      s.pull('name'),
      s.pull('name'),
      s.pull('absent', 'none'),
      s.pull('nothing', 'none'),
    ])
    expect(seen).toEqual(['Ada', undefined, 'none', null])
    expect(await stored()).toEqual({ count: 3, list: [1] })
  })

  it('push() appends to a list, and creates one', async () => {
    await doing((s) => {
      s.push('list', 2)
      s.push('list', [3])
      s.push('new', { a: 1 })
    })
    expect(await stored()).toMatchObject({ list: [1, 2, [3]], new: [{ a: 1 }] })
  })

  it('increment() and decrement() start at 0, accept any step, and return the sum', async () => {
    const seen = await doing((s) => [
      s.increment('count'),
      s.increment('count', 5),
      s.decrement('count'),
      s.decrement('fresh', 2),
      s.increment('half', 0.5),
    ])
    expect(seen).toEqual([4, 9, 8, -2, 0.5])
    expect(await stored()).toMatchObject({ count: 8, fresh: -2, half: 0.5 })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number])(
    'increment() by %s is refused',
    async (by) => {
      await doing((s) => expect(() => s.increment('count', by)).toThrow(/count/))
      expect(await stored()).toMatchObject({ count: 3 })
    },
  )

  it.each<[unknown, string]>([
    ['2', 'the string "2". Convert it first: Number(…).'],
    [2n, '2n. Convert it first: Number(…).'],
    [Number.NaN, 'NaN.'],
  ])('increment() and decrement() refuse %s and show the value', async (by, message) => {
    await doing((s) => {
      for (const name of ['increment', 'decrement'] as const) {
        expect(() => s[name]('count', by as number)).toThrow(
          expect.objectContaining({
            code: 'session-bad-value',
            message: `${name}("count", …) takes a finite number, but this is ${message}`,
          }),
        )
      }
    })
    expect(await stored()).toMatchObject({ count: 3 })
  })

  it('the error for a value of another type says what to do', async () => {
    await doing((s) => {
      expect(() => s.increment('name')).toThrow('Use another key, or put a number there first.')
      expect(() => s.push('name', 1)).toThrow('Use another key, or put an array there first.')
    })
  })

  it.each([
    ['push', (s: Session) => s.push('name', 1)],
    ['increment', (s: Session) => s.increment('name')],
    ['decrement', (s: Session) => s.decrement('list')],
    ['push on null', (s: Session) => s.push('nothing', 1)],
    ['increment on null', (s: Session) => s.increment('nothing')],
  ])('%s on a value of another type throws at once and changes nothing', async (_, change) => {
    await doing((s) =>
      expect(() => change(s)).toThrow(expect.objectContaining({ code: 'session-wrong-type' })),
    )
    expect(await stored()).toEqual({ name: 'Ada', nothing: null, count: 3, list: [1] })
  })

  it('update() stores and returns the result of its function', async () => {
    const seen = await doing((s) => [
      s.update<number>('count', (n) => (n ?? 0) * 2),
      s.update('absent', (value) => (value === undefined ? 'new' : 'old')),
    ])
    expect(seen).toEqual([6, 'new'])
    expect(await stored()).toMatchObject({ count: 6, absent: 'new' })
  })

  it('an assignment to the session throws, and the error names the method to call', async () => {
    await doing(async (s) => {
      const refused = (message: RegExp) =>
        expect.objectContaining({
          code: 'session-bad-value',
          message: expect.stringMatching(message),
        })
      expect(() => Object.assign(s, { cart: [] })).toThrow(refused(/session\.put\("cart", …\)/))
      expect(() => Object.assign(s, { userId: 'eve' })).toThrow(
        refused(/session\.signIn\(userId\)/),
      )
      expect(() => Object.assign(s, { get: () => 'eve' })).toThrow(TypeError)
      await s.atomically((data) => {
        expect(() => Object.assign(data, { cart: [] })).toThrow(
          refused(/session\.put\("cart", …\)/),
        )
      })
    })
    expect(await stored()).toEqual({ name: 'Ada', nothing: null, count: 3, list: [1] })
  })

  it('an assignment to the CSRF token throws an error', async () => {
    await world.answer(ada, (_, c) => {
      expect(() => Object.assign(c.get('csrf'), { value: 'x' })).toThrow(TypeError)
    })
  })

  it('the session can be printed and compared like any object', async () => {
    await doing((s) => {
      expect(inspect(s)).toMatch(/^Session/)
      expect(String(s)).toBe('[object Object]')
      expect(s).toEqual(s)
      expect(Reflect.get(s, 'then')).toBeUndefined()
    })
  })

  it.each<[string, (s: Session, key: string) => unknown]>([
    ['put', (s, key) => s.put({ [key]: () => {} })],
    ['put of a nested key', (s, key) => s.put('a', { [key]: () => {} })],
    ['put of a class', (s, key) => s.put('a', Object.create({ constructor: { name: key } }, {}))],
    ['push', (s, key) => [s.put(key, 1), s.push(key, 1)]],
    ['increment', (s, key) => [s.put(key, 'x'), s.increment(key)]],
    ['update', (s, key) => s.update(key, async () => 1)],
    ['flash', (s, key) => s.flash(key, () => {})],
    ['remember', (s, key) => s.remember(key, () => () => {})],
  ])('a key cannot forge a log line in the error of %s', async (_, act) => {
    const key = 'a\n2026-01-01 INFO signed in\u2028\u001b[2J"'
    await doing((s) => {
      let message = ''
      try {
        act(s, key)
      } catch (error) {
        message = error instanceof Error ? error.message : ''
      }
      s.clear()
      expect(message).toContain('signed in')
      expect(message).not.toMatch(/[\p{Cc}\u2028]/u)
    })
  })

  it('a promise of another realm counts as a promise', async () => {
    const promise = (value: unknown) => runInNewContext(`Promise.resolve(${value})`)
    await doing(async (s) => {
      expect(await s.remember('made', () => promise(5))).toBe(5)
      expect(() => s.update('count', () => promise(5))).toThrow(
        expect.objectContaining({ code: 'session-not-sync' }),
      )
    })
    expect(await stored()).toMatchObject({ count: 3, made: 5 })
  })

  it('update() refuses an async function, and one that changes its argument', async () => {
    await doing((s) => {
      expect(() => s.update('count', async () => 1)).toThrow(
        expect.objectContaining({ code: 'session-not-sync' }),
      )
      // @ts-expect-error: the list is readonly
      expect(() => s.update<number[]>('list', (list) => list?.fill(2) ?? [])).toThrow(TypeError)
    })
    expect(await stored()).toMatchObject({ count: 3, list: [1] })
  })

  it('a function that throws changes nothing', async () => {
    await doing((s) => {
      expect(() =>
        s.update('count', () => {
          throw new RangeError('no')
        }),
      ).toThrow(RangeError)
    })
    expect(await stored()).toMatchObject({ count: 3 })
  })

  it('remember() returns a stored value, even null, and does not call its function', async () => {
    let made = 0
    const make = () => {
      made += 1
      return 'made'
    }
    expect(await doing((s) => [s.remember('name', make), s.remember('nothing', make)])).toEqual([
      'Ada',
      null,
    ])
    expect(made).toBe(0)
  })

  it('remember() stores the result of a sync or async function once', async () => {
    let made = 0
    const seen = await doing(async (s) => [
      s.remember('now', () => {
        made += 1
        return [made]
      }),
      s.remember('now', () => {
        made += 1
        return [made]
      }),
      await s.remember('later', async () => {
        made += 1
        return { made }
      }),
      await s.remember('later', async () => {
        made += 1
        return { made }
      }),
    ])
    expect(seen).toEqual([[1], [1], { made: 2 }, { made: 2 }])
    expect(await stored()).toMatchObject({ now: [1], later: { made: 2 } })
  })

  it('remember() stores nothing if its function fails', async () => {
    await doing(async (s) => {
      expect(() =>
        s.remember('a', () => {
          throw new RangeError('no')
        }),
      ).toThrow(RangeError)
      await expect(s.remember('b', () => Promise.reject(new RangeError('no')))).rejects.toThrow(
        RangeError,
      )
      expect([s.has('a'), s.has('b')]).toEqual([false, false])
    })
  })
})

describe('a list of keys', () => {
  it('is accepted by has(), missing(), only() and except()', async () => {
    const seen = await doing((s) => [
      s.has(['name', 'nothing']),
      s.has(['name', 'absent']),
      s.missing(['absent', 'gone']),
      s.missing(['name']),
      s.only(['name', 'absent'], 'count'),
      s.except(['userId', 'list'], 'count'),
    ])
    expect(seen).toEqual([
      true,
      false,
      true,
      false,
      { name: 'Ada', count: 3 },
      { name: 'Ada', nothing: null },
    ])
  })

  it('is accepted by forget()', async () => {
    await doing((s) => s.forget(['name', 'list'], 'absent'))
    expect(await stored()).toEqual({ nothing: null, count: 3 })
  })

  it('is accepted in atomically() too', async () => {
    await doing((s) => s.atomically((draft) => draft.forget(['name', 'list'])))
    expect(await stored()).toEqual({ nothing: null, count: 3 })
  })

  it.each<[string, (s: Session, key: string) => unknown]>([
    ['get', (s, key) => s.get(key)],
    ['put', (s, key) => s.put(key, 1)],
    ['pull', (s, key) => s.pull(key, 'none')],
    ['push', (s, key) => s.push(key, 1)],
    ['increment', (s, key) => s.increment(key)],
    ['update', (s, key) => s.update(key, () => 1)],
    ['remember', (s, key) => s.remember(key, () => 1)],
    ['flash', (s, key) => s.flash(key)],
    ['now', (s, key) => s.now(key)],
    ['getFlash', (s, key) => s.getFlash(key)],
    ['take', (s, key) => s.take(key)],
    ['claim', (s, key) => s.claim(key, true)],
  ])('is refused by %s(), which accepts one key', async (_, use) => {
    await doing(async (s) => {
      const attempt = async () => use(s, ['name'] as unknown as string)
      await expect(attempt()).rejects.toMatchObject({ code: 'session-bad-value' })
    })
    expect(await stored()).toEqual({ name: 'Ada', nothing: null, count: 3, list: [1] })
  })

  it.each([[5], [null], [undefined], [true], [['name']]])(
    'is required to hold strings: put() and set() refuse %j with a clear message',
    async (key) => {
      await doing((s) => {
        for (const name of ['put', 'set'] as const) {
          expect(() => s[name](key as never, 2 as never)).toThrow(
            expect.objectContaining({
              code: 'session-bad-value',
              message: expect.stringMatching(/^A key of the session must be a string/),
            }),
          )
        }
      })
    },
  )

  it.each([[5], [null], [undefined], [{ name: 1 }]])(
    'is refused with a clear message if it contains %j',
    async (key) => {
      await doing((s) => {
        expect(() => s.has(key as never)).toThrow(/key of the session must be a string/)
        expect(() => s.forget(['name', key as never])).toThrow(
          /key of the session must be a string/,
        )
      })
      expect(await stored()).toMatchObject({ name: 'Ada' })
    },
  )
})

describe("the method names of Gravito's own session", () => {
  it('set() is put()', async () => {
    await doing((s) => {
      s.set('name', 'Augusta')
      s.set({ count: 4, more: true })
    })
    expect(await stored()).toEqual({
      name: 'Augusta',
      nothing: null,
      count: 4,
      list: [1],
      more: true,
    })
  })

  it('flush() is clear(): it removes data and flash messages', async () => {
    await doing((s) => s.flash('notice', 'saved'))
    await doing((s) => s.flush())
    expect(await doing((s) => [s.all(), s.getFlash('notice')])).toEqual([{}, undefined])
  })

  it('destroy() is invalidate(): the session ends on the server', async () => {
    const stolen = ada.copy()
    await doing((s) => s.destroy())
    expect(await stolen.json('/me')).toEqual({ userId: null })
    expect(world.happened()).toContain('session:ended')
  })

  it('set() and flush() work in atomically() too', async () => {
    await doing((s) =>
      s.atomically((draft) => {
        draft.flush()
        draft.set('fresh', 1)
      }),
    )
    expect(await ada.json('/all')).toEqual({ fresh: 1 })
  })
})

describe('habits from express-session', () => {
  it.each(['save', 'regenerate', 'destroy'] as const)(
    '%s() with a callback throws, because the callback would never run',
    async (method) => {
      const world = setting()
      await world.within(await signedIn(world.client()), (session) => {
        expect(() => Reflect.apply(session[method], session, [() => {}])).toThrow(
          expect.objectContaining({ code: 'session-bad-value' }),
        )
      })
    },
  )

  it('a session in JSON is an empty object', async () => {
    const world = setting()
    await world.within(await signedIn(world.client()), (session) => {
      expect(JSON.stringify(session)).toBe('{}')
    })
  })
})

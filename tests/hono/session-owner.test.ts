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

describe('the owner', () => {
  it.each<[string, unknown]>([
    ['an object', { id: 1 }],
    ['an array', ['ada']],
    ['true', true],
    ['NaN', Number.NaN],
    ['a Date', new Date()],
  ])('cannot be %s', async (_, owner) => {
    await doing((s) => {
      const error = expect.objectContaining({ code: 'session-bad-owner' })
      expect(() => s.put('userId', owner)).toThrow(error)
      expect(() => s.put({ a: 1, userId: owner })).toThrow(error)
      expect(() => s.update('userId', () => owner)).toThrow(error)
      expect(s.has('a')).toBe(false)
    })
    await doing((s) => expect(() => s.push('userId', 'x')).toThrow())
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
  })

  it('cannot be a list that push() creates', async () => {
    const visitor = world.client()
    await world.within(visitor, (s) => expect(() => s.push('userId', 'x')).toThrow())
  })

  it("changes from the string '1' to the number 1", async () => {
    await doing((s) => s.put('userId', '1'))
    const before = ada.cookie('session')
    await doing((s) => s.put('userId', 1))

    expect(ada.cookie('session')).not.toBe(before)
  })

  it('is stored under the configured key', async () => {
    const other = setting({ ownerKey: 'accountId' })
    const client = other.client()
    await other.within(client, (s) => s.put('userId', { any: 'thing' }))
    const before = client.cookie('session')
    await other.within(client, (s) => s.put('accountId', 7))

    expect(client.cookie('session')).not.toBe(before)
    expect(other.store.live()[0]?.owner).toEqual(expect.any(String))
  })

  it('loses the data of the session when it changes to another user', async () => {
    await doing((s) => s.put('userId', 'bob'))

    expect(await ada.json('/all')).toEqual({ userId: 'bob' })
  })

  it('keeps the data that the same request has put, when it changes', async () => {
    await doing((s) => s.put({ userId: 'bob', theme: 'dark' }))

    expect(await ada.json('/all')).toEqual({ userId: 'bob', theme: 'dark' })
  })

  it('keeps the data of the visitor after the sign-in', async () => {
    const visitor = world.client()
    await world.within(visitor, (s) => s.put('cart', [1]))
    await visitor.post('/login')

    expect(await visitor.json('/all')).toEqual({ cart: [1], userId: 'ada' })
  })
})

describe('a call with one winner (R26)', () => {
  it('take() returns a value once', async () => {
    expect(await doing(async (s) => [await s.take('name'), await s.take('name')])).toEqual([
      'Ada',
      undefined,
    ])
    expect(await doing((s) => s.has('name'))).toBe(false)
  })

  it('claim() returns true once, also with its own value', async () => {
    expect(
      await doing(async (s) => [
        await s.claim('coupon'),
        await s.claim('coupon', 2),
        await s.claim('nothing'),
      ]),
    ).toEqual([true, false, false])
    expect(await doing((s) => s.get('coupon'))).toBe(true)
  })

  it('atomically() returns the result of its function, and commits at once together with earlier changes', async () => {
    const other = ada.copy()
    const seen = await doing(async (s) => {
      s.put('pending', 1)
      const result = await s.atomically((data) => data.increment('count', 10))
      return [result, s.get('count'), await other.json('/all')]
    })
    expect(seen).toEqual([13, 13, expect.objectContaining({ pending: 1, count: 13 })])
  })

  it('atomically() works for a visitor', async () => {
    const visitor = world.client()
    expect(await world.within(visitor, (s) => s.claim('once'))).toBe(true)
    expect(await world.within(visitor, (s) => s.claim('once'))).toBe(false)
  })

  it('atomically() refuses an async function, and changes nothing if the function throws', async () => {
    await doing(async (s) => {
      // @ts-expect-error: a promise
      await expect(s.atomically(async () => 1)).rejects.toMatchObject({ code: 'session-not-sync' })
      const failing = s.atomically((data) => {
        data.put('half', 1)
        throw new RangeError('no')
      })
      await expect(failing).rejects.toThrow(RangeError)
      expect(s.has('half')).toBe(false)
    })
    expect(await doing((s) => s.has('half'))).toBe(false)
  })

  it('atomically() passes data that cannot be used after the call', async () => {
    await doing(async (s) => {
      const data = await s.atomically((draft) => ({ draft }))
      expect(() => data.draft.put('late', 1)).toThrow(
        expect.objectContaining({ code: 'session-not-sync' }),
      )
    })
  })
})

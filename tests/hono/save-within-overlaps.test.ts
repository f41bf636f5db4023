import { type Session, SessionError } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { deferred } from './deferred.ts'
import { signedIn } from './setting.ts'
import { type Transaction, transactionalSetting } from './transactional-store.ts'

const codeOf = (error: unknown) => (error instanceof SessionError ? error.code : error)

/** A request that has saved within a transaction, and waits until the test lets it finish. */
async function saving(change: (session: Session) => void) {
  const world = transactionalSetting()
  const ada = await signedIn(world.client())
  await ada.post('/put?cart=books')
  const [saved, goOn] = [deferred(), deferred()]
  const tx = world.begin()
  const response = world.answer(ada, async (session) => {
    change(session)
    await session.save({ within: tx })
    saved.settle()
    await goOn.promise
  })
  await saved.promise
  world.happened()
  return { world, ada, tx, response, goOn: () => goOn.settle() }
}

/** Starts a request, and returns once the transaction blocks it. */
async function started(
  world: ReturnType<typeof transactionalSetting>,
  client: Client,
  path: string,
): Promise<{ response: Promise<Response> }> {
  const before = world.calls.length
  const response = client.post(path)
  while (!world.calls.slice(before).includes('compareAndSet'))
    await new Promise((resolve) => setImmediate(resolve))
  return { response }
}

describe('requests that overlap a save within a transaction', () => {
  it.each([
    ['commits', true, { userId: 'ada', color: 'red' }],
    ['rolls back', false, { userId: 'ada', cart: 'books', color: 'red' }],
  ])('wait for the transaction, and lose no change if it %s', async (_, commits, stored) => {
    const { world, ada, tx, response, goOn } = await saving((session) => session.forget('cart'))
    const other = await started(world, ada.copy(), '/put?color=red')
    if (commits) await tx.commit()
    else tx.rollback()
    expect((await other.response).status).toBe(200)
    goOn()
    expect((await response).status).toBe(200)
    expect(await ada.json('/all')).toEqual(stored)
  })

  it.each([
    ['commits', true],
    ['rolls back', false],
  ])('can end the session if the transaction %s, and nothing restores it', async (_, commits) => {
    const { world, ada, tx, response, goOn } = await saving((session) => session.forget('cart'))
    const out = ada.copy()
    const other = await started(world, out, '/logout')
    if (commits) await tx.commit()
    else tx.rollback()
    expect((await other.response).status).toBe(200)
    goOn()
    const late = await response
    expect(late.status).toBe(200)
    expect(late.headers.getSetCookie()).toEqual([])
    expect(await ada.json('/all')).toEqual({})
    expect(await out.json('/all')).toEqual({})
  })

  it('can move the session to a new id, with the committed changes', async () => {
    const { world, ada, tx, response, goOn } = await saving((session) => session.forget('cart'))
    const moving = ada.copy()
    const other = await started(world, moving, '/regenerate')
    await tx.commit()
    expect((await other.response).status).toBe(200)
    goOn()
    const late = await response
    expect([late.status, late.headers.getSetCookie()]).toEqual([200, []])
    expect(await moving.json('/all')).toEqual({ userId: 'ada' })
  })

  it('can move the session, and later changes of the saving request go to the new id', async () => {
    const world = transactionalSetting()
    const ada = await signedIn(world.client())
    const moving = ada.copy()
    await world.within(ada, async (session) => {
      const tx = world.begin()
      session.increment('n')
      await session.save({ within: tx })
      await tx.commit()
      session.increment('n')
      await moving.post('/regenerate')
    })
    expect(await moving.json('/all')).toEqual({ userId: 'ada', n: 2 })
  })

  it('do not block a second save within the same transaction', async () => {
    const world = transactionalSetting()
    const ada = await signedIn(world.client())
    const tx = world.begin()
    const [saved, goOn] = [deferred(), deferred()]
    const response = world.answer(ada, async (session) => {
      session.increment('n')
      await session.save({ within: tx })
      saved.settle()
      await goOn.promise
      session.increment('n')
      await session.save({ within: tx })
      await tx.commit()
    })
    await saved.promise
    const other = await started(world, ada.copy(), '/put?a=1')
    const third = ada.copy().post('/put?b=1')
    goOn.settle()
    expect((await response).status).toBe(200)
    for (const each of [other.response, third]) expect((await each).status).toBe(200)
    expect(await ada.json('/all')).toEqual({ userId: 'ada', n: 2, a: '1', b: '1' })
  })

  it('keep their earlier writes: the save re-applies its changes to them, within the transaction', async () => {
    const world = transactionalSetting()
    const ada = await signedIn(world.client())
    const other = ada.copy()
    await world.within(ada, async (session) => {
      session.increment('n')
      await other.post('/put?a=1')
      const tx = world.begin()
      await session.save({ within: tx })
      expect(session.all()).toEqual({ userId: 'ada', n: 1, a: '1' })
      await tx.commit()
    })
    expect(await ada.json('/all')).toEqual({ userId: 'ada', n: 1, a: '1' })
  })

  it.each([
    ['/logout', 'session-ended'],
    ['/regenerate', 'session-moved'],
    ['/login?as=bob', 'session-moved'],
  ])('make the save fail with a 409 error after %s', async (path, code) => {
    const world = transactionalSetting()
    const ada = await signedIn(world.client())
    const other = ada.copy()
    let tx: Transaction | undefined
    const found = await world.within(ada, async (session) => {
      session.increment('n')
      await other.post(path)
      tx = world.begin()
      return session.save({ within: tx }).catch(codeOf)
    })
    expect(found).toBe(code)
    await tx?.commit()
    expect(await other.json('/all')).not.toHaveProperty('n')
  })

  it('let exactly one of several clicks succeed if the update function throws for the others', async () => {
    const world = transactionalSetting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.put('cart', ['a book']))
    const orders: unknown[] = []
    world.handlers.set('order', async (c) => {
      const session = c.get('session')
      const tx = world.begin()
      try {
        const ordered = session.get('cart')
        session.update('cart', (cart) => {
          if (!Array.isArray(cart) || cart.length === 0) throw new Error('ordered already')
          return []
        })
        await session.save({ within: tx })
        await tx.commit()
        orders.push(ordered)
        return c.text('ordered')
      } catch {
        tx.rollback()
        return c.text('ordered already', 409)
      }
    })
    const clicks = Array.from({ length: 5 }, () => ada.copy().post('/run/order'))
    const statuses = (await Promise.all(clicks)).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, 409, 409, 409, 409])
    expect(orders).toEqual([['a book']])
  })

  it('write to the same first session of a visitor, whether or not the transaction commits', async () => {
    for (const commits of [true, false]) {
      const world = transactionalSetting()
      const client = world.client()
      await client.get('/me')
      const [saved, goOn] = [deferred(), deferred()]
      const tx = world.begin()
      const response = world.answer(client, async (session) => {
        session.put('a', 1)
        await session.save({ within: tx })
        saved.settle()
        await goOn.promise
        session.put('later', 1)
      })
      await saved.promise
      const parallel = client.copy()
      const other = await started(world, parallel, '/put?b=1')
      if (commits) await tx.commit()
      else tx.rollback()
      await other.response
      goOn.settle()
      expect((await response).status).toBe(200)
      const data = { ...(commits ? { a: 1 } : {}), b: '1', later: 1 }
      expect(await client.json('/all')).toEqual(data)
      expect(await parallel.json('/all')).toEqual(data)
    }
  })
})

describe('a store failure after a save within a transaction', () => {
  it('makes the request fail with 503, because the result is unknown', async () => {
    const { world, ada, tx, response, goOn } = await saving((session) => session.forget('cart'))
    await tx.commit()
    world.gate.load = async () => {
      throw new Error('connection lost')
    }
    goOn()
    const late = await response
    expect(late.status).toBe(503)
    expect(await late.json()).toMatchObject({
      error: {
        code: 'session-unavailable',
        message: expect.stringContaining('it is not known whether the transaction'),
      },
    })
    expect(world.happened()).toEqual(['session:error'])
    world.gate.load = async () => {}
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })
})

describe('a transaction that is still open', () => {
  it('after the response still stores the changes when it commits', async () => {
    const { ada, tx, response, goOn } = await saving((session) => session.forget('cart'))
    goOn()
    expect((await response).status).toBe(200)
    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books' })
    await tx.commit()
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('blocks an ordinary save of the same request, which then fails with 503 and the reason', async () => {
    const world = transactionalSetting()
    const ada = await signedIn(world.client())
    const other = await signedIn(world.client(), 'bob')
    const tx = world.begin()
    const response = world.answer(ada, async (session) => {
      session.increment('n')
      await session.save({ within: tx })
      session.put('a', 1)
      await session.save()
    })
    const late = await response
    expect(late.status).toBe(503)
    expect(await late.json()).toMatchObject({
      error: { message: expect.stringContaining('is still open') },
    })
    // The store works: requests of other sessions succeed.
    expect((await other.post('/put?b=1')).status).toBe(200)
    await tx.commit()
    expect(await ada.json('/all')).toEqual({ userId: 'ada', n: 1 })
  })
})

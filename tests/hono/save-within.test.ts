import { type Session, SessionError } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { setCookieNames } from './client.ts'
import { arrived, setting, signedIn } from './setting.ts'
import { Transaction, transactionalSetting } from './transactional-store.ts'

/** A signed-in user with a cart. */
async function withCart() {
  const world = transactionalSetting()
  const ada = await signedIn(world.client())
  await ada.post('/put?cart=books')
  world.happened()
  world.calls.length = 0
  return { world, ada }
}

const codeOf = (error: unknown) => (error instanceof SessionError ? error.code : error)

describe('a save within a transaction that commits', () => {
  it('is stored with the transaction, and later changes are stored too', async () => {
    const { world, ada } = await withCart()
    await world.within(ada, async (session) => {
      const tx = world.begin()
      session.forget('cart')
      await session.save({ within: tx })
      expect(await ada.copy().json('/all')).toEqual({ userId: 'ada', cart: 'books' })
      await tx.commit()
      session.put('ordered', 1)
      expect(session.all()).toEqual({ userId: 'ada', ordered: 1 })
    })
    expect(await ada.json('/all')).toEqual({ userId: 'ada', ordered: 1 })
  })

  it('costs one write within the transaction, and one read before the response', async () => {
    const { world, ada } = await withCart()
    const response = await world.answer(ada, async (session) => {
      const tx = world.begin()
      session.forget('cart')
      await session.save({ within: tx })
      await tx.commit()
    })
    expect(world.calls).toEqual(['load', 'compareAndSet within', 'load'])
    expect(world.happened()).toEqual(['session:saved'])
    expect(setCookieNames(response)).toEqual([])
  })

  it('emits no event before the transaction has committed', async () => {
    const { world, ada } = await withCart()
    await world.within(ada, async (session) => {
      const tx = world.begin()
      session.forget('cart')
      await session.save({ within: tx })
      expect(world.happened()).toEqual([])
      await tx.commit()
    })
    expect(world.happened()).toEqual(['session:saved'])
  })

  it('can be followed by others, in the same transaction and in another one', async () => {
    const { world, ada } = await withCart()
    await world.within(ada, async (session) => {
      const tx = world.begin()
      session.increment('n')
      await session.save({ within: tx })
      session.increment('n')
      await session.save({ within: tx })
      await tx.commit()
      const other = world.begin()
      session.increment('n')
      await session.save({ within: other })
      await other.commit()
      session.increment('n')
    })
    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books', n: 4 })
  })

  it('is kept if the handler fails afterwards', async () => {
    const { world, ada } = await withCart()
    await world.answer(ada, async (session) => {
      const tx = world.begin()
      session.forget('cart')
      await session.save({ within: tx })
      await tx.commit()
      session.put('later', 1)
      throw new Error('broken')
    })
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('keeps a new flash message for the next request, and removes the one that was shown', async () => {
    const { world, ada } = await withCart()
    await world.within(ada, (session) => session.flash('old', 'hello'))
    const seen = await world.within(ada, async (session) => {
      const tx = world.begin()
      session.flash('new', 'ordered')
      await session.save({ within: tx })
      await tx.commit()
      return session.getFlash('old')
    })
    expect(seen).toBe('hello')
    const flashed = (session: Session) => [session.getFlash('old'), session.getFlash('new')]
    expect(await world.within(ada, flashed)).toEqual([undefined, 'ordered'])
  })

  it('counts as activity', async () => {
    const { world, ada } = await withCart()
    for (let i = 0; i < 3; i += 1) {
      world.clock.pass(1_500)
      await world.within(ada, async (session) => {
        const tx = world.begin()
        session.increment('n')
        await session.save({ within: tx })
        await tx.commit()
      })
    }
    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books', n: 3 })
  })
})

describe('a save within a transaction that rolls back', () => {
  it('is not stored, and later changes apply to the data from before it', async () => {
    const { world, ada } = await withCart()
    const response = await world.answer(ada, async (session) => {
      const tx = world.begin()
      session.forget('cart')
      session.increment('n')
      await session.save({ within: tx })
      tx.rollback()
      session.increment('n')
      session.flash('notice', 'Please try again')
    })
    expect(response.status).toBe(200)
    const seen = await world.within(ada, (session) => [session.all(), session.getFlash('notice')])
    expect(seen).toEqual([{ userId: 'ada', cart: 'books', n: 1 }, 'Please try again'])
  })

  it('emits no event', async () => {
    const { world, ada } = await withCart()
    await world.within(ada, async (session) => {
      const tx = world.begin()
      session.forget('cart')
      await session.save({ within: tx })
      tx.rollback()
    })
    expect(world.happened()).toEqual([])
  })

  it('lets the next save() show the stored data again', async () => {
    const { world, ada } = await withCart()
    await world.within(ada, async (session) => {
      const tx = world.begin()
      session.forget('cart')
      await session.save({ within: tx })
      tx.rollback()
      expect(session.has('cart')).toBe(false)
      await session.save()
      expect(session.get('cart')).toBe('books')
    })
  })

  it('can be repeated in another transaction, and counts once', async () => {
    const { world, ada } = await withCart()
    await world.within(ada, async (session) => {
      for (const last of [false, true]) {
        const tx = world.begin()
        session.increment('orders')
        await session.save({ within: tx })
        expect(session.get('orders')).toBe(1)
        if (last) await tx.commit()
        else tx.rollback()
      }
    })
    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books', orders: 1 })
    expect(world.happened().filter((type) => type === 'session:saved')).toHaveLength(1)
  })

  it('does not affect changes that an earlier transaction has committed', async () => {
    const { world, ada } = await withCart()
    await world.within(ada, async (session) => {
      const first = world.begin()
      session.put('a', 1)
      await session.save({ within: first })
      await first.commit()
      const second = world.begin()
      session.put('b', 1)
      await session.save({ within: second })
      second.rollback()
      session.put('c', 1)
    })
    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books', a: 1, c: 1 })
    expect(world.happened()).toEqual(['session:saved', 'session:saved'])
  })

  it('does not clear a flash message, which is removed after the request as usual', async () => {
    const { world, ada } = await withCart()
    await world.within(ada, (session) => session.flash('old', 'hello'))
    await world.within(ada, async (session) => {
      const tx = world.begin()
      session.clear()
      session.put('userId', 'ada')
      await session.save({ within: tx })
      tx.rollback()
    })
    expect(await world.within(ada, (session) => session.getFlash('old'))).toBeUndefined()
    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books' })
  })

  it('has no effect if the handler fails: the error handler starts from the stored data', async () => {
    const { world, ada } = await withCart()
    world.app.onError((_, c) => {
      c.get('session').increment('failures')
      return c.text('failed', 500)
    })
    await world.answer(ada, async (session) => {
      const tx = world.begin()
      session.forget('cart')
      await session.save({ within: tx })
      tx.rollback()
      session.put('later', 1)
      throw new Error('broken')
    })
    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books', failures: 1 })
  })

  it('allows a sign-out after it', async () => {
    const { world, ada } = await withCart()
    await world.answer(ada, async (session) => {
      const tx = world.begin()
      session.forget('cart')
      await session.save({ within: tx })
      tx.rollback()
      session.signOut()
      session.put('bye', 1)
    })
    expect(await ada.json('/all')).toEqual({ bye: 1 })
  })

  it('allows a sign-in after it, with a valid token', async () => {
    const { world, ada } = await withCart()
    let token = ''
    await world.answer(ada, async (session, c) => {
      const tx = world.begin()
      session.forget('cart')
      await session.save({ within: tx })
      tx.rollback()
      session.regenerate()
      token = c.get('csrf').token()
    })
    expect(token).toBe(ada.cookie('XSRF-TOKEN'))
    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books' })
  })
})

describe('a first save of a visitor within a transaction', () => {
  it('stores a session if it commits', async () => {
    const world = transactionalSetting()
    const client = await arrived(world.client())
    const response = await world.answer(client, async (session) => {
      const tx = world.begin()
      session.put('order', 7)
      await session.save({ within: tx })
      await tx.commit()
    })
    expect(setCookieNames(response)).toEqual(['session'])
    expect(await client.json('/all')).toEqual({ order: 7 })
    expect(world.happened()).toEqual(['session:created'])
  })

  it("stores no session if it rolls back, and the visitor's token stays valid", async () => {
    const world = transactionalSetting()
    const client = await arrived(world.client())
    const response = await world.answer(client, async (session) => {
      const tx = world.begin()
      session.put('order', 7)
      await session.save({ within: tx })
      tx.rollback()
    })
    expect(response.status).toBe(200)
    expect(setCookieNames(response)).toEqual([])
    expect(world.happened()).toEqual([])
    expect(await client.json('/all')).toEqual({})
    await client.post('/put?a=1')
    expect(await client.json('/all')).toEqual({ a: '1' })
  })

  it.each([
    ['with the cookie of a visitor', true],
    ['without any cookie', false],
  ])('can be repeated after a rollback, %s', async (_, hasCookie) => {
    const world = transactionalSetting()
    const client = hasCookie ? await arrived(world.client()) : world.client()
    const work = async (session: Session) => {
      for (const last of [false, true]) {
        const tx = world.begin()
        session.increment('orders')
        await session.save({ within: tx })
        session.increment('orders')
        await session.save({ within: tx })
        if (last) await tx.commit()
        else tx.rollback()
      }
      session.put('later', 1)
    }
    world.handlers.set('order', async (c) => {
      await work(c.get('session'))
      return c.text('done')
    })
    expect((await client.get('/run/order')).status).toBe(200)
    expect(await client.json('/all')).toEqual({ orders: 2, later: 1 })
    const types = world.happened().filter((type) => type !== 'session:conflict')
    expect(types).toEqual(['session:created', 'session:saved', 'session:saved'])
  })
})

describe('a save within a transaction is refused', () => {
  const leaving: Record<string, (session: Session) => void> = {
    'a sign-in of another user': (session) => session.signIn('bob'),
    'a sign-in of the same user': (session) => session.signIn('ada'),
    'regenerate()': (session) => session.regenerate(),
    'invalidate()': (session) => session.invalidate(),
    'a new value under the owner key': (session) => session.put('userId', 'bob'),
    'the removal of the owner': (session) => session.forget('userId'),
  }

  it.each(Object.entries(leaving))('with %s', async (_, leave) => {
    const { world, ada } = await withCart()
    const tx = world.begin()
    const response = await world.answer(ada, async (session) => {
      session.put('a', 1)
      leave(session)
      await session.save({ within: tx })
    })
    expect(response.status).toBe(500)
    expect(world.calls.filter((call) => call.startsWith('compareAndSet within'))).toEqual([])
    const errors = world.events.filter((event) => event.type === 'session:error')
    expect(errors).toMatchObject([{ code: 'session-not-transactional' }])
  })

  it.each([true, false])('with the first sign-in of a visitor (has a cookie: %s)', async (has) => {
    const world = transactionalSetting()
    const client = has ? await arrived(world.client()) : world.client()
    world.handlers.set('sign-in', async (c) => {
      c.get('session').put('userId', 'ada')
      await c.get('session').save({ within: world.begin() })
      return c.text('done')
    })
    expect((await client.get('/run/sign-in')).status).toBe(500)
    expect(await client.json('/me')).toEqual({ userId: null })
  })

  it('with any change in a store without transactions', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const save = (session: Session) => session.save({ within: new Date() })
    await expect(world.within(ada, save)).rejects.toThrow(
      /^This session store cannot take part .*sqlStore/,
    )
  })

  it('with an object or a function that is not an open transaction', async () => {
    const { world, ada } = await withCart()
    const tx = world.begin()
    tx.rollback()
    for (const within of [tx, {}, () => {}]) {
      const code = world.within(ada, (session) => session.save({ within }).catch(codeOf))
      expect(await code).toBe('session-not-transactional')
    }
  })

  it.each([
    ['undefined instead of the transaction', { within: undefined }],
    ['a string instead of the transaction', { within: 'tx' }],
    ['another name', { transaction: {} }],
    ['an additional name', { within: {}, retry: true }],
    ['a transaction instead of the options', Reflect.construct(Transaction, [{}])],
    ['null', null],
  ])('and not treated as an ordinary save, with invalid options: %s', async (_, options) => {
    const { world, ada } = await withCart()
    const save = (session: Session) => {
      session.put('a', 1)
      return Reflect.apply(session.save, session, [options])
    }
    await expect(async () => world.within(ada, save)).rejects.toMatchObject({
      code: 'session-bad-value',
    })
    expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books' })
  })

  it('and its changes are dropped, even if the handler continues', async () => {
    const { world, ada } = await withCart()
    const response = await world.answer(ada, async (session) => {
      session.forget('cart')
      const saving = session.save({ within: {} })
      session.put('meanwhile', 1)
      await saving.catch(() => {})
      expect(session.get('cart')).toBe('books')
      session.put('later', 1)
    })
    expect(response.status).toBe(200)
    const data = { userId: 'ada', cart: 'books', meanwhile: 1, later: 1 }
    expect(await ada.json('/all')).toEqual(data)
  })
})

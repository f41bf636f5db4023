import { HTTPException } from 'hono/http-exception'
import { describe, expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

class Broken extends Error {}

describe('a handler that throws (R6)', () => {
  function quiet(options = {}) {
    const world = setting(options)
    world.app.onError((error, c) =>
      error instanceof HTTPException ? error.getResponse() : c.text('broken', 500),
    )
    return world
  }

  it('stores none of its changes', async () => {
    const world = quiet()
    const ada = await signedIn(world.client())

    const response = await world.answer(ada, (session) => {
      session.put('role', 'admin')
      throw new Broken()
    })

    expect(response.status).toBe(500)
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('stores nothing for a visitor, and does not call the store', async () => {
    const world = quiet()
    const client = world.client()
    await client.get('/me')

    await world.answer(client, (session) => {
      session.put('role', 'admin')
      throw new Broken()
    })

    expect(world.store.commands).toEqual([])
  })

  it('stores none of its changes if it also regenerated: only the new id is kept', async () => {
    const world = quiet()
    const ada = await signedIn(world.client())
    const before = ada.cookie('session')

    await world.answer(ada, (session) => {
      session.put('role', 'admin')
      session.regenerate()
      session.put('level', 9)
      throw new Broken()
    })

    expect(ada.cookie('session')).not.toBe(before)
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('signs no user in, even if it had regenerated and put the user', async () => {
    const world = quiet()
    const client = world.client()
    await world.within(client, (session) => session.put('cart', 1))

    await world.answer(client, (session) => {
      session.regenerate()
      session.put('userId', 'ada')
      throw new Broken()
    })

    expect(await client.json('/all')).toEqual({ cart: 1 })
  })

  it('stores none of its changes if it had read a flash message', async () => {
    const world = quiet()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.flash('notice', 'hello'))

    await world.answer(ada, (session) => {
      session.getFlash('notice')
      session.put('role', 'admin')
      throw new Broken()
    })

    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('ends the session that it had invalidated', async () => {
    const world = quiet()
    const ada = await signedIn(world.client())
    const before = ada.copy()

    await world.answer(ada, (session) => {
      session.invalidate()
      session.put('late', 1)
      throw new Broken()
    })

    expect(await before.json('/me')).toEqual({ userId: null })
    expect(await ada.json('/all')).toEqual({})
    expect(world.store.live()).toEqual([])
  })

  it('ends the session that it had invalidated, even if it throws a value that is not an Error', async () => {
    const world = quiet()
    const ada = await signedIn(world.client())
    const before = ada.copy()

    const answer = world.answer(ada, (session) => {
      session.invalidate()
      throw 'no error'
    })
    await answer.catch(() => {})

    expect(await before.json('/me')).toEqual({ userId: null })
  })

  it('keeps what it had saved before', async () => {
    const world = quiet()
    const ada = await signedIn(world.client())

    await world.answer(ada, async (session) => {
      session.put('saved', 1)
      await session.save()
      session.put('lost', 2)
      throw new Broken()
    })

    expect(await ada.json('/all')).toEqual({ userId: 'ada', saved: 1 })
  })

  it('sends the new cookie for what it had saved, so that an earlier sign-in is kept', async () => {
    const world = quiet()
    const client = world.client()

    await world.answer(client, async (session) => {
      session.put('userId', 'ada')
      await session.save()
      throw new Broken()
    })

    expect(await client.json('/me')).toEqual({ userId: 'ada' })
  })

  it.each([400, 401, 404, 422])(
    'commits with an HTTPException of %i, because that is a response',
    async (status) => {
      const world = quiet()
      const ada = await signedIn(world.client())

      const response = await world.answer(ada, (session) => {
        session.increment('attempts')
        throw new HTTPException(status as 400, { message: 'no' })
      })

      expect(response.status).toBe(status)
      expect(await ada.json('/all')).toEqual({ userId: 'ada', attempts: 1 })
    },
  )

  it.each([500, 503])('drops its changes with an HTTPException of %i', async (status) => {
    const world = quiet()
    const ada = await signedIn(world.client())

    await world.answer(ada, (session) => {
      session.increment('attempts')
      throw new HTTPException(status as 500, { message: 'no' })
    })

    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('commits if it returns an error page, whatever its status', async () => {
    const world = quiet()
    const ada = await signedIn(world.client())

    await world.answer(ada, (session, c) => {
      session.increment('attempts')
      return c.text('sorry', 500)
    })

    expect(await ada.json('/all')).toEqual({ userId: 'ada', attempts: 1 })
  })

  it('still gives a new browser both cookies with the error page', async () => {
    const world = quiet()
    world.app.get('/broken', (c) => {
      c.get('session').get('x')
      throw new Broken()
    })
    const client = world.client()

    await client.get('/broken')

    expect(client.has('session')).toBe(true)
    expect(client.has('XSRF-TOKEN')).toBe(true)
  })
})

import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, it } from 'vitest'
import { arrived, setting, signedIn } from './setting.ts'

/** An app whose form fails. Its error handler flashes the reason and redirects back. */
function shop() {
  const world = setting()
  world.app.post('/form', (c) => {
    c.get('session').put('partial', true)
    throw new Error('out of stock')
  })
  world.app.get('/form', (c) => {
    const session = c.get('session')
    return c.json({ error: session.getFlash('error', null), partial: session.has('partial') })
  })
  world.app.onError((error, c) => {
    c.get('session').flash('error', error.message)
    return c.redirect('/form', 303)
  })
  return world
}

describe('a change in the error handler (R6)', () => {
  it.each([
    ['a visitor', false],
    ['a signed-in user', true],
  ])("is stored for %s, without the handler's own changes", async (_, isSignedIn) => {
    const world = shop()
    const client = await (isSignedIn ? signedIn(world.client()) : arrived(world.client()))

    expect((await client.post('/form')).status).toBe(303)

    expect(await client.json('/form')).toEqual({ error: 'out of stock', partial: false })
    expect(await client.json('/form')).toEqual({ error: null, partial: false })
  })

  it("applies to the session without the handler's own changes", async () => {
    const world = setting()
    const seen: unknown[] = []
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.put('tries', 1))
    world.app.onError((_, c) => {
      const session = c.get('session')
      seen.push(session.get('tries'), session.get('userId'))
      session.increment('failures')
      return c.text('failed', 500)
    })

    await world.answer(ada, (session) => {
      session.put('tries', 99)
      session.forget('userId')
      throw new Error('broken')
    })

    expect(seen).toEqual([1, 'ada'])
    expect(await ada.json('/all')).toEqual({ userId: 'ada', tries: 1, failures: 1 })
  })

  it('does not undo what the handler saved before it threw', async () => {
    const world = shop()
    const ada = await signedIn(world.client())

    await world.answer(ada, async (session) => {
      session.put('step', 1)
      await session.save()
      session.put('step', 2)
      throw new Error('out of stock')
    })

    expect(await ada.json('/form')).toEqual({ error: 'out of stock', partial: false })
    expect(await ada.json('/all')).toEqual({ userId: 'ada', step: 1 })
  })

  it('starts a new session if the handler had signed out', async () => {
    const world = shop()
    const ada = await signedIn(world.client())
    const copy = ada.copy()

    await world.answer(ada, (session) => {
      session.signOut()
      session.put('late', 1)
      throw new Error('out of stock')
    })

    expect(await copy.json('/me')).toEqual({ userId: null })
    expect(await ada.json('/form')).toEqual({ error: 'out of stock', partial: false })
    expect(await ada.json('/all')).toEqual({})
  })

  it("is stored together with the handler's changes if the handler threw a response", async () => {
    const world = setting()
    world.app.onError((error, c) => {
      c.get('session').flash('error', error.message)
      return error instanceof HTTPException ? error.getResponse() : c.text('broken', 500)
    })
    const ada = await signedIn(world.client())

    const response = await world.answer(ada, (session) => {
      session.put('seen', true)
      throw new HTTPException(422, { message: 'too short' })
    })

    expect(response.status).toBe(422)
    const flashed = await world.within(ada, (session) => session.getFlash('error'))
    expect(flashed).toBe('too short')
    expect(await ada.json('/all')).toEqual({ userId: 'ada', seen: true })
  })

  it('is stored for the error handler of a sub-app too', async () => {
    const world = setting()
    const sub = new Hono()
    sub.post('/form', (c) => {
      c.get('session').put('partial', true)
      throw new Error('sold')
    })
    sub.onError((error, c) => {
      c.get('session').flash('error', error.message)
      return c.text('failed', 500)
    })
    world.app.route('/sub', sub)
    const ada = await signedIn(world.client())

    await ada.post('/sub/form')

    expect(await world.within(ada, (session) => session.getFlash('error'))).toBe('sold')
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('is dropped if the error handler throws as well', async () => {
    const world = setting()
    world.app.onError((error, c) => {
      c.get('session').put('half', true)
      throw error
    })
    const ada = await signedIn(world.client())

    await world
      .answer(ada, () => {
        throw new Error('broken')
      })
      .catch(() => {})

    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })

  it('is stored before the response is sent, and the response is an error if it cannot be stored', async () => {
    const world = setting({ maxBytes: 300 })
    world.app.onError((error, c) => {
      if (error instanceof HTTPException) return error.getResponse()
      c.get('session').flash('error', 'x'.repeat(400))
      return c.redirect('/form', 303)
    })
    const ada = await signedIn(world.client())

    const response = await world.answer(ada, () => {
      throw new Error('broken')
    })

    expect(response.status).toBe(500)
    expect(await ada.json('/all')).toEqual({ userId: 'ada' })
  })
})

describe('an error handler', () => {
  it('can read what an old id may read (R4, R6)', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const old = ada.copy()
    await ada.post('/regenerate')
    world.app.onError((_, c) => c.json({ userId: c.get('session').userId }, 500))

    const work = (session: { userId?: unknown }) => {
      void session.userId
      throw new Error('broken')
    }
    const failed = await world.answer(old, work, { method: 'GET' })
    const refused = await old.post('/put?a=1')

    expect(await failed.json()).toEqual({ userId: 'ada' })
    expect(await refused.json()).toEqual({ userId: 'ada' })
  })

  it('can read flash messages that the failed handler had cleared (R6)', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.answer(ada, (session) => session.flash('note', 'hello'))
    world.app.onError((_, c) => c.text(String(c.get('session').getFlash('note')), 500))
    const response = await world.answer(ada, (session) => {
      session.clear()
      throw new Error('broken')
    })
    expect(await response.text()).toBe('hello')
  })

  it('cannot change the session if the CSRF check has failed, and gets an error that says so (R6)', async () => {
    const ignore = () => {
      throw new Error('ignore failed')
    }
    const world = setting({ csrf: { ignore } })
    const thrown: unknown[] = []
    world.app.onError((_, c) => {
      try {
        c.get('session').flash('error', 'try again')
      } catch (error) {
        thrown.push(error)
      }
      return c.text('failed', 500)
    })
    await (await arrived(world.client())).post('/work')
    expect(thrown).toMatchObject([{ code: 'session-committed' }])
  })
})

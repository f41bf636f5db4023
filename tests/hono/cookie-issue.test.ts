import { describe, expect, it } from 'vitest'
import { ask, setCookieNames, setCookies } from './client.ts'
import { arrived, setting, signedIn } from './setting.ts'

const both = ['XSRF-TOKEN', 'session']

describe('the cookies are sent when the browser does not have the right ones (R15)', () => {
  it('but not again to a visitor who has both', async () => {
    const visitor = await arrived(setting().client())

    expect(setCookieNames(await visitor.get('/me'))).toEqual([])
  })

  it('but not again to a signed-in user who reads, writes or touches', async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    expect(setCookieNames(await ada.get('/me'))).toEqual([])
    expect(setCookieNames(await ada.post('/put?a=b'))).toEqual([])
    world.clock.pass(300)
    expect(setCookieNames(await ada.get('/me'))).toEqual([])
  })

  it('but never if the request does not use the session', async () => {
    const ada = await signedIn(setting().client())
    ada.drop('XSRF-TOKEN')

    expect(setCookieNames(await ada.get('/free'))).toEqual([])
  })

  it('if only the token is missing, only the token is sent', async () => {
    const ada = await signedIn(setting().client())
    const { token } = ada
    ada.drop('XSRF-TOKEN')

    expect(setCookieNames(await ada.get('/me'))).toEqual(['XSRF-TOKEN'])
    expect(ada.token).toBe(token)
  })

  it('if the browser has a wrong token, only the token is sent', async () => {
    const ada = await signedIn(setting().client())
    const { token } = ada
    ada.set('XSRF-TOKEN', 'planted')

    expect(setCookieNames(await ada.get('/me'))).toEqual(['XSRF-TOKEN'])
    expect(ada.token).toBe(token)
  })

  it("if a visitor's first write turns the id into a stored one, only the session cookie is sent", async () => {
    const visitor = await arrived(setting().client())

    expect(setCookieNames(await visitor.post('/put?a=b'))).toEqual(['session'])
  })

  it.each(['/login?as=bob', '/regenerate', '/logout'])(
    'if the id changes, both are sent: %s',
    async (path) => {
      const ada = await signedIn(setting().client())

      expect(setCookieNames(await ada.post(path))).toEqual(both)
    },
  )

  it('with the remaining absolute lifetime of the session', async () => {
    const world = setting({ absoluteTimeoutSeconds: 10_000, idleTimeoutSeconds: 9000 })
    const ada = await signedIn(world.client())
    world.clock.pass(4000)
    ada.drop('XSRF-TOKEN')

    const [token] = setCookies(await ada.get('/me'))
    expect(token?.attributes.get('max-age')).toBe('6000')
    const moved = setCookies(await ada.post('/regenerate'))
    expect(moved.map(({ attributes }) => attributes.get('max-age'))).toEqual(['6000', '6000'])
  })

  it('with a lifetime no longer than browsers allow', async () => {
    const world = setting({ absoluteTimeoutSeconds: 1000 * 86_400 })

    const cookies = setCookies(await ask(world.app, '/me'))

    for (const { attributes } of cookies) {
      expect(Number(attributes.get('max-age'))).toBe(400 * 86_400)
    }
  })

  it('but not again if the request also carries a broken cookie of our name', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const Cookie = `session=broken; ${ada.cookieHeader}`

    const response = await ada.get('/me', { headers: { Cookie } })

    expect(await response.json()).toEqual({ userId: 'ada' })
    expect(setCookieNames(response)).toEqual([])
  })
})

describe('after invalidate() (R15)', () => {
  it("a signed-in user gets a new visitor's pair, which works for the next sign-in", async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    expect(setCookieNames(await ada.post('/logout'))).toEqual(both)
    expect((await ada.post('/login')).status).toBe(200)
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
  })

  it('a visitor keeps the same cookies', async () => {
    const visitor = await arrived(setting().client())

    expect(setCookieNames(await visitor.post('/logout'))).toEqual([])
  })

  it("a visitor's earlier changes in the same request are dropped", async () => {
    const world = setting()
    const visitor = await arrived(world.client())
    await world.within(visitor, (session) => {
      session.put('a', 1)
      session.invalidate()
    })

    expect(world.store.commands).toEqual([])
    expect(await visitor.json('/all')).toEqual({})
  })

  it('later changes in the same request create a new session with only those changes', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => {
      session.put('before', 1)
      session.invalidate()
      session.put('after', 2)
      session.flash('notice', 'bye')
    })

    const seen = await world.within(ada, (session) => [session.all(), session.getFlash('notice')])
    expect(seen).toEqual([{ after: 2 }, 'bye'])
  })

  it.each(['before', 'after'])('regenerate() %s it has no effect', async (when) => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => {
      if (when === 'before') session.regenerate()
      session.invalidate()
      if (when === 'after') session.regenerate()
    })

    expect(await ada.json('/all')).toEqual({})
    expect(world.store.live()).toEqual([])
  })
})

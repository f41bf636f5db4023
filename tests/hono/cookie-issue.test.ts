import { describe, expect, it } from 'vitest'
import { ask, setCookieNames, setCookies } from './client.ts'
import { arrived, setting, signedIn } from './setting.ts'

const both = ['XSRF-TOKEN', 'session']

describe('a cookie is sent when the browser does not have what it should (R15)', () => {
  it('and not again to a visitor who has both', async () => {
    const visitor = await arrived(setting().client())

    expect(setCookieNames(await visitor.get('/me'))).toEqual([])
  })

  it('and not again to somebody who is signed in, whether reading, writing or touching', async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    expect(setCookieNames(await ada.get('/me'))).toEqual([])
    expect(setCookieNames(await ada.post('/put?a=b'))).toEqual([])
    world.clock.pass(300)
    expect(setCookieNames(await ada.get('/me'))).toEqual([])
  })

  it('where the request does not use the session, it is not sent, whatever is missing', async () => {
    const ada = await signedIn(setting().client())
    ada.drop('XSRF-TOKEN')

    expect(setCookieNames(await ada.get('/free'))).toEqual([])
  })

  it('where only the token is missing, only the token is sent', async () => {
    const ada = await signedIn(setting().client())
    const { token } = ada
    ada.drop('XSRF-TOKEN')

    expect(setCookieNames(await ada.get('/me'))).toEqual(['XSRF-TOKEN'])
    expect(ada.token).toBe(token)
  })

  it('where the token is another one, the right one is sent', async () => {
    const ada = await signedIn(setting().client())
    const { token } = ada
    ada.set('XSRF-TOKEN', 'planted')

    expect(setCookieNames(await ada.get('/me'))).toEqual(['XSRF-TOKEN'])
    expect(ada.token).toBe(token)
  })

  it("where a visitor's first write makes the id a stored one, only that is sent", async () => {
    const visitor = await arrived(setting().client())

    expect(setCookieNames(await visitor.post('/put?a=b'))).toEqual(['session'])
  })

  it.each(['/login?as=bob', '/regenerate', '/logout'])(
    'where the id is a new one, both are sent: %s',
    async (path) => {
      const ada = await signedIn(setting().client())

      expect(setCookieNames(await ada.post(path))).toEqual(both)
    },
  )

  it("lives as long as what is left of the session's absolute time", async () => {
    const world = setting({ absoluteTimeoutSeconds: 10_000, idleTimeoutSeconds: 9000 })
    const ada = await signedIn(world.client())
    world.clock.pass(4000)
    ada.drop('XSRF-TOKEN')

    const [token] = setCookies(await ada.get('/me'))
    expect(token?.attributes.get('max-age')).toBe('6000')
    const moved = setCookies(await ada.post('/regenerate'))
    expect(moved.map(({ attributes }) => attributes.get('max-age'))).toEqual(['6000', '6000'])
  })

  it('lives no longer than browsers allow', async () => {
    const world = setting({ absoluteTimeoutSeconds: 1000 * 86_400 })

    const cookies = setCookies(await ask(world.app, '/me'))

    for (const { attributes } of cookies) {
      expect(Number(attributes.get('max-age'))).toBe(400 * 86_400)
    }
  })

  it('and is not repeated where a broken cookie of our name travels beside the good one', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const Cookie = `session=broken; ${ada.cookieHeader}`

    const response = await ada.get('/me', { headers: { Cookie } })

    expect(await response.json()).toEqual({ userId: 'ada' })
    expect(setCookieNames(response)).toEqual([])
  })
})

describe('after invalidate() (R15)', () => {
  it("a signed-in person gets a new visitor's pair, which works for the next sign-in", async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    expect(setCookieNames(await ada.post('/logout'))).toEqual(both)
    expect((await ada.post('/login')).status).toBe(200)
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
  })

  it('a visitor keeps what it has', async () => {
    const visitor = await arrived(setting().client())

    expect(setCookieNames(await visitor.post('/logout'))).toEqual([])
  })

  it('a visitor’s earlier changes in the request are gone', async () => {
    const world = setting()
    const visitor = await arrived(world.client())
    await world.within(visitor, (session) => {
      session.put('a', 1)
      session.invalidate()
    })

    expect(world.store.commands).toEqual([])
    expect(await visitor.json('/all')).toEqual({})
  })

  it('what is put and flashed begins a new session with that alone', async () => {
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

  it.each(['before', 'after'])('regenerate() %s it changes nothing of that', async (when) => {
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

import { describe, expect, it } from 'vitest'
import { ask, Client, setCookieNames } from './client.ts'
import { arrived, secret, setting, signedIn } from './setting.ts'

const both = ['XSRF-TOKEN', 'session']

describe('a visitor (R7)', () => {
  it('gets both cookies with the first response whose handler used the session', async () => {
    const { app } = setting()

    expect(setCookieNames(await ask(app, '/me'))).toEqual(both)
  })

  it('gets both cookies if the handler only asked for the token', async () => {
    const { app } = setting()
    app.get('/token', (c) => c.text(c.get('csrf').token()))

    const client = new Client(app)
    const response = await client.get('/token')

    expect(setCookieNames(response)).toEqual(both)
    expect(await response.text()).toBe(client.token)
  })

  it('gets no cookie and no header from a handler that does not use the session', async () => {
    const { app } = setting()

    const response = await ask(app, '/free')

    expect(response.headers.getSetCookie()).toEqual([])
    expect(response.headers.get('Cache-Control')).toBeNull()
    expect(response.headers.get('Vary')).toBeNull()
  })

  it('is not started by isStarted()', async () => {
    const { app } = setting()
    app.get('/asked', (c) => c.json(c.get('session').isStarted()))

    const response = await ask(app, '/asked')

    expect(await response.json()).toBe(false)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('has no record and causes no store command in a thousand requests', async () => {
    const { app, store } = setting()

    for (let i = 0; i < 1000; i += 1) await ask(app, '/me')

    expect(store.commands).toEqual([])
    expect(store.live()).toEqual([])
  })

  it('causes no store command on later reads, nor with an anonymous sign-out', async () => {
    const { client, store } = setting()
    const visitor = await arrived(client())

    await visitor.get('/me')
    await visitor.post('/logout')
    await visitor.post('/regenerate')

    expect(store.commands).toEqual([])
  })

  it('causes one look-up of the kept secret with a thousand forged cookies', async () => {
    const { app, store } = setting()
    const part = (i: number) => `${i}`.padStart(43, 'A')

    for (let i = 0; i < 1000; i += 1) {
      const Cookie = `session=s.${part(i)}.${'A'.repeat(16)}.${part(i)}`
      await ask(app, '/me', { headers: { Cookie } })
    }

    expect(store.commands).toEqual(['load'])
    expect(store.keys[0]).toMatch(/^secret-/)
  })

  it('can POST at once with the token of the first response', async () => {
    const { client } = setting()
    const visitor = await arrived(client())

    const response = await visitor.post('/put?color=blue')

    expect(response.status).toBe(200)
    expect(await visitor.json('/all')).toEqual({ color: 'blue' })
  })

  it('can still POST with that token after its first write', async () => {
    const { client } = setting()
    const visitor = await arrived(client())
    const { token } = visitor.copy()
    await visitor.post('/put?color=blue')

    const headers = { 'X-CSRF-Token': token }

    expect((await visitor.send('POST', '/put?a=b', { headers })).status).toBe(200)
  })

  it('has nothing stored after writes that leave nothing', async () => {
    const world = setting()
    const visitor = await arrived(world.client())

    await world.within(visitor, (session) => {
      session.put('a', 1)
      session.forget('a', 'b')
      session.clear()
    })

    expect(world.store.commands).toEqual([])
  })

  it.each([
    ['regenerates', (s: { regenerate(): void }) => s.regenerate()],
    ['does nothing else', () => {}],
  ])(
    'gets a token that works next if its changes leave nothing and the handler %s',
    async (_, also) => {
      const world = setting()
      const visitor = await arrived(world.client())
      let token = ''
      await world.answer(visitor, (session, c) => {
        also(session)
        session.forget('oauth')
        token = c.get('csrf').token()
      })

      expect(token).toBe(visitor.token)
      const response = await visitor.send('POST', '/put?a=b', {
        headers: { 'X-CSRF-Token': token },
      })
      expect(response.status).toBe(200)
    },
  )

  it('has the same handle before and after its first write', async () => {
    const world = setting()
    const visitor = await arrived(world.client())

    const before = await world.within(visitor, (session) => session.id())
    await visitor.post('/put?a=b')
    const after = await world.within(visitor, (session) => session.id())

    expect(after).toBe(before)
  })
})

describe('an unsafe request from another site without our cookie (R7)', () => {
  const options = {
    csrf: { ignore: ['/hook', '/hook-writes'], trustedOrigins: ['https://idp.example'] },
  }

  function hooked() {
    const world = setting(options)
    world.app.post('/hook', (c) => c.json(c.get('session').all()))
    world.app.post('/hook-writes', (c) => {
      c.get('session').put('state', 'done')
      return c.text('ok')
    })
    return world
  }

  const strangers: [string, Record<string, string>][] = [
    [
      'a browser that sends Sec-Fetch-Site: cross-site',
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://idp.test' },
    ],
    ['an older browser that sends its origin', { Origin: 'https://evil.example' }],
    ['the origin is opaque', { Origin: 'null' }],
    ['a trusted site', { Origin: 'https://idp.example' }],
    [
      'a trusted site, in a current browser',
      { Origin: 'https://idp.example', 'Sec-Fetch-Site': 'cross-site' },
    ],
  ]

  it.each(strangers)('gets no cookie if its handler only read: %s', async (_, headers) => {
    const { app } = hooked()

    const response = await ask(app, '/hook', { method: 'POST', headers })

    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it.each(strangers)('gets cookies if its handler wrote: %s', async (_, headers) => {
    const { app } = hooked()

    const response = await ask(app, '/hook-writes', { method: 'POST', headers })

    expect(setCookieNames(response)).toEqual(both)
  })

  it('gets no cookie if it carries a cookie of our name that we did not sign', async () => {
    const { app } = hooked()
    const headers = { 'Sec-Fetch-Site': 'cross-site', Cookie: 'session=planted' }

    const response = await ask(app, '/hook', { method: 'POST', headers })

    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('does not sign the user out: its response overwrites nothing', async () => {
    const { app, client } = hooked()
    const ada = await signedIn(client())
    const formPost = await ask(app, '/hook', {
      method: 'POST',
      headers: { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://idp.example' },
    })
    for (const header of formPost.headers.getSetCookie()) {
      const [name = '', value = ''] = header.split(';')[0]?.split('=') ?? []
      ada.set(name, value)
    }

    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
  })

  it('gets cookies as usual if it comes from our own pages', async () => {
    const { app } = hooked()
    const headers = { 'Sec-Fetch-Site': 'same-origin' }

    const response = await ask(app, '/hook', { method: 'POST', headers })

    expect(setCookieNames(response)).toEqual(both)
  })
})

describe('a link on another site, with a SameSite=Strict cookie that the browser does not send (R7)', () => {
  const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }

  it('gets no cookie that would sign the user out', async () => {
    const { app } = setting({ cookie: { sameSite: 'strict' } })

    expect(setCookieNames(await ask(app, '/me', { headers }))).toEqual([])
  })

  it('gets cookies as usual if the cookie is Lax, because the browser sends that one', async () => {
    const { app } = setting()

    expect(setCookieNames(await ask(app, '/me', { headers }))).toEqual(both)
  })
})

it('session() without options keeps sessions in memory', async () => {
  const world = setting({ secret: `${secret}!` })
  const ada = await signedIn(world.client())

  expect(await ada.json('/me')).toEqual({ userId: 'ada' })
})

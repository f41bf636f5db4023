import { describe, expect, it } from 'vitest'
import { ask, Client, setCookieNames } from './client.ts'
import { arrived, secret, setting, signedIn } from './setting.ts'

const both = ['XSRF-TOKEN', 'session']

describe('a visitor costs nothing (R7)', () => {
  it('gets both cookies with the first answer that used the session', async () => {
    const { app } = setting()

    expect(setCookieNames(await ask(app, '/me'))).toEqual(both)
  })

  it('gets both cookies where the handler only asked for the token', async () => {
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

  it('costs a thousand times nothing: no record, no command of the store', async () => {
    const { app, store } = setting()

    for (let i = 0; i < 1000; i += 1) await ask(app, '/me')

    expect(store.commands).toEqual([])
    expect(store.live()).toEqual([])
  })

  it('costs nothing on later reads, nor with an anonymous sign-out', async () => {
    const { client, store } = setting()
    const visitor = await arrived(client())

    await visitor.get('/me')
    await visitor.post('/logout')
    await visitor.post('/regenerate')

    expect(store.commands).toEqual([])
  })

  it('costs one look for the kept secret with a thousand made-up cookies', async () => {
    const { app, store } = setting()
    const part = (i: number) => `${i}`.padStart(43, 'A')

    for (let i = 0; i < 1000; i += 1) {
      const Cookie = `session=s.${part(i)}.${'A'.repeat(16)}.${part(i)}`
      await ask(app, '/me', { headers: { Cookie } })
    }

    expect(store.commands).toEqual(['load'])
    expect(store.keys[0]).toMatch(/^secret-/)
  })

  it('may POST at once with the token of the first answer', async () => {
    const { client } = setting()
    const visitor = await arrived(client())

    const response = await visitor.post('/put?color=blue')

    expect(response.status).toBe(200)
    expect(await visitor.json('/all')).toEqual({ color: 'blue' })
  })

  it('may still POST with that token after its first write', async () => {
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
    'gets a token in the page that works next, where its changes leave nothing and it %s',
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

  it('is named by the same handle before and after its first write', async () => {
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
    ['a browser says cross-site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://idp.test' }],
    ['an older browser sends its origin', { Origin: 'https://evil.example' }],
    ['the origin is opaque', { Origin: 'null' }],
    ['the other site is one that we trust', { Origin: 'https://idp.example' }],
    [
      'the other site is one that we trust, by a browser of today',
      { Origin: 'https://idp.example', 'Sec-Fetch-Site': 'cross-site' },
    ],
  ]

  it.each(strangers)('gets no cookie where its handler only read: %s', async (_, headers) => {
    const { app } = hooked()

    const response = await ask(app, '/hook', { method: 'POST', headers })

    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it.each(strangers)('gets cookies where its handler wrote: %s', async (_, headers) => {
    const { app } = hooked()

    const response = await ask(app, '/hook-writes', { method: 'POST', headers })

    expect(setCookieNames(response)).toEqual(both)
  })

  it('gets no cookie either where it carries a cookie of our name that we never signed', async () => {
    const { app } = hooked()
    const headers = { 'Sec-Fetch-Site': 'cross-site', Cookie: 'session=planted' }

    const response = await ask(app, '/hook', { method: 'POST', headers })

    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('does not sign anybody out: the answer to it overwrites nothing', async () => {
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

  it('gets cookies as anybody else where it comes from our own pages', async () => {
    const { app } = hooked()
    const headers = { 'Sec-Fetch-Site': 'same-origin' }

    const response = await ask(app, '/hook', { method: 'POST', headers })

    expect(setCookieNames(response)).toEqual(both)
  })
})

describe('a link on another site, where the cookie is SameSite=Strict and stays at home (R7)', () => {
  const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }

  it('gets no cookie that would sign the person out who clicks it', async () => {
    const { app } = setting({ cookie: { sameSite: 'strict' } })

    expect(setCookieNames(await ask(app, '/me', { headers }))).toEqual([])
  })

  it('gets cookies as ever where the cookie is Lax, for that one travels along', async () => {
    const { app } = setting()

    expect(setCookieNames(await ask(app, '/me', { headers }))).toEqual(both)
  })
})

it('asks nobody for a driver: session() alone keeps sessions in memory', async () => {
  const world = setting({ secret: `${secret}!` })
  const ada = await signedIn(world.client())

  expect(await ada.json('/me')).toEqual({ userId: 'ada' })
})

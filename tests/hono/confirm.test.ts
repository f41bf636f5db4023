import { back, backIfStale, intended, requireConfirmed, requireOwner } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

const page = { headers: { Accept: 'text/html' } }

describe('recent authentication (ASVS 7.5.1)', () => {
  it('lasts for the given number of seconds after a sign-in', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const isConfirmed = () => world.within(ada, (session) => session.confirmedWithin(600))
    world.clock.pass(599)
    expect(await isConfirmed()).toBe(true)
    world.clock.pass(1)
    expect(await isConfirmed()).toBe(false)
  })

  it('starts again with confirm(), and with a sign-in of the same user', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    for (const renew of ['confirm', 'signIn'] as const) {
      world.clock.pass(700)
      expect(
        await world.within(ada, (session) => {
          const before = session.confirmedWithin(600)
          if (renew === 'confirm') session.confirm()
          else session.signIn('ada')
          return [before, session.confirmedWithin(600)]
        }),
      ).toEqual([false, true])
      world.clock.pass(500)
      expect(await world.within(ada, (session) => session.confirmedWithin(600))).toBe(true)
    }
  })

  it('applies in the same request that signs in', async () => {
    const world = setting()
    const held = await world.within(world.client(), (session) => {
      session.put('userId', 'ada')
      return session.confirmedWithin(1)
    })
    expect(held).toBe(true)
  })

  it('survives a new id, and ends with a change of user', async () => {
    const world = setting()
    const client = await signedIn(world.client())
    await world.answer(client, (session) => session.signIn('bob'))
    world.clock.pass(700)
    await world.answer(client, (session) => session.confirm())
    await world.answer(client, (session) => session.regenerate())
    expect(await world.within(client, (session) => session.confirmedWithin(60))).toBe(true)
    world.clock.pass(100)
    await world.answer(client, (session) => session.put('userId', 'ada'))
    world.clock.pass(30)
    expect(await world.within(client, (session) => session.confirmedWithin(20))).toBe(false)
    expect(await world.within(client, (session) => session.confirmedWithin(40))).toBe(true)
  })

  it('survives parallel requests that write', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.clock.pass(700)
    await Promise.all([
      ada.post('/work-a', {}, 'PUT'),
      world.answer(ada, async (session) => {
        session.confirm()
        await ada.copy().post('/login?as=ada')
      }),
    ])
    expect(await world.within(ada, (session) => session.confirmedWithin(600))).toBe(true)
  })

  it('is false for a visitor, and confirm() requires a signed-in user', async () => {
    const world = setting()
    expect(await world.within(world.client(), (session) => session.confirmedWithin(1e9))).toBe(
      false,
    )
    const response = await world.answer(world.client(), (session) => session.confirm())
    expect([response.status, (await response.json()).error.code]).toEqual([401, 'session-no-owner'])
  })

  it('is false while the stored time is in the future', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.clock.pass(-700)
    expect(await world.within(ada, (session) => session.confirmedWithin(600))).toBe(false)
  })
})

function guarded() {
  const world = setting()
  const { app } = world
  app.use('/account/*', requireOwner({ redirectTo: '/sign-in' }))
  app.get('/account/orders', (c) => c.text('orders'))
  app.post('/account/orders', (c) => c.text('ordered'))
  app.use('/admin/*', requireConfirmed({ withinSeconds: 600, redirectTo: '/confirm' }))
  app.get('/admin/users', (c) => c.text('users'))
  app.use('/api/*', requireOwner())
  app.get('/api/me', (c) => c.text('me'))
  app.use('/strict/*', requireConfirmed())
  app.get('/strict/me', (c) => c.text('me'))
  app.on(['GET', 'POST'], '/sign-in', (c) => c.text(intended(c, '/home')))
  return world
}

describe('requireOwner', () => {
  it('lets a signed-in user through', async () => {
    const ada = await signedIn(guarded().client())
    expect(await (await ada.get('/account/orders', page)).text()).toBe('orders')
  })

  it('redirects other clients to the sign-in page with a return path, and stores nothing', async () => {
    const world = guarded()
    const client = world.client()
    const response = await client.get('/account/orders?page=2', page)
    expect(response.status).toBe(303)
    const to = response.headers.get('Location') ?? ''
    expect(to).toBe('/sign-in?next=%2Faccount%2Forders%3Fpage%3D2')
    expect(await (await client.get(to, page)).text()).toBe('/account/orders?page=2')
    expect(await (await client.post(to)).text()).toBe('/account/orders?page=2')
    expect(world.store.commands).toEqual([])
  })

  it('returns to the page of a form after the sign-in, not to its action', async () => {
    const world = guarded()
    const client = world.client()
    await client.get('/me')
    const referer = { headers: { ...page.headers, Referer: 'http://localhost/shop?x=1' } }
    const response = await client.post('/account/orders', referer)
    expect(response.headers.get('Location')).toBe('/sign-in?next=%2Fshop%3Fx%3D1')
  })

  it.each([
    ['a script', '/account/orders', {}],
    ['all clients if there is no sign-in page', '/api/me', page],
  ])('returns 401 to %s', async (_, path, message) => {
    const response = await guarded().client().get(path, message)
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('session-no-owner')
  })

  it('can guard all pages, including the sign-in page', async () => {
    const world = setting()
    const to = '/sign-in'
    const { app } = world
    app.use('/x/*', requireOwner({ redirectTo: '/x/sign-in' }))
    app.get('/x/sign-in', (c) => c.text(to))
    expect((await world.client().get('/x/sign-in?next=%2F', page)).status).toBe(200)
  })

  it.each(['/account/../sign-in', '/account/%2e%2e/sign-in', '/account/..%2fsign-in'])(
    'does not mistake %s for the sign-in page, on a runtime that does not normalize the path',
    async (path) => {
      const { app } = guarded()
      let runs = 0
      app.get('/account/*', (c) => {
        runs += 1
        return c.text('')
      })
      const request = new Request('http://localhost/', page)
      Object.defineProperty(request, 'url', { value: `http://localhost${path}` })
      await app.fetch(request)
      expect(runs).toBe(0)
    },
  )

  it.each([['https://evil.example'], ['//evil.example'], ['login'], [5]])(
    'refuses %s as the sign-in page',
    (redirectTo) => {
      expect(() => requireOwner({ redirectTo: redirectTo as string })).toThrow(/redirectTo is/)
    },
  )

  it('fails if there is no session under the given name', async () => {
    const world = setting()
    world.app.use('/y', requireOwner({ exposeAs: 'admin' }))
    const response = await world.client().get('/y')
    expect(response.status).toBe(500)
  })
})

describe('requireConfirmed', () => {
  it('lets users through who have recently signed in or confirmed', async () => {
    const world = guarded()
    const ada = await signedIn(world.client())
    expect((await ada.get('/admin/users', page)).status).toBe(200)
    world.clock.pass(600)
    const response = await ada.get('/admin/users', page)
    expect(response.headers.get('Location')).toBe('/confirm?next=%2Fadmin%2Fusers')
    await world.answer(ada, (session) => session.confirm())
    expect((await ada.get('/admin/users', page)).status).toBe(200)
  })

  it('returns 403 to scripts after 15 minutes by default, and 401 to visitors', async () => {
    const world = guarded()
    const ada = await signedIn(world.client())
    world.clock.pass(899)
    expect((await ada.get('/strict/me')).status).toBe(200)
    world.clock.pass(1)
    const refused = await ada.get('/strict/me')
    expect([refused.status, (await refused.json()).error.code]).toEqual([
      403,
      'session-not-confirmed',
    ])
    expect((await world.client().get('/strict/me')).status).toBe(401)
  })

  it.each([[0], ['600'], [Number.NaN]])('refuses %s as a number of seconds', (withinSeconds) => {
    expect(() => requireConfirmed({ withinSeconds: withinSeconds as number })).toThrow(
      /withinSeconds/,
    )
  })
})

describe('a return path from the request', () => {
  it.each([
    ['/account?x=1#y', '/account?x=1#y'],
    ['https://evil.example/', '/home'],
    ['//evil.example', '/home'],
    ['/\\evil.example', '/home'],
    ['javascript:alert(1)', '/home'],
    ['', '/home'],
  ])('with next=%s leads to %s', async (next, to) => {
    const response = await guarded()
      .client()
      .get(`/sign-in?next=${encodeURIComponent(next)}`)
    expect(await response.text()).toBe(to)
  })

  it.each([
    ['http://localhost/form?x=1', '/form?x=1'],
    ['https://evil.example/form', '/home'],
    ['', '/home'],
  ])('with the Referer "%s" makes back() lead to %s', async (referer, to) => {
    const world = setting()
    world.app.get('/back', (c) => back(c, '/home'))
    const headers = referer === '' ? {} : { Referer: referer }
    const response = await world.client().get('/back', { headers })
    expect([response.status, response.headers.get('Location')]).toEqual([303, to])
  })
})

describe('backIfStale', () => {
  const stale = async (headers: Record<string, string>) => {
    const world = setting({ csrf: { onError: backIfStale } })
    const ada = await signedIn(world.client())
    const wrong = 'x'.repeat(43)
    const token = {
      'X-CSRF-Token': wrong,
      'X-XSRF-TOKEN': wrong,
      Referer: 'http://localhost/form?x=1',
    }
    return ada.post('/work', { headers: { ...token, ...headers } })
  }

  it('sends a browser back to its form', async () => {
    const response = await stale({ Accept: 'text/html' })
    expect([response.status, response.headers.get('Location')]).toEqual([303, '/form?x=1'])
  })

  it.each([
    ['a script', {}],
    ['a request from another site', { Accept: 'text/html', 'Sec-Fetch-Site': 'cross-site' }],
    ['a request without a token', { Accept: 'text/html', 'X-CSRF-Token': '', 'X-XSRF-TOKEN': '' }],
  ])('does not redirect %s', async (_, headers) => {
    expect((await stale(headers)).status).toBe(403)
  })
})

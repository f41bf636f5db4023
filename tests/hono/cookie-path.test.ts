import { type SessionOptions, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { ask, Client, setCookieNames } from './client.ts'
import { setting } from './setting.ts'

const admin = { cookie: { path: '/admin' } } satisfies SessionOptions

/** An app whose pages use the session inside and outside of the cookie's path. */
function shop(options: SessionOptions = admin) {
  const world = setting(options)
  const { app } = world
  for (const path of ['/', '/admin', '/admin/', '/admin/me', '/administrator', '/Admin', '/adm']) {
    app.get(path, (c) => c.text(c.get('session').get<string>('userId', 'nobody')))
  }
  app.post('/admin/in', (c) => {
    c.get('session').put('userId', 'ada')
    return c.text('in')
  })
  app.post('/order', (c) => c.text(`ordered by ${c.get('session').get('userId', 'nobody')}`))
  return world
}

/** A browser with one cookie path: it sends its cookies to that path and below, according to RFC 6265. */
class Browser {
  readonly #client: Client
  readonly #path: string

  constructor(app: Hono, path: string) {
    this.#client = new Client(app)
    this.#path = path
  }

  get client(): Client {
    return this.#client
  }

  async text(path: string): Promise<string> {
    return (await this.get(path)).text()
  }

  get(path: string): Promise<Response> {
    return this.#isInside(path) ? this.#client.get(path) : this.#withoutCookies('GET', path)
  }

  post(path: string): Promise<Response> {
    return this.#isInside(path) ? this.#client.post(path) : this.#withoutCookies('POST', path)
  }

  #isInside(path: string): boolean {
    return path === this.#path || path.startsWith(`${this.#path}/`)
  }

  #withoutCookies(method: string, path: string): Promise<Response> {
    return this.#client.send(method, path, { headers: { Cookie: '' } })
  }
}

async function signedIn(world: ReturnType<typeof shop>): Promise<Browser> {
  const ada = new Browser(world.app, '/admin')
  await ada.get('/admin')
  expect((await ada.post('/admin/in')).status).toBe(200)
  return ada
}

describe('outside of cookie.path (R13)', () => {
  it('a page that reads the session does not replace the cookies of the pages inside', async () => {
    const ada = await signedIn(shop())

    expect(await ada.text('/')).toBe('nobody')
    expect(await ada.text('/admin')).toBe('ada')
  })

  it('endOthers() throws, because the current session is unknown', async () => {
    const world = shop()
    world.app.post('/others', async (c) => {
      const ended = await c.get('sessions').of('ada').endOthers()
      return c.json({ ended })
    })
    const { client } = await signedIn(world)

    const answer = await client.post('/others')

    expect(await answer.json()).not.toHaveProperty('ended')
    expect(await (await client.get('/admin')).text()).toBe('ada')
  })

  it('no cookie is set, and the headers of the response do not change', async () => {
    const world = shop()
    world.app.get('/cached', (c) => {
      c.header('Cache-Control', 'public, max-age=60')
      return c.text(`${c.get('session').get('userId', 'nobody')}`)
    })

    const page = await ask(world.app, '/cached')

    expect(page.headers.getSetCookie()).toEqual([])
    expect(page.headers.get('Cache-Control')).toBe('public, max-age=60')
    expect(page.headers.has('Vary')).toBe(false)
  })

  it.each(['/', '/administrator', '/Admin', '/adm'])(
    'reads on %s are empty even if a client sends the cookie, and the store is not called',
    async (path) => {
      const world = shop()
      const { client } = await signedIn(world)
      world.store.taken()
      world.happened()

      const page = await client.get(path)

      expect(await page.text()).toBe('nobody')
      expect(setCookieNames(page)).toEqual([])
      expect(world.store.taken()).toEqual([])
      expect(world.happened()).toEqual([])
    },
  )

  it.each(['/admin', '/admin/', '/admin/me', '/admin?a=/b', '/admin/me#part'])(
    'reads on %s are not empty, because it is inside',
    async (path) => {
      const { client } = await signedIn(shop())

      expect(await (await client.get(path)).text()).toBe('ada')
    },
  )

  it.each<[string, (session: import('@gravito/orbit').Session) => unknown]>([
    ['put', (session) => session.put('a', 1)],
    ['forget', (session) => session.forget('a')],
    ['flash', (session) => session.flash('a')],
    ['increment', (session) => session.increment('a')],
    ['regenerate', (session) => session.regenerate()],
    ['invalidate', (session) => session.invalidate()],
    ['take', (session) => session.take('a')],
    ['claim', (session) => session.claim('a')],
    ['atomically', (session) => session.atomically((data) => data.put({ a: 1 }))],
  ])('%s throws, and says what to change', async (_, change) => {
    const world = shop()
    const client = world.client()
    let thrown: unknown
    const response = await world.answer(
      client,
      async (session) => {
        try {
          await change(session)
        } catch (error) {
          thrown = error
        }
      },
      { method: 'GET' },
    )

    expect(thrown).toMatchObject({ code: 'session-outside-path', status: 500 })
    expect(String(thrown)).toMatch(/cookie\.path.*cookie\.publicPath/s)
    expect(setCookieNames(response)).toEqual([])
    expect(world.store.live()).toEqual([])
  })

  it('save() without a change does nothing, and expiresAt() is undefined', async () => {
    const world = shop()

    const seen = await world.within(
      world.client(),
      async (session) => {
        await session.save()
        return [session.all(), session.has('a'), session.getFlash('a'), session.expiresAt()]
      },
      { method: 'GET' },
    )

    expect(seen).toEqual([{}, false, undefined, undefined])
  })

  it('an unsafe request needs no token, but must come from the same origin', async () => {
    const world = shop()
    const post = (headers = {}) => ask(world.app, '/order', { method: 'POST', headers })

    expect(await (await post()).text()).toBe('ordered by nobody')
    expect((await post({ 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200)
    expect((await post({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
    expect((await post({ Origin: 'https://evil.example' })).status).toBe(403)
    expect((await ask(world.app, '/admin/in', { method: 'POST' })).status).toBe(403)
    expect(world.events.map((event) => 'reason' in event && event.reason)).toContain('cross-site')
  })

  it('the options of the CSRF check apply too', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://partner.example' }
    const order = (csrf: SessionOptions['csrf']) =>
      ask(shop({ ...admin, csrf: csrf ?? {} }).app, '/order', { method: 'POST', headers })

    expect((await order({})).status).toBe(403)
    expect((await order({ trustedOrigins: ['https://partner.example'] })).status).toBe(200)
    expect((await order({ ignore: ['/order'] })).status).toBe(200)
    expect((await order({ reportOnly: true })).status).toBe(200)
    expect((await order({ enabled: false })).status).toBe(200)
  })

  it('an unavailable store has no effect', async () => {
    const store = {
      ...setting().store,
      secret: () => {
        throw new Error('away')
      },
    }
    const app = new Hono()
    app.use(session({ ...admin, store, secret: undefined }))
    app.get('/', (c) => c.json(c.get('session').all()))

    expect(await (await ask(app, '/')).json()).toEqual({})
  })
})

describe('cookie.path is compared with the path in the browser', () => {
  it('when it is percent-encoded, as browsers send it', async () => {
    const world = shop({ cookie: { path: '/%E6%97%A5' } })
    world.app.get('*', (c) => c.json(c.get('session').all()))

    expect(setCookieNames(await ask(world.app, '/%E6%97%A5/x'))).toEqual(['XSRF-TOKEN', 'session'])
    expect(setCookieNames(await ask(world.app, '/%E6%97%A6/x'))).toEqual([])
  })

  it('and matches only the paths below it if it ends with a slash', async () => {
    const world = shop({ cookie: { path: '/admin/' } })

    expect(setCookieNames(await ask(world.app, '/admin/me'))).toEqual(['XSRF-TOKEN', 'session'])
    expect(setCookieNames(await ask(world.app, '/admin'))).toEqual([])
  })

  it.each([
    ['/shop', '/shop', '/', true],
    ['/shop', '/shop', '/me', true],
    ['/shop', '/shop/', '/me', true],
    ['/shop/admin', '/shop', '/admin', true],
    ['/shop/admin', '/shop', '/me', false],
    ['/shop', '/', '/me', false],
  ])(
    'cookie.path %s with cookie.publicPath %s, for a request to %s: %s',
    async (path, publicPath, seen, isInside) => {
      const app = new Hono()
      app.use(session({ secret: 's'.repeat(32), cookie: { path, publicPath } }))
      app.get('*', (c) => c.json(c.get('session').all()))

      const names = setCookieNames(await ask(app, seen))

      expect(names).toEqual(isInside ? ['XSRF-TOKEN', 'session'] : [])
    },
  )

  it('and a mounted app gives the path with publicPath', async () => {
    const inner = new Hono()
    inner.use(session({ cookie: { path: '/admin', publicPath: '/admin' } }))
    inner.get('/me', (c) => c.text(String(c.get('session').increment('visits'))))
    const outer = new Hono().mount('/admin', inner.fetch)

    expect(await (await ask(outer, '/admin/me')).text()).toBe('1')
  })
})

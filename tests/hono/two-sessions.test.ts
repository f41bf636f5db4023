import { type Csrf, OrbitSession, type Session, type SessionOptions, session } from '@gravito/orbit'
import { PlanetCore } from 'gravito-core'

import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { testClient } from '../../packages/orbit/src/testing/index.ts'
import { ask, Client, setCookieNames } from './client.ts'
import { secret } from './setting.ts'

type Variables = {
  cart: Session
  adminSession: Session
  adminCsrf: Csrf
}

const adminOptions = {
  secret,
  exposeAs: 'adminSession',
  cookie: { name: 'admin', path: '/admin' },
  csrf: {
    exposeAs: 'adminCsrf',
    cookieName: 'ADMIN-XSRF-TOKEN',
    headerName: 'X-Admin-CSRF-Token',
    fieldNames: ['_admin_token'],
  },
} satisfies SessionOptions

/** A shop whose admin pages have a separate session, with the setup from the docs. */
function shopWithAdmin(options: SessionOptions = adminOptions) {
  const app = new Hono<{ Variables: Variables }>()
  app.use(session({ secret }))
  app.use(session(options))
  app.onError((error, c) => c.text(error.message, 500))
  app.get('/', (c) => c.text(c.get('session').get<string>('userId', 'nobody')))
  app.post('/login', (c) => {
    c.get('session').put('userId', 'ada')
    return c.text('in')
  })
  app.get('/admin', (c) => {
    const who = [c.get('session').get('userId', 'nobody'), c.get('adminSession').get('admin', '-')]
    return c.text(who.join(' '))
  })
  app.get('/admin/form', (c) => c.html(c.get('csrf').field() + c.get('adminCsrf').field()))
  app.post('/admin/login', (c) => {
    c.get('adminSession').put('admin', 'root')
    return c.text('in')
  })
  app.post('/admin/logout', (c) => {
    c.get('adminSession').invalidate()
    return c.text('out')
  })
  return app
}

const tokenIn = (html: string, name: string) =>
  new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1] ?? ''

describe('a shop with a separate session for /admin', () => {
  it('has a cookie and a token for each', async () => {
    const app = shopWithAdmin()

    expect(setCookieNames(await ask(app, '/'))).toEqual(['XSRF-TOKEN', 'session'])
    expect(setCookieNames(await ask(app, '/admin'))).toEqual([
      'ADMIN-XSRF-TOKEN',
      'XSRF-TOKEN',
      'admin',
      'session',
    ])
  })

  it('accepts a script with both tokens, each in its header', async () => {
    const client = testClient(shopWithAdmin())
    await client.get('/admin')
    const token = client.cookies.get('ADMIN-XSRF-TOKEN') ?? ''

    const headers = { 'X-Admin-CSRF-Token': token }
    expect((await client.post('/admin/login', { headers })).status).toBe(200)
    expect((await client.post('/login')).status).toBe(200)

    expect(await (await client.get('/admin')).text()).toBe('ada root')
  })

  it('accepts a form with both fields', async () => {
    const client = testClient(shopWithAdmin())
    const html = await (await client.get('/admin/form')).text()
    const form = {
      _token: tokenIn(html, '_token'),
      _admin_token: tokenIn(html, '_admin_token'),
    }

    const response = await client.post('/admin/login', { form, headers: { 'X-XSRF-TOKEN': '' } })

    expect(response.status).toBe(200)
    expect(await (await client.get('/admin')).text()).toBe('nobody root')
  })

  it("accepts a form with one token if a script's library adds the other in X-XSRF-TOKEN", async () => {
    const client = testClient(shopWithAdmin())
    const html = await (await client.get('/admin/form')).text()

    const form = { _admin_token: tokenIn(html, '_admin_token') }

    expect((await client.post('/admin/login', { form })).status).toBe(200)
  })

  it('does not accept one token for the other session', async () => {
    const client = testClient(shopWithAdmin())
    await client.get('/admin')
    const admin = client.cookies.get('ADMIN-XSRF-TOKEN') ?? ''
    const shop = client.cookies.get('XSRF-TOKEN') ?? ''
    const post = async (headers: Record<string, string>) =>
      (await client.post('/admin/login', { headers: { 'X-XSRF-TOKEN': '', ...headers } })).status

    expect(await post({ 'X-CSRF-Token': shop })).toBe(403)
    expect(await post({ 'X-Admin-CSRF-Token': admin })).toBe(403)
    expect(await post({ 'X-CSRF-Token': admin, 'X-Admin-CSRF-Token': shop })).toBe(403)
    expect(await post({ 'X-CSRF-Token': shop, 'X-Admin-CSRF-Token': admin })).toBe(200)
  })

  it('can be a Gravito app with two orbits', async () => {
    const core = await PlanetCore.boot({
      config: { session: { secret } },
      orbits: [new OrbitSession(), new OrbitSession(adminOptions)],
    })
    core.app.get('/admin', (c) => c.json(c.get('session').all()))

    expect(setCookieNames(await ask(core.app, '/admin'))).toEqual(['XSRF-TOKEN', 'session'])
    await core.shutdown()
  })

  it('needs no admin token on the shop pages', async () => {
    const client = testClient(shopWithAdmin())
    await client.get('/')

    expect((await client.post('/login')).status).toBe(200)
  })

  it('keeps the user signed in to one when the other signs out', async () => {
    const client = testClient(shopWithAdmin())
    const token = () => ({
      headers: { 'X-Admin-CSRF-Token': client.cookies.get('ADMIN-XSRF-TOKEN') ?? '' },
    })
    await client.get('/admin')
    await client.post('/admin/login', token())
    await client.post('/login', token())

    expect((await client.post('/admin/logout', token())).status).toBe(200)

    expect(await (await client.get('/admin')).text()).toBe('ada -')
  })

  it('works with the default names if a request sends two headers', async () => {
    const app = shopWithAdmin({
      secret,
      exposeAs: 'adminSession',
      cookie: { name: 'admin' },
      csrf: { exposeAs: 'adminCsrf', cookieName: 'ADMIN-XSRF-TOKEN' },
    })
    const client = testClient(app)
    await client.get('/admin')
    const admin = client.cookies.get('ADMIN-XSRF-TOKEN') ?? ''

    const headers = { 'X-CSRF-Token': admin }

    expect((await client.post('/admin/login', { headers })).status).toBe(200)
  })
})

describe('a second session whose requests are not checked', () => {
  it('leaves c.get("csrf") to the first one', async () => {
    const app = new Hono<{ Variables: Variables }>()
    app.use(session({ secret }))
    const unchecked = { exposeAs: 'cart', cookie: { name: 'cart' }, csrf: { enabled: false } }
    app.use(session({ secret, ...unchecked }))
    app.get('/', (c) => c.text(c.get('csrf').token()))
    app.post('/add', (c) => {
      c.get('cart').push('items', 'book')
      return c.json(c.get('cart').get('items'))
    })
    const client = testClient(app)
    const token = await (await client.get('/')).text()

    const response = await client.post('/add', { headers: { 'X-CSRF-Token': token } })

    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(['book'])
    expect(token).toBe(client.cookies.get('XSRF-TOKEN'))
  })

  it('can come first', async () => {
    const app = new Hono<{ Variables: Variables }>()
    const unchecked = { exposeAs: 'cart', cookie: { name: 'cart' }, csrf: { enabled: false } }
    app.use(session({ secret, ...unchecked }))
    app.use(session({ secret }))
    app.get('/', (c) => c.text(c.get('csrf').token()))
    const client = testClient(app)

    expect(await (await client.get('/')).text()).toBe(client.cookies.get('XSRF-TOKEN'))
  })
})

describe('the same name for two sessions of one request', () => {
  const names = {
    exposeAs: 'other',
    cookie: { name: 'other' },
    csrf: { exposeAs: 'otherCsrf', cookieName: 'OTHER-XSRF' },
  } satisfies SessionOptions

  it.each<[string, SessionOptions, RegExp]>([
    ['the cookie', { ...names, cookie: {} }, /session\.cookie\.name.*"session"/s],
    [
      'the CSRF object',
      { ...names, csrf: { cookieName: 'OTHER' } },
      /session\.csrf\.exposeAs.*"csrf"/s,
    ],
    [
      "the token's cookie",
      { ...names, csrf: { exposeAs: 'otherCsrf' } },
      /session\.csrf\.cookieName.*"XSRF-TOKEN"/s,
    ],
    [
      "the session's cookie and the token's",
      { ...names, cookie: { name: 'XSRF-TOKEN' } },
      /session\.cookie\.name.*"XSRF-TOKEN"/s,
    ],
    [
      'the session and the CSRF object',
      { ...names, csrf: { exposeAs: 'session', cookieName: 'OTHER' } },
      /session\.csrf\.exposeAs.*"session"/s,
    ],
  ])('is refused at the first request: %s', async (_, options, message) => {
    const app = new Hono()
    app.use(session({ secret }))
    app.use(session({ secret, ...options }))
    app.onError((error, c) => c.text(`${error.name}: ${error.message}`, 500))
    app.get('/', (c) => c.text('ok'))

    const text = await (await ask(app, '/')).text()

    expect(text).toMatch(/^SessionConfigError/)
    expect(text).toContain(
      'Give one of them its own exposeAs, cookie.name, csrf.exposeAs, csrf.cookieName, csrf.headerName and csrf.fieldNames.',
    )
    expect(text).toMatch(message)
  })

  it('is refused if the app has put another value there', async () => {
    for (const options of [{ exposeAs: 'user' }, { csrf: { exposeAs: 'user' } }]) {
      const app = new Hono<{ Variables: { user: string } }>()
      app.use(async (c, next) => {
        c.set('user', 'ada')
        await next()
      })
      app.use(session({ secret, ...options }))
      app.onError((error, c) => c.text(error.message, 500))
      app.get('/', (c) => c.text(c.get('user')))

      expect(await (await ask(app, '/')).text()).toMatch(/exposeAs.*"user"/)
    }
  })

  it('is refused at boot if one session() uses it twice', () => {
    expect(() => session({ secret, csrf: { exposeAs: 'session' } })).toThrow(/exposeAs/)
    expect(() => session({ secret, exposeAs: 'csrf' })).toThrow(/exposeAs/)
    expect(() => session({ secret, exposeAs: 'csrf', csrf: { exposeAs: 'token' } })).not.toThrow()
  })

  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    'requestId',
    'jwtPayload',
  ])('is refused at boot: %j', (name) => {
    expect(() => session({ secret, exposeAs: name })).toThrow(/session\.exposeAs/)
    expect(() => session({ secret, csrf: { exposeAs: name } })).toThrow(/session\.csrf\.exposeAs/)
  })
})

describe('two session() middlewares with the same name', () => {
  const warnings = () => vi.mocked(console.warn).mock.calls.flat()

  beforeEach(() => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  function nested(outer: SessionOptions, inner: SessionOptions) {
    const app = new Hono()
    app.use(session({ secret, ...outer }))
    app.get('/', (c) => c.text(String(c.get('session').get('n', 0))))
    const admin = new Hono()
    admin.use(session({ secret, ...inner }))
    admin.get('/page', (c) => c.html(c.get('csrf').field()))
    admin.post('/pay', (c) => c.text(String(c.get('session').increment('n'))))
    return app.route('/admin', admin)
  }

  it('use the CSRF check of the second one if the first one has none', async () => {
    const app = nested({ csrf: { enabled: false } }, {})
    const client = testClient(app)
    await client.get('/')
    const pay = async (message = {}) => (await client.post('/admin/pay', message)).status

    expect(await pay()).toBe(403)
    expect(await pay({ headers: { 'Sec-Fetch-Site': 'cross-site' } })).toBe(403)
    await client.get('/admin/page')
    expect(client.token).toMatch(/./)
    expect(await pay()).toBe(200)
    expect(await (await client.get('/')).text()).toBe('1')
  })

  it("use the second one's names for token, header and field", async () => {
    const csrf = {
      cookieName: 'ADMIN-XSRF',
      headerName: 'X-Admin',
      fieldNames: ['_admin'],
    } as const
    const client = testClient(nested({ csrf: { enabled: false } }, { csrf }))

    const html = await (await client.get('/admin/page')).text()

    expect([...client.cookies.keys()].sort()).toEqual(['ADMIN-XSRF', 'session'])
    const form = { _admin: tokenIn(html, '_admin') }
    expect((await client.post('/admin/pay', { form })).status).toBe(200)
  })

  it.each<[string, SessionOptions['csrf'] & object]>([
    ['only reports', { reportOnly: true }],
    ['ignores the path', { ignore: ['/admin/pay'] }],
    ['trusts another origin', { trustedOrigins: ['https://partner.example'] }],
  ])("use the second one's check if the first one %s", async (_, csrf) => {
    const app = nested({ csrf }, {})
    const client = testClient(app)
    await client.get('/')
    const headers = { Origin: 'https://partner.example', 'Sec-Fetch-Site': 'cross-site' }

    expect((await client.post('/admin/pay', { headers })).status).toBe(403)
    expect((await client.post('/admin/pay')).status).toBe(200)
  })

  it('search for the token once', async () => {
    const app = nested({ csrf: { headerName: 'X-Outer' } }, {})
    const client = testClient(app)
    await client.get('/')
    const headers = { 'X-Outer': client.token ?? '', 'X-XSRF-TOKEN': '' }

    expect((await client.post('/admin/pay', { headers })).status).toBe(200)
  })

  it('cause one warning that names the different options, without values', async () => {
    const client = testClient(
      nested({}, { secret: 'x'.repeat(32), idleTimeoutSeconds: 300, cookie: { name: 'admin' } }),
    )

    await client.get('/admin/page')
    await client.get('/admin/page')

    expect(warnings()).toHaveLength(1)
    expect(warnings()[0]).toMatch(/secret, idleTimeoutSeconds, cookie/)
    expect(warnings()[0]).toMatch(/exposeAs/)
    expect(warnings()[0]).not.toMatch(/xxx/)
  })

  it('cause no warning if the options are the same, apart from the check', async () => {
    const onEvent = () => {}
    const both = { onEvent, cookie: { name: 'sid' }, secret: [secret] } satisfies SessionOptions
    const client = testClient(
      nested({ ...both, csrf: { enabled: false } }, { ...both, secret: [secret] }),
    )

    await client.get('/admin/page')

    expect(warnings()).toEqual([])
  })

  it('run once if they are the same middleware', async () => {
    const app = new Hono()
    const middleware = session({ secret })
    app.use(middleware).use(middleware)
    app.get('/', (c) => c.text(c.get('csrf').token()))
    app.post('/pay', (c) => c.text(String(c.get('session').increment('n'))))
    const client = testClient(app)
    expect(setCookieNames(await client.get('/'))).toEqual(['XSRF-TOKEN', 'session'])

    expect(await (await client.post('/pay')).text()).toBe('1')
  })
})

describe('a second session() that adds the CSRF check', () => {
  function app(first: SessionOptions, second: SessionOptions) {
    const app = new Hono()
    const cookie = { name: `n${Math.random().toString(36).slice(2)}` }
    app.use(session({ secret, cookie, ...first }))
    app.use(async (c, next) => {
      c.get('session').increment('visits')
      await next()
    })
    app.use(session({ secret, cookie, ...second }))
    app.all('/work', (c) => c.json(c.get('session').all()))
    return app
  }

  it('refuses a request without a cookie, and stores nothing (R22)', async () => {
    const world = app({ csrf: false }, {})
    const refused = await ask(world, '/work', { method: 'POST' })
    expect([refused.status, setCookieNames(refused)]).toEqual([403, []])

    const client = new Client(world)
    await client.get('/work')
    await client.post('/work', { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(await client.json('/work')).toEqual({ visits: 2 })
  })

  it('sets a CSRF cookie with another name once (R15)', async () => {
    const client = new Client(app({ csrf: false }, { csrf: { cookieName: 'T' } }))
    await client.get('/work')
    expect(setCookieNames(await client.get('/work'))).toEqual([])
  })
})

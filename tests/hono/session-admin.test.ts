import { type SessionOptions, session } from '@gravito/orbit'
import { type Context, Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { describe, expect, it } from 'vitest'
import { type SessionAdminOptions, sessionAdmin } from '../../packages/orbit/src/admin/app.ts'
import { newStore } from '../behaviour/store.ts'
import { Client, type Message } from './client.ts'
import { usersOf } from './sessions.ts'
import { secret } from './setting.ts'

const path = '/admin/sessions'
const html = { headers: { Accept: 'text/html' } }
const isRoot = (c: Context) => c.get('session').userId === 'root'

/** An app with the page for operators. */
function world(options: SessionOptions = {}, admin: Partial<SessionAdminOptions> = {}) {
  const app = new Hono()
  const middleware = session({ secret, store: newStore(), devices: true, ...options })
  app.use(middleware)
  app.get('/me', (c) => c.json({ userId: c.get('session').userId ?? null }))
  app.post('/login', (c) => {
    const as = c.req.query('as') ?? ''
    c.get('session').signIn(c.req.query('number') ? Number(as) : as)
    return c.json({ handle: c.get('session').handle })
  })
  app.route(path, sessionAdmin({ allow: isRoot, ...admin }))
  return { app, middleware }
}

/** Sends a request with the CSRF token, if the browser has one. */
const post = (client: Client, url: string, { headers = {}, ...message }: Message = {}) =>
  client.send('POST', url, {
    ...message,
    headers: client.has('XSRF-TOKEN') ? { 'X-XSRF-TOKEN': client.token, ...headers } : headers,
  })

async function signIn(app: Hono, as: string, headers: Record<string, string> = {}, query = '') {
  const client = new Client(app)
  await client.get('/me')
  const response = await post(client, `/login?as=${encodeURIComponent(as)}${query}`, { headers })
  const { handle }: { handle: string } = Object(await response.json())
  return { client, handle }
}

/** Root's browser, Ada's two and Bob's. */
async function people(app: Hono) {
  const root = await signIn(app, 'root')
  const ada = [await signIn(app, 'ada'), await signIn(app, 'ada')] as const
  const bob = await signIn(app, 'bob')
  return { root, ada, bob }
}

const jsonBody = (body: object) => ({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

const read = async (response: Response) => Object(await response.json())

/** Sends the form of a page that has this button. */
async function press(client: Client, page: string, button: string): Promise<Response> {
  const text = await (await client.get(page, html)).text()
  const form = [...text.matchAll(/<form method="post"[\s\S]*?<\/form>/g)]
    .map(([one]) => one)
    .find((one) => one.includes(`>${button}</button>`))
  if (!form) throw new Error(`no button ${button} in ${text}`)
  const [, action = ''] = /action="([^"]+)"/.exec(form) ?? []
  const fields = [...form.matchAll(/name="([^"]+)" value="([^"]*)"/g)]
  const body = new URLSearchParams(fields.map(([, name = '', value = '']) => [name, value]))
  const { pathname } = new URL(action, `http://localhost${page}`)
  // A form sends no custom headers.
  const headers = { ...html.headers, 'X-XSRF-TOKEN': '' }
  return client.post(pathname, { headers, body })
}

describe('sessionAdmin() admits only the users that allow accepts', () => {
  it('throws without allow', () => {
    const make = (options: unknown) => sessionAdmin(options as never)
    for (const options of [undefined, {}, { allow: undefined }, { title: 'Sessions' }]) {
      expect(() => make(options)).toThrow(/sessionAdmin\.allow is missing/)
    }
    expect(() => make({ allow: true })).toThrow('it must be a function')
    expect(() => make({ allow: isRoot, alow: isRoot })).toThrow('is not an option')
  })

  it.each(['', '/count', '/look.css', '/x', `/${'a'.repeat(43)}`, '/end-owner?owner=ada'])(
    'responds to others at "%s" like a path without a route',
    async (sub) => {
      const { app } = world()
      const { ada } = await people(app)
      const there = await ada[0].client.get(path + sub, html)
      const nowhere = await ada[0].client.get('/nowhere', html)
      expect([there.status, await there.text()]).toEqual([404, await nowhere.text()])
      expect(there.headers.get('Content-Security-Policy')).toBeNull()
    },
  )

  it('ends no session for other users', async () => {
    const { app } = world()
    const { ada, bob } = await people(app)
    for (const sub of [`/${ada[0].handle}/end`, '/end-owner', '/prune']) {
      const { status } = await bob.client.post(path + sub, jsonBody({ owner: 'ada' }))
      expect(status).toBe(404)
    }
    expect(await usersOf([ada[0].client, ada[1].client])).toEqual(['ada', 'ada'])
  })

  it.each([undefined, null, false, Promise.resolve(false), Promise.resolve(undefined)])(
    'admits nobody if allow returns %o',
    async (answer) => {
      const { app } = world({}, { allow: () => answer as boolean })
      expect((await app.request(path)).status).toBe(404)
    },
  )

  it.each([1, 'root', { isAdmin: true }])(
    'fails if allow returns %o, which is not a boolean',
    async (answer) => {
      const { app } = world({}, { allow: () => answer as unknown as boolean })
      app.onError((error) => new Response(error.message, { status: 500 }))
      const response = await app.request(path)
      expect([response.status, await response.text()]).toEqual([
        500,
        expect.stringContaining('return true or false'),
      ])
    },
  )

  it('admits users if allow returns a promise of true', async () => {
    const { app } = world({}, { allow: async () => true })
    expect((await app.request(path)).status).toBe(200)
  })
})

describe('sessionAdmin() with JSON', () => {
  it('lists, counts and shows sessions', async () => {
    const { app } = world()
    const { root, ada } = await people(app)
    const list = await read(await root.client.get(path))
    expect(list).toMatchObject({ success: true })
    expect(list.sessions).toHaveLength(4)
    const own = list.sessions.filter(({ isOwn }: { isOwn: boolean }) => isOwn)
    expect(own).toMatchObject([{ owner: 'root', ownerType: 'string', handle: root.handle }])
    const ofAda = await read(await root.client.get(`${path}?owner=ada`))
    expect(ofAda.sessions).toHaveLength(2)
    expect(await read(await root.client.get(`${path}/count`))).toMatchObject({
      sessions: 4,
      signedIn: 4,
    })
    const shown = await read(await root.client.get(`${path}/${ada[0].handle}`))
    expect(shown).toMatchObject({ owner: 'ada', data: [{ key: 'userId', type: 'string' }] })
    expect(JSON.stringify(shown.data)).not.toContain('value')
  })

  it('shows stored values only with showData', async () => {
    const { app } = world({}, { showData: true })
    const { root, ada } = await people(app)
    const shown = await read(await root.client.get(`${path}/${ada[0].handle}`))
    expect(shown.data).toEqual([{ key: 'userId', type: 'string', value: 'ada' }])
  })

  it('lists sessions page by page', async () => {
    const { app } = world()
    const { root } = await people(app)
    const first = await read(await root.client.get(`${path}?limit=3`))
    const second = await read(await root.client.get(`${path}?limit=3&after=${first.next}`))
    expect([first.sessions.length, second.sessions.length]).toEqual([3, 1])
    expect(second).not.toHaveProperty('next')
    expect((await root.client.get(`${path}?limit=0`)).status).toBe(400)
  })

  it('ends one session, and returns 404 if it does not exist', async () => {
    const { app } = world()
    const { root, ada } = await people(app)
    const end = () => root.client.post(`${path}/${ada[0].handle}/end`)
    expect(await read(await end())).toEqual({ success: true, ended: 1 })
    expect((await end()).status).toBe(404)
    expect(await usersOf([ada[0].client, ada[1].client])).toEqual([null, 'ada'])
  })

  it('ends the session of the operator only after a confirmation', async () => {
    const { app } = world()
    const { root } = await people(app)
    const refused = await root.client.post(`${path}/${root.handle}/end`)
    expect([refused.status, (await read(refused)).error.code]).toEqual([409, 'own-session'])
    const done = await root.client.post(`${path}/${root.handle}/end`, jsonBody({ confirm: true }))
    expect(await read(done)).toEqual({ success: true, ended: 1 })
    expect(await usersOf([root.client])).toEqual([null])
  })

  it('ends all sessions of a user, and distinguishes the number 1 from the string "1"', async () => {
    const { app } = world()
    const { root, ada } = await people(app)
    const text = await signIn(app, '1')
    const number = await signIn(app, '1', {}, '&number=1')
    const endOwner = (body: object) => root.client.post(`${path}/end-owner`, jsonBody(body))
    expect(await read(await endOwner({ owner: 'ada' }))).toEqual({
      success: true,
      owner: 'ada',
      ownerType: 'string',
      ended: 2,
    })
    const unsure = await endOwner({ owner: '1' })
    expect([unsure.status, (await read(unsure)).error.code]).toEqual([400, 'bad-owner'])
    expect(await read(await endOwner({ owner: 1 }))).toMatchObject({ ended: 1 })
    expect((await endOwner({})).status).toBe(400)
    expect((await endOwner({ owner: 'ada', ownerKey: 'cart' })).status).toBe(400)
    const all = [ada[0].client, ada[1].client, number.client, text.client]
    expect(await usersOf(all)).toEqual([null, null, null, '1'])
  })

  it('returns 501 for what a store without keys() cannot do', async () => {
    const { load, compareAndSet, close } = newStore()
    const { app } = world({ store: { load, compareAndSet, close } })
    const { root } = await people(app)
    expect((await root.client.get(path)).status).toBe(501)
    expect((await root.client.get(`${path}/count`)).status).toBe(501)
    expect((await read(await root.client.get(`${path}?owner=ada`))).sessions).toHaveLength(2)
    expect(await (await root.client.get(path, html)).text()).toContain('cannot list its sessions')
  })
})

describe('sessionAdmin() ends no session without a CSRF check', () => {
  it.each<[string, SessionOptions]>([
    ['disabled', { csrf: false }],
    ['in report-only mode', { csrf: { reportOnly: true } }],
    ['skipped for the path', { csrf: { ignore: () => true } }],
  ])('if the check is %s', async (_, options) => {
    const { app } = world(options)
    const { root, ada } = await people(app)
    for (const sub of [`/${ada[0].handle}/end`, '/end-owner', '/prune']) {
      const response = await post(root.client, path + sub, jsonBody({ owner: 'ada' }))
      expect([response.status, (await read(response)).error.message]).toEqual([
        403,
        expect.stringContaining('No CSRF check has run on this request'),
      ])
    }
    const page = await post(root.client, `${path}/prune`, html)
    expect([page.status, await page.text()]).toEqual([403, expect.stringContaining('<h1>')])
    expect(await usersOf([ada[0].client])).toEqual(['ada'])
  })

  it('and refuses a request without a token, like every route', async () => {
    const { app } = world()
    const { root, ada } = await people(app)
    const forged = await root.client.post(`${path}/${ada[0].handle}/end`, {
      headers: { 'X-XSRF-TOKEN': '', 'X-CSRF-Token': '' },
    })
    expect(forged.status).toBe(403)
    expect(await usersOf([ada[0].client])).toEqual(['ada'])
  })

  it('and throws if no session() runs before it', async () => {
    const app = new Hono()
    app.route(path, sessionAdmin({ allow: () => true }))
    app.onError((error) => new Response(error.message, { status: 500 }))
    expect(await (await app.request(path)).text()).toContain(
      'finds no session() that runs before it',
    )
  })
})

describe('sessionAdmin() with HTML', () => {
  it('is not cached, contains no script, and loads nothing from other origins', async () => {
    const { app } = world()
    const { root } = await people(app)
    const response = await root.client.get(path, html)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    const text = await response.text()
    expect(text).not.toMatch(/<script|style=|https?:/)
  })

  it('works with the nonce of a strict Content-Security-Policy', async () => {
    const outer = new Hono()
    const { app } = world({}, { allow: () => true })
    outer.use(
      secureHeaders({
        contentSecurityPolicy: {
          styleSrc: [(c: Context) => `'nonce-${c.get('secureHeadersNonce') ?? ''}'`],
        },
      }),
    )
    outer.use(async (c, next) => {
      c.set('secureHeadersNonce', 'abc')
      await next()
    })
    outer.route('/', app)
    const text = await (await outer.request(path, html)).text()
    expect(text).toContain('look.css" nonce="abc"')
  })

  it('escapes what users and their browsers have sent', async () => {
    const { app } = world()
    const { root } = await people(app)
    const attack = '"><img src=x onerror=alert(1)>'
    const mallory = await signIn(app, attack, { 'User-Agent': `Firefox/1.0 ${attack}` })
    const pages = [
      path,
      `${path}?owner=${encodeURIComponent(attack)}`,
      `${path}/${mallory.handle}`,
      `${path}/${mallory.handle}/end`,
      `${path}/end-owner?owner=${encodeURIComponent(attack)}`,
      `${path}?ended=${encodeURIComponent(attack)}`,
    ]
    for (const page of pages) {
      const text = await (await root.client.get(page, html)).text()
      expect(text).toContain('</html>')
      expect(text).not.toContain('<img')
    }
  })

  it('ends one session with a form, and shows a message', async () => {
    const { app } = world()
    const { root, bob } = await people(app)
    const list = `${path}?owner=bob`
    const response = await press(root.client, list, 'End')
    expect([response.status, response.headers.get('Location')]).toEqual([
      303,
      expect.stringMatching(/sessions\?ended=1$/),
    ])
    expect(await usersOf([bob.client])).toEqual([null])
    const after = await root.client.get(`${path}?ended=1`, html)
    expect(await after.text()).toContain('1 session was ended.')
  })

  it('marks the session of the operator, and asks before it ends that one', async () => {
    const { app } = world()
    const { root } = await people(app)
    const list = await (await root.client.get(`${path}?owner=root`, html)).text()
    expect(list).toContain('This one')
    expect(list).not.toContain('<form method="post"')
    const response = await press(root.client, `${path}/${root.handle}/end`, 'End my session')
    expect(response.status).toBe(303)
    expect(await usersOf([root.client])).toEqual([null])
  })

  it('asks before it ends all sessions of a user', async () => {
    const { app } = world()
    const { root, ada } = await people(app)
    const response = await press(root.client, `${path}/end-owner?owner=ada`, 'End 2 sessions')
    expect(response.headers.get('Location')).toMatch(/sessions\?ended=2$/)
    expect(await usersOf([ada[0].client, ada[1].client])).toEqual([null, null])
  })

  it('finds a session by its handle', async () => {
    const { app } = world()
    const { root, bob } = await people(app)
    const found = await root.client.get(`${path}?owner=${bob.handle}`, html)
    expect(found.headers.get('Location')).toMatch(new RegExp(`sessions/${bob.handle}$`))
    const gone = await root.client.get(`${path}?owner=${'x'.repeat(43)}`, html)
    expect(await gone.text()).toContain('No user with this id has a session')
    expect((await root.client.get(`${path}/${'x'.repeat(43)}`, html)).status).toBe(404)
  })

  it('links to its own pages correctly under any path, including the root', async () => {
    for (const place of ['/', '/a/b/c']) {
      const app = new Hono()
      app.use(session({ secret, store: newStore() }))
      app.route(place, sessionAdmin({ allow: () => true }))
      const client = new Client(app)
      const pages = [place, `${place}/count`.replace('//', '/')]
      for (const page of pages) {
        const text = await (await client.get(page, html)).text()
        const links = [...text.matchAll(/(?:href|action)="([^"]+)"/g)].map(([, link = '']) => link)
        const paths = links.map((link) => new URL(link, `http://localhost${page}`).pathname)
        expect(paths.length).toBeGreaterThan(4)
        for (const found of new Set(paths)) expect((await client.get(found)).status).toBe(200)
      }
    }
  })

  it('administers the sessions of another session()', async () => {
    const shop = session({ secret, store: newStore() })
    const app = new Hono()
    app.use('/shop/*', shop)
    app.get('/shop/me', (c) => c.json({ userId: c.get('session').userId ?? null }))
    app.post('/shop/login', (c) => {
      c.get('session').signIn('ada')
      return c.json({})
    })
    const names = { exposeAs: 'staff', cookie: { name: 'staff' } } as const
    app.use(`${path}/*`, session({ secret, store: newStore(), ...names }))
    app.route(path, sessionAdmin({ allow: () => true, sessions: shop }))
    const ada = new Client(app)
    await ada.get('/shop/me')
    await ada.post('/shop/login')
    const staff = new Client(app)
    await staff.get(path, html)
    expect((await read(await staff.get(path))).sessions).toMatchObject([{ owner: 'ada' }])
    const ended = await staff.post(`${path}/end-owner`, jsonBody({ owner: 'ada' }))
    expect(await read(ended)).toMatchObject({ ended: 1 })
    expect(await ada.json('/shop/me')).toEqual({ userId: null })
  })
})

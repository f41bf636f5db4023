import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { memoryStore, type SessionOptions, session } from '../../index.ts'
import { testClient } from './create.ts'

function appWith(options: SessionOptions = {}) {
  return new Hono().use(session({ store: memoryStore(), ...options }))
}

const seconds = () => Date.now() / 1000

describe("a client's cookies for a real browser", () => {
  it('are the cookies that the app has set', async () => {
    const cookie = { path: '/shop', sameSite: 'strict' } as const
    const app = appWith({ absoluteTimeoutSeconds: 3600, cookie })
    const client = await testClient(app).actingAs('ada')

    const { cookies, origins } = client.storageState()

    const scope = { domain: 'localhost', path: '/shop', secure: false, sameSite: 'Strict' }
    expect(cookies).toMatchObject([
      { name: 'session', value: client.cookies.get('session'), ...scope, httpOnly: true },
      { name: 'XSRF-TOKEN', value: client.token, ...scope, httpOnly: false },
    ])
    for (const { expires } of cookies) {
      expect(expires).toBeGreaterThan(seconds() + 3590)
      expect(expires).toBeLessThanOrEqual(seconds() + 3600)
    }
    expect(origins).toEqual([])
  })

  it('are Secure and have a domain if the app sets that', async () => {
    const cookie = { domain: 'example.com', secure: true, expireOnClose: true }
    const app = appWith({ cookie })
    const client = await testClient(app, { origin: 'https://app.example.com' }).actingAs('ada')

    const [first] = client.storageState().cookies

    expect(first).toMatchObject({
      name: '__Secure-session',
      domain: '.example.com',
      secure: true,
      sameSite: 'Lax',
      expires: -1,
    })
  })

  it.each([
    ['theme=dark', { sameSite: 'Lax', expires: -1, path: '/', httpOnly: false }],
    ['theme=dark; samesite=NONE; secure', { sameSite: 'None', secure: true }],
    ['theme=dark; Domain=.example.com', { domain: '.example.com' }],
    ['theme=dark; Domain=; Max-Age=soon', { domain: 'app.example', expires: -1 }],
    ['theme=dark; Expires=Fri, 31 Dec 2099 23:59:59 GMT', { expires: 4102444799 }],
  ])('are read from %s', async (header, expected) => {
    const app = new Hono().get('/', (c) => c.text('', 200, { 'Set-Cookie': header }))
    const client = testClient(app, { origin: 'https://app.example:8443' })
    await client.get('/')

    expect(client.storageState().cookies).toMatchObject([{ value: 'dark', ...expected }])
  })

  it('are the current ones, including one that a test has set', async () => {
    const client = testClient(appWith())
    client.cookies.set('theme', 'dark')

    expect(client.copy().storageState().cookies).toEqual([
      {
        name: 'theme',
        value: 'dark',
        domain: 'localhost',
        path: '/',
        expires: -1,
        httpOnly: false,
        secure: false,
        sameSite: 'Lax',
      },
    ])
  })
})

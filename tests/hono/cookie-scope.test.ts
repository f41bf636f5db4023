import { type SessionOptions, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask, Client, setCookies } from './client.ts'
import { secret } from './setting.ts'

type CookieOptions = NonNullable<SessionOptions['cookie']>

function appWith(options: SessionOptions = {}): Hono {
  const app = new Hono()
  app.use(session({ secret, now: () => Date.UTC(2030, 0, 1), ...options }))
  app.get('*', (c) => c.json(c.get('session').all()))
  app.post('/put', (c) => {
    c.get('session').put('a', 1)
    return c.text('ok')
  })
  return app
}

async function cookiesAt(url: string, options: SessionOptions = {}, headers = {}) {
  return setCookies(await ask(appWith(options), url, { headers }))
}

async function namesAt(url: string, options: SessionOptions = {}, headers = {}) {
  const cookies = await cookiesAt(url, options, headers)
  return cookies.map(
    ({ name, attributes }) => `${name}${attributes.has('secure') ? ' secure' : ''}`,
  )
}

beforeEach(() => {
  vi.stubEnv('NODE_ENV', 'production')
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('the cookies (R13)', () => {
  it('have, over https, the prefix __Host- and the attributes Secure, HttpOnly, SameSite=Lax and Path=/, and no domain', async () => {
    const [id, csrf] = await cookiesAt('https://app.example/')

    expect(id?.name).toBe('__Host-session')
    expect(Object.fromEntries(id?.attributes ?? [])).toEqual({
      'max-age': '604800',
      path: '/',
      httponly: '',
      secure: '',
      samesite: 'Lax',
    })
    expect(csrf?.name).toBe('XSRF-TOKEN')
    expect(Object.fromEntries(csrf?.attributes ?? [])).toEqual({
      'max-age': '604800',
      path: '/',
      secure: '',
      samesite: 'Lax',
    })
  })

  it.each([
    'http://localhost/',
    'http://localhost:3000/',
    'http://app.localhost:3000/',
    'http://127.0.0.1:8080/',
    'http://127.8.9.10/',
    'http://[::1]:3000/',
    'http://0.0.0.0:3000/',
    'http://[::]:3000/',
  ])('are not Secure and have no prefix over plain http to a loopback host: %s', async (url) => {
    expect(await namesAt(url)).toEqual(['session', 'XSRF-TOKEN'])
  })

  it.each([
    'http://localhost.evil.example/',
    'http://127.0.0.1.evil.example/',
    'http://mylocalhost/',
    'http://evil.example/localhost',
    'http://evil.example/?@localhost/',
    'http://128.0.0.1/',
    'http://10.0.0.0/',
    'http://app.example/',
  ])('are Secure over plain http to any other host: %s', async (url) => {
    expect(await namesAt(url)).toEqual(['__Host-session secure', 'XSRF-TOKEN secure'])
  })

  it.each(['development', 'test'])('are not Secure if NODE_ENV is %s', async (mode) => {
    vi.stubEnv('NODE_ENV', mode)

    expect(await namesAt('http://192.168.1.10:3000/')).toEqual(['session', 'XSRF-TOKEN'])
  })

  it.each(['staging', 'Test', 'dev', ''])('are Secure if NODE_ENV is %j', async (mode) => {
    vi.stubEnv('NODE_ENV', mode)

    expect(await namesAt('http://app.example/')).toEqual([
      '__Host-session secure',
      'XSRF-TOKEN secure',
    ])
  })

  it.each(['https', 'https, http', 'https,http', 'HTTPS'])(
    'are Secure if a proxy says that the browser used https: %s',
    async (forwarded) => {
      const headers = { 'X-Forwarded-Proto': forwarded }

      expect(await namesAt('http://localhost/', {}, headers)).toEqual([
        '__Host-session secure',
        'XSRF-TOKEN secure',
      ])
    },
  )

  it.each(['http', 'http, https', 'httpsx', ''])(
    'are not Secure if a proxy says that the browser did not use https: %s',
    async (forwarded) => {
      const headers = { 'X-Forwarded-Proto': forwarded }

      expect(await namesAt('http://localhost/', {}, headers)).toEqual(['session', 'XSRF-TOKEN'])
    },
  )

  it.each<[string, CookieOptions, string[]]>([
    ['secure: true on loopback', { secure: true }, ['__Host-session secure', 'XSRF-TOKEN secure']],
    [
      'sameSite: none on loopback',
      { sameSite: 'none' },
      ['__Host-session secure', 'XSRF-TOKEN secure'],
    ],
    ['secure: false', { secure: false }, ['session', 'XSRF-TOKEN']],
  ])('follow the option: %s', async (_, cookie, names) => {
    expect(await namesAt('http://localhost/', { cookie })).toEqual(names)
  })

  it.each<[string, CookieOptions, string]>([
    ['a name', { name: 'sid' }, '__Host-sid'],
    ['a domain', { domain: 'example.com' }, '__Secure-session'],
    ['a path', { path: '/app' }, '__Secure-session'],
    ['no prefix', { prefix: false }, 'session'],
    ['a weaker prefix', { prefix: '__Secure-' }, '__Secure-session'],
  ])('use the configured prefix: %s', async (_, cookie, name) => {
    expect((await cookiesAt('https://app.example/app', { cookie }))[0]?.name).toBe(name)
  })

  it('share the configured domain, path and SameSite', async () => {
    const cookie = { domain: 'example.com', path: '/app', sameSite: 'strict' } as const
    const cookies = await cookiesAt('https://app.example.com/app', { cookie })

    expect(cookies).toHaveLength(2)
    for (const { attributes } of cookies) {
      expect(attributes.get('domain')).toBe('example.com')
      expect(attributes.get('path')).toBe('/app')
      expect(attributes.get('samesite')).toBe('Strict')
    }
  })

  it('are session cookies of the browser with expireOnClose', async () => {
    for (const { attributes } of await cookiesAt('https://app.example/', {
      cookie: { expireOnClose: true },
    })) {
      expect(attributes.has('max-age')).toBe(false)
      expect(attributes.has('expires')).toBe(false)
    }
  })

  it('use the configured name for the token, never with a prefix', async () => {
    const options = { csrf: { cookieName: 'my-token' } }

    expect(await namesAt('https://app.example/', options)).toEqual([
      '__Host-session secure',
      'my-token secure',
    ])
  })

  it('include no token if the CSRF protection is off', async () => {
    const names = await namesAt('https://app.example/', { csrf: { enabled: false } })

    expect(names).toEqual(['__Host-session secure'])
  })
})

describe('the name without a prefix (R13)', () => {
  it('is never read if the cookie is Secure', async () => {
    const app = appWith()
    const client = new Client(app, 'https://app.example')
    await client.get('/')
    await client.post('/put')
    expect(await client.json('/')).toEqual({ a: 1 })

    const tossed = new Client(app, 'https://app.example')
    tossed.set('session', client.cookie('__Host-session'))
    tossed.set('__Secure-session', client.cookie('__Host-session'))

    expect(await tossed.json('/')).toEqual({})
  })
})

describe('cookie options that cannot work are refused at boot (R13)', () => {
  it.each<[string, CookieOptions, RegExp]>([
    ['SameSite=None without Secure', { sameSite: 'none', secure: false }, /sameSite.*secure/],
    ['__Host- with a domain', { prefix: '__Host-', domain: 'example.com' }, /prefix.*__Secure-/],
    ['__Host- with a path', { prefix: '__Host-', path: '/app' }, /prefix.*__Secure-/],
    ['a prefix without Secure', { prefix: '__Secure-', secure: false }, /prefix.*secure/],
    ['a name with its prefix', { name: '__Host-sid' }, /name.*prefix/],
    ['a name with its prefix in another case', { name: '__host-sid' }, /name.*prefix/],
    ['a name with a space', { name: 'my session' }, /name/],
    ['a name with a line break', { name: 'a\r\nSet-Cookie: b' }, /name/],
    ['an empty name', { name: '' }, /name/],
    ['the name of the token', { name: 'XSRF-TOKEN' }, /name/],
    ['a name that is too long', { name: 'n'.repeat(257) }, /name is longer than 256 characters/],
    ['a name that is far too long', { name: 'n'.repeat(1100) }, /name is longer/],
    ['a relative path', { path: 'app' }, /path/],
    ['a path with more attributes', { path: '/; Domain=evil.example' }, /path/],
    ['a path with a NUL', { path: '/\0' }, /path is "\/\\u0000"/],
    ['a path with a line break', { path: '/\r\n' }, /path is "\/\\r\\n"/],
    ['a path with a tab', { path: '/\ta' }, /path/],
    ['a path that is not percent-encoded', { path: '/日本' }, /"\/%E6%97%A5%E6%9C%AC"/],
    ['a path with a space', { path: '/my app' }, /"\/my%20app"/],
    ['a path with a query', { path: '/app?a' }, /path/],
    ['a path with a fragment', { path: '/app#a' }, /path/],
    ['a path with dots', { path: '/app/../b' }, /path/],
    ['a path with a backslash', { path: '/\\evil' }, /path/],
    ['a path that begins with two slashes', { path: '//app' }, /path/],
    ['a path that is longer than browsers accept', { path: `/${'a'.repeat(1024)}` }, /path/],
    ['an invalid public path', { path: '/app', publicPath: 'app' }, /publicPath/],
    ['a domain that is a URL', { domain: 'https://example.com' }, /domain/],
    ['a domain with more attributes', { domain: 'a.example; Secure' }, /domain/],
    ['a domain that is too long for a host name', { domain: `${'a.'.repeat(126)}aa` }, /domain/],
    ['an unknown SameSite', { sameSite: 'Lax; Domain=evil.example' as 'lax' }, /sameSite/],
  ])('%s', (_, cookie, message) => {
    expect(() => session({ secret, cookie })).toThrow(message)
    expect(() => session({ secret, cookie })).toThrow(/session\.cookie\./)
  })

  it.each(['__Host-XSRF', '__Secure-XSRF', '__host-XSRF'])(
    'a token name with the prefix: %s',
    (cookieName) => {
      expect(() => session({ secret, csrf: { cookieName } })).toThrow(/session\.csrf\.cookieName/)
    },
  )
})

describe('the size of a cookie (ASVS 3.3.5)', () => {
  const name = 'n'.repeat(256)
  const path = `/${'p'.repeat(1023)}`

  it('is within the limit of every browser: 4,096 bytes for name and value', async () => {
    const options = { cookie: { name }, csrf: { cookieName: `${name.slice(1)}x` } }
    const app = appWith(options)
    const client = new Client(app, 'https://app.example')
    const first = await client.get('/')
    const token = client.cookie(options.csrf.cookieName)
    const second = await client.send('POST', '/put', { headers: { 'X-CSRF-Token': token } })

    const sizes = [...setCookies(first), ...setCookies(second)].map(
      (cookie) => cookie.name.length + cookie.value.length,
    )
    expect(sizes).toHaveLength(3)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096)
  })

  it('has only attributes within the limit of browsers: 1,024 bytes', async () => {
    const [cookie] = await cookiesAt(`https://app.example${path}`, { cookie: { path } })

    expect(cookie?.attributes.get('path')).toHaveLength(1024)
  })

  it('is limited for the name of the token cookie too', () => {
    const csrf = { cookieName: 'n'.repeat(257) }

    expect(() => session({ secret, csrf })).toThrow(/session\.csrf\.cookieName is longer/)
  })
})

describe('the cookies after a sign-out over https (ASVS 3.3.3)', () => {
  it.each<[string, CookieOptions, string]>([
    ['by default', {}, '__Host-session'],
    ['with a domain', { domain: 'example.com' }, '__Secure-session'],
    ['with a path', { path: '/app' }, '__Secure-session'],
  ])('have the same names and attributes as before: %s', async (_, cookie, name) => {
    const app = new Hono()
    app.use(session({ secret, cookie, now: () => Date.UTC(2030, 0, 1) }))
    app.get('/app', (c) => c.json(c.get('session').all()))
    app.post('/app/login', (c) => c.text(String(c.get('session').signIn('ada'))))
    app.post('/app/logout', (c) => c.text(String(c.get('session').signOut())))
    const client = new Client(app, 'https://app.example.com')
    const scopes = (response: Response) =>
      setCookies(response).map((one) => [one.name, Object.fromEntries(one.attributes)])

    const issued = scopes(await client.get('/app'))
    const signedIn = scopes(await client.post('/app/login'))
    const signedOut = scopes(await client.post('/app/logout'))

    expect(issued.map(([first]) => first)).toEqual([name, 'XSRF-TOKEN'])
    expect(issued[0]?.[1]).toMatchObject({ httponly: '', secure: '', samesite: 'Lax' })
    expect(signedIn).toEqual(issued)
    expect(signedOut).toEqual(issued)
    expect(await client.json('/app')).toEqual({})
  })
})

describe('a domain that browsers refuse from this host (R13)', () => {
  const warnings = () => vi.mocked(console.warn).mock.calls.flat()

  it.each([
    ['https://app.other/', 'example.com'],
    ['https://badexample.com/', 'example.com'],
    ['https://example.com.evil.example/', 'example.com'],
    ['https://example.com/', 'shop.example.com'],
    ['https://10.0.0.7/', 'example.com'],
    ['https://app.example/', 'example'],
  ])('is logged as a warning once, with what to change: %s and %s', async (url, domain) => {
    const app = appWith({ cookie: { domain } })
    for (let i = 0; i < 3; i += 1) await ask(app, url)

    expect(warnings()).toHaveLength(1)
    expect(warnings()[0]).toMatch(/session\.cookie\.domain/)
    expect(warnings()[0]).toMatch(/Host/)
  })

  it.each([
    ['https://example.com/', 'example.com'],
    ['https://shop.example.com/', 'example.com'],
    ['https://a.shop.example.com:8443/', '.Example.com'],
    ['http://localhost:3000/', 'localhost'],
    ['https://10.0.0.7/', '10.0.0.7'],
  ])('is not logged for a valid pair: %s and %s', async (url, domain) => {
    await ask(appWith({ cookie: { domain } }), url)

    expect(warnings()).toEqual([])
  })

  it('is not logged for a request that gets no cookie, such as a health check', async () => {
    const app = new Hono()
    app.use(session({ secret, cookie: { domain: 'example.com' } }))
    app.get('/health', (c) => c.text('ok'))

    await ask(app, 'http://10.0.0.7:3000/health', { headers: { 'X-Forwarded-Proto': 'https' } })

    expect(warnings()).toEqual([])
  })
})

describe('plain http in production (R13)', () => {
  const warnings = () => vi.mocked(console.warn).mock.calls.flat().join('\n')

  it('is logged as a warning once, with what to do', async () => {
    const app = appWith()
    for (let i = 0; i < 3; i += 1) await ask(app, 'http://app.example/')

    expect(vi.mocked(console.warn)).toHaveBeenCalledTimes(1)
    expect(warnings()).toMatch(/https/)
    expect(warnings()).toMatch(/X-Forwarded-Proto/)
  })

  it.each<[string, string, SessionOptions, Record<string, string>]>([
    ['over https', 'https://app.example/', {}, {}],
    [
      'behind a proxy that ends the TLS',
      'http://app.example/',
      {},
      { 'X-Forwarded-Proto': 'https' },
    ],
    ['on a loopback host', 'http://localhost/', {}, {}],
    ['if the cookie is not Secure', 'http://app.example/', { cookie: { secure: false } }, {}],
  ])('is not logged %s', async (_, url, options, headers) => {
    await ask(appWith(options), url, { headers })

    expect(warnings()).toBe('')
  })
})

import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { CsrfOptions } from '../config.ts'
import { resolveOptions } from '../options.ts'

const resolve = (csrf: CsrfOptions) => resolveOptions({ csrf }, {}).csrf

describe('a trusted origin', () => {
  it.each([
    'https://app.example.com',
    'http://localhost:3000',
    'https://a.example:8443',
    'http://[::1]:3000',
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'app://.',
    'chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb',
    'moz-extension://7b8f5a5c-2f0c-4d43-9c0c-2d1f1b1f0c11',
  ])('is accepted if it is complete: %s', (origin) => {
    expect(resolve({ trustedOrigins: [origin] }).trustedOrigins).toContain(origin)
  })

  it.each([
    'app.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://app.example.com?x',
    'https://user@app.example.com',
    'https://APP.example.com',
    'https://app.example.com:443',
    '*',
    'https://*.example.com',
    'null',
    '',
    'https://',
    '//app.example.com',
    'https://app.example.com ',
    'file:///x',
    'javascript:alert(1)',
    'file://',
    'about:blank',
    'blob:https://app.example.com',
    'data:text/html,x',
    'wss://app.example.com',
    'ftp://app.example.com',
    'capacitor:',
    'capacitor:localhost',
    'capacitor://',
    'capacitor:///x',
    'capacitor://localhost/',
    'capacitor://localhost/index.html',
    'capacitor://localhost?x',
    'capacitor://localhost#x',
    'capacitor://user@localhost',
    'capacitor://*',
    'Capacitor://localhost',
    'capacitor://local host',
    'capacitor://localhost, ionic://localhost',
    'capacitor://localhost\n',
    '\u00a0https://app.example.com',
    '1app://localhost',
  ])('is refused if it is anything else: %j', (origin) => {
    expect(() => resolve({ trustedOrigins: [origin] })).toThrow(/session\.csrf\.trustedOrigins/)
  })

  it.each(['*', 'https://*.a.example', 'http://localhost:*'])(
    'is refused if it has a wildcard, and the error says what works: %j',
    (origin) => {
      expect(() => resolve({ trustedOrigins: [origin] })).toThrow(
        'Wildcards do not work: list each origin, or set session.csrf.allowSameSite for hosts of the same site.',
      )
    },
  )
})

describe('a path of csrf.ignore', () => {
  async function ignores(listed: string, requested: string): Promise<boolean> {
    const { ignores } = resolve({ ignore: [listed] })
    const app = new Hono().get('*', async (c) => c.json(await ignores(c)))
    const response = await app.request(`http://localhost${requested}`)
    return response.json()
  }

  it.each([
    ['/hooks', '/hooks'],
    ['/hooks', '/hooks?from=pay'],
    ['/a b', '/a%20b'],
    ['/a%20b', '/a%20b'],
    ['/s\u00f8k', '/s%C3%B8k'],
    ['/s%c3%b8k', '/s%C3%B8k'],
    ['/a%2Fb', '/a%2Fb'],
    ['/100%25', '/100%25'],
  ])('%j matches a request to %j', async (listed, requested) => {
    expect(await ignores(listed, requested)).toBe(true)
  })

  it.each([
    ['/hooks', '/hooks/'],
    ['/hooks', '/Hooks'],
    ['/a b', '/a+b'],
    ['/a b', '/a%2520b'],
    ['/a%20b', '/a%2520b'],
    ['/a/b', '/a%2Fb'],
  ])('%j does not match a request to %j', async (listed, requested) => {
    expect(await ignores(listed, requested)).toBe(false)
  })
})

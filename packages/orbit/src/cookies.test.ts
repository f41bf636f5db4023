import { describe, expect, it } from 'vitest'
import {
  type CookieSettings,
  isWithinPath,
  readCookies,
  sessionCookieName,
  writeCookie,
} from './cookies.ts'
import { isForeignDomain } from './warnings.ts'

const read = (header: string | null) => readCookies(header, '__Host-session', 'XSRF-TOKEN')

describe('reading a Cookie header (R13)', () => {
  it.each<[string | null, string[]]>([
    [null, []],
    ['', []],
    ['__Host-session=a', ['a']],
    ['x=1; __Host-session=a; y=2', ['a']],
    ['x=1;__Host-session=a;y=2', ['a']],
    ['\t__Host-session \t=\t a \t', ['a']],
    ['__Host-session=a=b=', ['a=b=']],
    ['__Host-session=', ['']],
    ['__Host-session=a; __Host-session=b', ['a', 'b']],
    ['__Host-session', []],
    ['=__Host-session=a', []],
    ['==__Host-session=a', []],
    ['session=a', []],
    ['__host-session=a', []],
    ['__Host-session2=a', []],
    ['x__Host-session=a', []],
    ['__Host%2Dsession=a', []],
    ['\u00a0__Host-session=a', []],
    ['\u2003__Host-session=a', []],
    ['\ufeff__Host-session=a', []],
    ['\u000b__Host-session=a', []],
    ['\u0000__Host-session=a', []],
    ['"__Host-session"=a', []],
    ['x="a; __Host-session=b"', ['b"']],
    ['$Version=1; __Host-session=a', ['a']],
    [',__Host-session=a', []],
  ])('finds in %j the values %j', (header, session) => {
    expect(read(header).session).toEqual(session)
  })

  it('does not unescape values', () => {
    expect(read('__Host-session=%61%ZZ+').session).toEqual(['%61%ZZ+'])
  })

  it('returns every token under the name', () => {
    expect(read('a=1; XSRF-TOKEN=t').csrf).toEqual(['t'])
    expect(read('XSRF-TOKEN=t; a=1; XSRF-TOKEN=u').csrf).toEqual(['t', 'u'])
    expect(read('xsrf-token=t').csrf).toEqual([])
  })
})

describe('the path of a cookie (RFC 6265, 5.1.4)', () => {
  it.each([
    ['/', 'https://a.example/', true],
    ['/', 'https://a.example/x/y', true],
    ['/admin', 'https://a.example/admin', true],
    ['/admin', 'https://a.example/admin/', true],
    ['/admin', 'https://a.example/admin/x', true],
    ['/admin', 'https://a.example:8443/admin?x=/y', true],
    ['/admin', 'https://a.example/admin#x', true],
    ['/admin', 'https://a.example/administrator', false],
    ['/admin', 'https://a.example/Admin', false],
    ['/admin', 'https://a.example//admin', false],
    ['/admin', 'https://a.example/?/admin', false],
    ['/admin', 'https://a.example/', false],
    ['/admin', 'https://a.example', false],
    ['/admin', 'https://admin/', false],
    ['/admin/', 'https://a.example/admin', false],
    ['/admin/', 'https://a.example/admin/x', true],
    ['/a%20b', 'https://a.example/a%20b/c', true],
    ['/~a', 'https://a.example/%7Ea', false],
  ])('%s and %s: %s', (path, url, isInside) => {
    expect(isWithinPath({ path, publicPath: '' }, url)).toBe(isInside)
  })
})

describe('the domain of a cookie (RFC 6265, 5.3)', () => {
  it.each([
    ['example.com', 'https://example.com/', false],
    ['example.com', 'https://www.example.com/', false],
    ['.Example.COM', 'https://WWW.example.com/', false],
    ['localhost', 'http://localhost:3000/', false],
    ['example.com', 'https://notexample.com/', true],
    ['example.com', 'https://example.com.evil.example/', true],
    ['www.example.com', 'https://example.com/', true],
    ['com', 'https://example.com/', true],
    ['example.com', 'https://[::1]/', true],
    ['example.com', 'not a URL', true],
  ])('%s, for %s, is foreign: %s', (domain, url, isForeign) => {
    expect(isForeignDomain(domain, url)).toBe(isForeign)
  })
})

describe('writing cookies (R13)', () => {
  const settings: CookieSettings = {
    name: 'session',
    prefix: '__Host-',
    path: '/',
    publicPath: '',
    domain: undefined,
    sameSite: 'lax',
    secure: 'auto',
    expireOnClose: false,
    csrfName: 'XSRF-TOKEN',
  }
  const given = { value: 'v', secure: true, maxAgeSeconds: 100 }

  it('adds the prefix to the name only if the cookie is Secure', () => {
    expect(sessionCookieName(settings, true)).toBe('__Host-session')
    expect(sessionCookieName(settings, false)).toBe('session')
  })

  it('writes all attributes of the scope', () => {
    expect(writeCookie(settings, { kind: 'session', ...given })).toBe(
      '__Host-session=v; Max-Age=100; Path=/; HttpOnly; Secure; SameSite=Lax',
    )
    expect(writeCookie(settings, { kind: 'csrf', ...given })).toBe(
      'XSRF-TOKEN=v; Max-Age=100; Path=/; Secure; SameSite=Lax',
    )
    expect(writeCookie(settings, { kind: 'session', ...given, secure: false })).toBe(
      'session=v; Max-Age=100; Path=/; HttpOnly; SameSite=Lax',
    )
  })

  it.each([
    [1.9, 1],
    [0.5, 0],
    [-5, 0],
    [1e12, 400 * 86_400],
  ])('a Max-Age of %d becomes %d', (maxAgeSeconds, written) => {
    const cookie = writeCookie(settings, { kind: 'session', ...given, maxAgeSeconds })

    expect(cookie).toContain(`Max-Age=${written};`)
  })

  it('writes no Max-Age for a cookie that is deleted when the browser closes', () => {
    const forgetful = { ...settings, expireOnClose: true }

    expect(writeCookie(forgetful, { kind: 'session', ...given })).not.toMatch(/max-age|expires/i)
  })
})

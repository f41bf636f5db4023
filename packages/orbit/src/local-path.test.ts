import fc from 'fast-check'
import { type Context, Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { localPath } from './local-path.ts'

const shop = 'https://shop.example/login?to=x'

/** The context of a request for `url`. */
async function contextAt(url: string): Promise<Context> {
  const contexts: Context[] = []
  const app = new Hono().all('*', (c) => {
    contexts.push(c)
    return c.body(null)
  })
  await app.request(url)
  const [context] = contexts
  if (!context) throw new Error('the handler did not run')
  return context
}

async function pathFor(to: unknown, fallback?: string, url = shop): Promise<string> {
  return localPath(await contextAt(url), to, fallback)
}

describe('A path of this app', () => {
  it.each([
    '/',
    '/account',
    '/account/orders/7?page=2&sort=date#last',
    '/search?q=a//b\\c&to=https://evil.example/#//evil.example',
    '/@evil.example',
    '/javascript:alert(1)',
    '/a//b',
    // Encoded characters belong to the path, for browsers too.
    '/%2f%2fevil.example',
    '/%5cevil.example',
    '/%09/evil.example',
    '/%00',
  ])('is returned unchanged: %s', async (to) => {
    expect(await pathFor(to, '/account')).toBe(to)
  })

  it.each([
    ['/a/../b/./c', '/b/c'],
    ['/a\\b', '/a/b'],
    ['/größe?q=日本', '/gr%C3%B6%C3%9Fe?q=%E6%97%A5%E6%9C%AC'],
    ['/a b', '/a%20b'],
    ['/a\tb\nc', '/abc'],
    ['/a\r\nSet-Cookie: x=y', '/aSet-Cookie:%20x=y'],
    ['/a\u0000b', '/a%00b'],
    ['/\ud800', '/%EF%BF%BD'],
    // These only look like slashes: fullwidth, division, big, fraction.
    ['/／evil.example', '/%EF%BC%8Fevil.example'],
    ['/∕evil.example', '/%E2%88%95evil.example'],
    ['/⧸⁄evil.example', '/%E2%A7%B8%E2%81%84evil.example'],
    ['/＼evil.example', '/%EF%BC%BCevil.example'],
    ['/\u2028/evil.example', '/%E2%80%A8/evil.example'],
    ['/\ufeff/evil.example', '/%EF%BB%BF/evil.example'],
    ['/\u00a0/evil.example', '/%C2%A0/evil.example'],
  ])('is normalized as in a browser: %j', async (to, path) => {
    expect(await pathFor(to)).toBe(path)
  })

  it.each([
    ['https://shop.example/account?a=b#c', '/account?a=b#c'],
    ['https://shop.example', '/'],
    ['HTTPS://SHOP.EXAMPLE/Account', '/Account'],
    ['https://shop.example:443/account', '/account'],
    ['//shop.example/account', '/account'],
    ['https://ada:secret@shop.example/account', '/account'],
    // The page was loaded over http before. The path is the same.
    ['http://shop.example/account', '/account'],
    ['https://ｓｈｏｐ。example/account', '/account'],
  ])('may have our own origin, which is removed: %s', async (to, path) => {
    expect(await pathFor(to)).toBe(path)
  })

  it('may have the origin that a browser sees before a proxy', async () => {
    const behind = 'http://shop.example/login'
    expect(await pathFor('https://shop.example/account', '/', behind)).toBe('/account')

    const atPort = 'http://localhost:3000/login'
    expect(await pathFor('http://localhost:3000/account', '/', atPort)).toBe('/account')
    expect(await pathFor('http://localhost:5173/account', '/', atPort)).toBe('/')
  })
})

describe('The fallback replaces', () => {
  it.each([
    // Another host.
    '//evil.example',
    '///evil.example',
    '////evil.example/account',
    'https://evil.example/account',
    'http://evil.example',
    'https:////evil.example',
    '//evil.example\\@shop.example',
    'https://evil.example#@shop.example',
    'https://evil.example?@shop.example',
    // Backslashes.
    '/\\evil.example',
    '\\\\evil.example',
    '\\/evil.example',
    '/\\/evil.example',
    'https:\\\\evil.example',
    'https://evil.example\\.shop.example',
    // Characters that a browser skips.
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r/evil.example',
    '/\r\n/evil.example',
    '/\t\\evil.example',
    '\t//evil.example',
    ' //evil.example',
    ' /account',
    '\u0000//evil.example',
    '\u001f/account',
    // Without its dots, the rest is another host.
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    '/%2E%2e//evil.example',
    '/./\\evil.example',
    'https://shop.example//evil.example',
    'https://shop.example/\\evil.example',
    // User info.
    'https://shop.example@evil.example',
    'https://shop.example:443@evil.example',
    '//shop.example@evil.example',
    'https://shop.example%40evil.example',
    'https://shop.example%2f@evil.example',
    // These only look like our host.
    'https://shop.example.evil.example',
    'https://evilshop.example',
    'https://shop.example:8443/account',
    'https://shop.example:444',
    'https://shop.example./account',
    'https://ѕhop.example/account',
    '//。evil.example',
    // Other schemes, and URLs relative to the page.
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    ' javascript:alert(1)',
    'javascript://shop.example/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'ftp://shop.example/account',
    'ws://shop.example/account',
    'file:///etc/passwd',
    'blob:https://shop.example/1',
    'view-source:https://shop.example/',
    'https:evil.example',
    'https:/evil.example',
    'account',
    '?page=2',
    '#top',
    '../account',
    'evil.example',
    // Encoded as a whole, it is not a path.
    '%2f%2fevil.example',
    '%2faccount',
    '%5c%5cevil.example',
    '&#47;&#47;evil.example',
    // These cannot be parsed.
    '',
    'https://',
    '//',
    '///',
    '//[',
    'https://shop.example:port/',
    'https://xn--/',
  ])('%j', async (to) => {
    expect(await pathFor(to, '/account')).toBe('/account')
  })

  it.each([
    undefined,
    null,
    0,
    true,
    ['/account'],
    [],
    {},
    { toString: () => '/account' },
    new String('/account'),
    new URL('https://shop.example/account'),
    new File(['/account'], 'to.txt'),
    () => '/account',
    Symbol('/account'),
  ])('a value that is not a string: %#', async (to) => {
    expect(await pathFor(to, '/home')).toBe('/home')
  })

  it('a path that is too long for a header', async () => {
    const longest = `/${'a'.repeat(2047)}`
    expect(await pathFor(longest)).toBe(longest)
    expect(await pathFor(`${longest}a`, '/home')).toBe('/home')
    expect(await pathFor(`/${'/'.repeat(1e6)}evil.example`, '/home')).toBe('/home')
    expect(await pathFor(`/${'日'.repeat(300)}`, '/home')).toBe('/home')
  })
})

describe('The fallback', () => {
  it('is / by default', async () => {
    expect(await pathFor('//evil.example')).toBe('/')
  })

  it('is not used for a path of this app', async () => {
    expect(await pathFor('/account', '/home')).toBe('/account')
  })

  it('is also checked, because it may come from another page, such as the Referer', async () => {
    expect(await pathFor(undefined, 'https://shop.example/cart?page=2')).toBe('/cart?page=2')
    expect(await pathFor(undefined, 'https://evil.example/cart')).toBe('/')
    expect(await pathFor('//evil.example', '/\\evil.example')).toBe('/')
    expect(await pathFor(undefined, 'javascript:alert(1)')).toBe('/')
    expect(await pathFor(undefined, '')).toBe('/')
  })
})

describe('With any input', () => {
  const pieces = [
    '/',
    '\\',
    '.',
    '..',
    '\t',
    '\n',
    '\r',
    '\0',
    ' ',
    '@',
    ':',
    '?',
    '#',
    '%2f',
    '%2e',
  ]
  const words = [
    'evil.example',
    'shop.example',
    'https:',
    'http:',
    'javascript:',
    'a',
    'ü',
    '／',
    '[',
  ]
  const address = fc
    .array(fc.constantFrom(...pieces, ...pieces, ...words), { minLength: 1, maxLength: 8 })
    .map((parts) => parts.join(''))

  it('the browser stays on the origin', async () => {
    const c = await contextAt(shop)
    const paths = new Set<string>()
    fc.assert(
      fc.property(
        fc.oneof(
          address,
          address.map((rest) => `/${rest}`),
        ),
        (to) => {
          const path = localPath(c, to, '/home')
          paths.add(path)
          expect(new URL(path, shop).origin).toBe('https://shop.example')
          expect(path).toMatch(/^\/(?!\/)[!-~]*$/)
        },
      ),
      { numRuns: 20_000 },
    )
    expect(paths.size).toBeGreaterThan(1000)
  })
})

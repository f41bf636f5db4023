import { describe, expect, it } from 'vitest'
import { judgeOrigin } from './origin.ts'

const trusted = new Set([
  'https://trusted.example',
  'https://other.example:8443',
  'capacitor://localhost',
])

type Asked = Partial<Parameters<typeof judgeOrigin>[0]>

function judge(asked: Asked): string {
  const url = asked.url ?? 'https://app.example/path'
  return judgeOrigin({
    url,
    isHttps: () => url.startsWith('https:'),
    fetchSite: undefined,
    origin: undefined,
    trusted,
    allowSameSite: false,
    ...asked,
  })
}

describe('our own origin (R20)', () => {
  it.each<[string, string]>([
    ['https://app.example/', 'https://app.example'],
    ['https://app.example:443/', 'https://app.example'],
    ['https://app.example:8443/x?y', 'https://app.example:8443'],
    ['http://app.example/', 'http://app.example'],
    ['http://localhost:3000/', 'http://localhost:3000'],
    ['http://[::1]:3000/', 'http://[::1]:3000'],
    ['https://xn--mnchen-3ya.example/', 'https://xn--mnchen-3ya.example'],
    // A proxy terminates TLS.
    ['http://app.example/', 'https://app.example'],
    ['http://app.example:8443/', 'https://app.example:8443'],
  ])('for %s is %s', (url, origin) => {
    expect(judge({ url, origin })).toBe('ours')
  })

  it.each<[string, string]>([
    ['https://app.example/', 'http://app.example'],
    ['https://app.example/', 'https://app.example:8443'],
    ['https://app.example:8443/', 'https://app.example'],
    ['https://app.example/', 'https://app.example.'],
    ['https://app.example./', 'https://app.example'],
    ['https://app.example/', 'https://app.example/'],
    ['https://app.example/', 'https://APP.EXAMPLE'],
    ['https://app.example/', 'https://app.example:443'],
    ['https://app.example/', 'https://app.example.evil.example'],
    ['https://app.example/', 'https://evil-app.example'],
    ['https://app.example/', 'https://sub.app.example'],
    ['https://sub.app.example/', 'https://app.example'],
    ['https://app.example/', 'https://app.example@evil.example'],
    ['https://app.example/', 'https://evil.example/https://app.example'],
    ['https://app.example/', 'https://evil.example#app.example'],
    ['https://app.example/', 'app.example'],
    ['https://app.example/', '//app.example'],
    ['https://app.example/', 'null'],
    ['https://app.example/', ''],
    ['https://app.example/', 'https://'],
    ['https://app.example/', ' https://app.example'],
    ['https://app.example/', 'https://app.example, https://evil.example'],
    ['https://app.example/?x=https://evil.example', 'https://evil.example'],
    ['https://app.example/', 'file://'],
    ['https://app.example/', '\u0000'],
  ])('for %s is not %j', (url, origin) => {
    expect(judge({ url, origin })).toBe('origin')
  })
})

describe('a URL whose host browsers cannot open has no origin', () => {
  it.each([
    ['http://xn--/', 'http://xn--'],
    ['http://xn--a/', 'https://xn--a'],
    ['http://256.256.256.256/', 'http://256.256.256.256'],
    ['http://localhost:99999/', 'http://localhost:99999'],
    ['http://[::1/', 'http://[::1'],
    ['http:///', 'http://'],
    ['/path', 'http://localhost'],
    ['', ''],
  ])('%j, with Origin: %s', (url, origin) => {
    expect(judge({ url, origin })).toBe('origin')
  })
})

it('if a proxy reports that the browser uses https, our own origin is only the https one', () => {
  const behind = { url: 'http://app.example/', isHttps: () => true }

  expect(judge({ ...behind, origin: 'https://app.example' })).toBe('ours')
  expect(judge({ ...behind, origin: 'http://app.example' })).toBe('origin')
})

describe('Sec-Fetch-Site (R20)', () => {
  it.each<[string, Asked, string]>([
    ['same-origin is accepted', { fetchSite: 'same-origin' }, 'ours'],
    [
      'same-origin is accepted with any Origin',
      { fetchSite: 'same-origin', origin: 'null' },
      'ours',
    ],
    ['cross-site is refused', { fetchSite: 'cross-site' }, 'cross-site'],
    [
      'cross-site is refused, even with our origin',
      { fetchSite: 'cross-site', origin: 'https://app.example' },
      'cross-site',
    ],
    [
      'cross-site is accepted from a trusted origin',
      { fetchSite: 'cross-site', origin: 'https://trusted.example' },
      'ours',
    ],
    [
      'cross-site is refused from an origin that only looks trusted',
      { fetchSite: 'cross-site', origin: 'http://trusted.example' },
      'cross-site',
    ],
    [
      'cross-site is refused even if same-site is allowed',
      { fetchSite: 'cross-site', allowSameSite: true },
      'cross-site',
    ],
    [
      'same-site is refused',
      { fetchSite: 'same-site', origin: 'https://sub.app.example' },
      'cross-site',
    ],
    [
      'same-site is accepted if it is allowed',
      { fetchSite: 'same-site', allowSameSite: true },
      'ours',
    ],
    [
      'same-site is accepted from a trusted origin',
      { fetchSite: 'same-site', origin: 'https://trusted.example' },
      'ours',
    ],
    ['none without Origin: the token decides', { fetchSite: 'none' }, 'unknown'],
    [
      'none with another Origin is refused',
      { fetchSite: 'none', origin: 'https://evil.example' },
      'origin',
    ],
    ['none with an opaque Origin is refused', { fetchSite: 'none', origin: 'null' }, 'origin'],
    [
      'none with our Origin is accepted',
      { fetchSite: 'none', origin: 'https://app.example' },
      'ours',
    ],
    ['without both headers the token decides', {}, 'unknown'],
    [
      'an unknown value counts as absent',
      { fetchSite: 'same_origin', origin: 'https://evil.example' },
      'origin',
    ],
    [
      'a value in another case counts as absent',
      { fetchSite: 'SAME-ORIGIN', origin: 'https://evil.example' },
      'origin',
    ],
    [
      'two values count as absent',
      { fetchSite: 'same-origin, same-origin', origin: 'https://evil.example' },
      'origin',
    ],
    [
      'an empty value counts as absent',
      { fetchSite: '', origin: 'https://evil.example' },
      'origin',
    ],
  ])('%s', (_, asked, verdict) => {
    expect(judge(asked)).toBe(verdict)
  })
})

describe('a trusted origin', () => {
  it.each([
    ['https://trusted.example', 'ours'],
    ['https://other.example:8443', 'ours'],
    ['http://trusted.example', 'origin'],
    ['https://trusted.example:444', 'origin'],
    ['https://other.example', 'origin'],
    ['https://a.trusted.example', 'origin'],
    ['https://trusted.example.evil.example', 'origin'],
    ['capacitor://localhost', 'ours'],
    ['capacitor://LOCALHOST', 'origin'],
    ['capacitor://localhost:80', 'origin'],
    ['capacitor://localhost/', 'origin'],
    ['capacitor://', 'origin'],
    ['capacitor:', 'origin'],
    ['ionic://localhost', 'origin'],
    ['null', 'origin'],
  ])('%s is %s', (origin, verdict) => {
    expect(judge({ origin })).toBe(verdict)
  })
})

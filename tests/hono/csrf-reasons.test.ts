import type { CsrfRefusal } from '@gravito/orbit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from './client.ts'
import { formed, multipart, urlencoded } from './forms.ts'
import { arrived, secret, setting, signedIn } from './setting.ts'

const form = { 'Content-Type': urlencoded }

/** The configured names. Each is different from the default. */
const own = {
  cookie: { name: 'shop' },
  csrf: {
    cookieName: 'SHOP-XSRF',
    headerName: 'X-Shop-Token',
    fieldNames: ['shop_token', 'st'],
    maxFormBytes: 100,
  },
} as const

interface Told {
  readonly reason: CsrfRefusal
  readonly message: string
}

async function told(response: Response): Promise<Told> {
  expect(response.status).toBe(403)
  const { error }: { error: Told } = Object(await response.json())
  return error
}

async function advised(response: Response): Promise<string> {
  expect(response.status).toBe(403)
  const [, advice = ''] = /<p>(.*?)<\/p>/.exec(await response.text()) ?? []
  return advice
}

/** Each refusal: its request, its reason, and what its message and its page must say. */
const cases: {
  what: string
  reason: CsrfRefusal
  send: (ada: Client, headers: Record<string, string>) => Promise<Response>
  says: RegExp
  advises: RegExp
}[] = [
  {
    what: 'no cookie at all',
    reason: 'no-session',
    send: (ada, headers) => {
      ada.drop('shop')
      return ada.send('POST', '/put', { headers })
    },
    says: /^The request carries no session cookie \(shop\)\. .*credentials: 'include'/,
    advises: /no valid cookie of this site.*allow cookies/,
  },
  {
    what: 'a cookie that another secret signed',
    reason: 'no-session',
    send: async (ada, headers) => {
      const other = setting({ ...own, secret: `${secret}, another` })
      const client = other.client()
      await client.get('/me')
      ada.set('shop', client.cookie('shop'))
      return ada.send('POST', '/put', { headers })
    },
    says: /^The session cookie shop of the request is not valid here/,
    advises: /no valid cookie of this site/,
  },
  {
    what: 'a forgotten field',
    reason: 'missing',
    send: (ada, headers) =>
      ada.send('POST', '/put', { body: 'item=tea', headers: { ...form, ...headers } }),
    says: /^The request carries no CSRF token\. .*SHOP-XSRF cookie .*X-Shop-Token or X-XSRF-TOKEN.* shop_token or st\)/,
    advises: /mistake in the page/,
  },
  {
    what: 'the token under the default names, which are not configured',
    reason: 'missing',
    send: (ada, headers) => {
      const token = ada.cookie('SHOP-XSRF')
      const sent = { ...form, ...headers, 'X-CSRF-Token': token }
      return ada.send('POST', '/put', { body: `_token=${token}&_csrf=${token}`, headers: sent })
    },
    says: /X-Shop-Token/,
    advises: /mistake in the page/,
  },
  {
    what: 'a form that is too large',
    reason: 'too-large',
    send: (ada, headers) => {
      const body = `text=${'x'.repeat(100)}&shop_token=${ada.cookie('SHOP-XSRF')}`
      return ada.send('POST', '/put', { body, headers: { ...form, ...headers } })
    },
    says: /^The form is larger than csrf\.maxFormBytes, and its first 100 bytes .*shop_token or st .*X-Shop-Token/,
    advises: /larger than this site can check/,
  },
  {
    what: 'an upload that is too large',
    reason: 'too-large',
    send: (ada, headers) => {
      const file = new File(['x'.repeat(1000)], 'x')
      const body = multipart({ file, shop_token: ada.cookie('SHOP-XSRF') })
      return ada.send('POST', '/put', { body, headers })
    },
    says: /first 100 bytes/,
    advises: /larger than this site can check/,
  },
  {
    what: 'the token from before the sign-in',
    reason: 'mismatch',
    send: async (ada, headers) => {
      const before = ada.cookie('SHOP-XSRF')
      await ada.send('POST', '/login?as=bob', { headers: { 'X-Shop-Token': before } })
      return ada.send('POST', '/put', { headers: { ...headers, 'X-Shop-Token': before } })
    },
    says: /^The CSRF token does not belong to this session.*SHOP-XSRF/,
    advises: /out of date.*may have signed in or out.*Go back, reload the page/,
  },
  {
    what: 'the token twice',
    reason: 'mismatch',
    send: (ada, headers) => {
      const body = ['shop_token', 'st'].map((name) => `${name}=${ada.cookie('SHOP-XSRF').slice(9)}`)
      return ada.send('POST', '/put', { body: body.join('&'), headers: { ...form, ...headers } })
    },
    says: /or the request carries several/,
    advises: /Go back, reload the page/,
  },
  {
    what: 'another site',
    reason: 'cross-site',
    send: (ada, headers) =>
      ada.send('POST', '/put', { headers: { ...headers, 'Sec-Fetch-Site': 'cross-site' } }),
    says: /^The request comes from another site \(Sec-Fetch-Site: cross-site\)\. .*csrf\.trustedOrigins/,
    advises: /Another site sent this/,
  },
  {
    what: 'another host of the same site',
    reason: 'cross-site',
    send: (ada, headers) =>
      ada.send('POST', '/put', { headers: { ...headers, 'Sec-Fetch-Site': 'same-site' } }),
    says: /^The request comes from another host or port of this site .*csrf\.allowSameSite/,
    advises: /Another site sent this/,
  },
  {
    what: 'another origin',
    reason: 'origin',
    send: (ada, headers) =>
      ada.send('POST', '/put', { headers: { ...headers, Origin: 'https://evil.example' } }),
    says: /^The request comes from another origin\. .*csrf\.trustedOrigins.*Host header/,
    advises: /Another site sent this/,
  },
  {
    what: 'an origin that the browser hides, which cannot be trusted by an option',
    reason: 'origin',
    send: (ada, headers) => ada.send('POST', '/put', { headers: { ...headers, Origin: 'null' } }),
    says: /^The browser does not say where .*Origin: null(?!.*trustedOrigins).*Referrer-Policy/,
    advises: /your browser did not say which page/,
  },
]

async function begun() {
  const world = setting(own)
  const ada = world.client()
  await ada.get('/me')
  const headers = { 'X-Shop-Token': ada.cookie('SHOP-XSRF') }
  expect((await ada.send('POST', '/login', { headers })).status).toBe(200)
  return { world, ada }
}

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('the reason and the message of a refusal match the cause', () => {
  it.each(cases)('$what: $reason', async ({ reason, send, says }) => {
    const { ada } = await begun()

    const error = await told(await send(ada, {}))

    expect(error).toEqual({ code: 'csrf-refused', reason, message: expect.stringMatching(says) })
  })

  it.each(cases)('$what, on the page for the user', async ({ send, advises }) => {
    const { ada } = await begun()

    expect(await advised(await send(ada, { Accept: 'text/html' }))).toMatch(advises)
  })

  it('a session that has ended: expired', async () => {
    const { world, ada } = await begun()
    world.clock.pass(1e6)
    const headers = { 'X-Shop-Token': ada.cookie('SHOP-XSRF') }

    expect(await told(await ada.send('POST', '/put', { headers }))).toMatchObject({
      reason: 'expired',
      message: expect.stringMatching(/a session that has ended\. Reload the page/),
    })
    const page = { headers: { ...headers, Accept: 'text/html' } }
    expect(await advised(await ada.send('POST', '/put', page))).toMatch(/Your session ended/)
  })

  it('with the default names if nothing is configured', async () => {
    const world = formed()
    const ada = await signedIn(world.client())

    const missing = await told(await ada.send('POST', '/put'))
    expect(missing.message).toBe(
      'The request carries no CSRF token. Send the value of the XSRF-TOKEN cookie in the header X-CSRF-Token or X-XSRF-TOKEN, or put csrf.field() into the form (the field _token or _csrf).',
    )
    const newcomer = await told(await world.client().send('POST', '/put'))
    expect(newcomer.message).toContain('no session cookie (session)')
  })

  it('with the name that the cookie has over https', async () => {
    const world = setting({ cookie: { secure: true } })

    const request = new Request('https://shop.example/put', { method: 'POST' })
    const { message } = await told(await world.app.request(request))

    expect(message).toContain('no session cookie (__Host-session)')
  })

  it('with a header name once, even if both headers have the same name', async () => {
    const world = setting({ csrf: { headerName: 'X-XSRF-TOKEN' } })
    const visitor = await arrived(world.client())
    const { message } = await told(await visitor.send('POST', '/put'))

    expect(message.match(/X-XSRF-TOKEN/g)).toHaveLength(1)
  })

  it('and every refusal sets no cookie and has the right Vary', async () => {
    for (const { send } of cases) {
      const { ada } = await begun()
      const response = await send(ada, {})

      expect(response.headers.getSetCookie()).toEqual([])
      expect(response.headers.get('Cache-Control')).toBe('no-store')
      expect(response.headers.get('Vary')).toBe('Accept, Sec-Fetch-Site, Origin')
    }
  })
})

describe('the log of refusals', () => {
  const lines = () => vi.mocked(console.warn).mock.calls.map(([line]) => String(line))

  it('contains the method, path, reason and message', async () => {
    const { ada } = await begun()
    await ada.send('POST', '/put?token=secret')

    expect(lines()).toEqual([
      expect.stringMatching(
        /^CSRF: POST "\/put" was refused with "missing"\. The request carries no CSRF token\. /,
      ),
    ])
  })

  it('has at most one line a minute for each reason', async () => {
    const { world, ada } = await begun()
    const missing = () => ada.send('POST', '/put')
    const elsewhere = () => ada.send('POST', '/put', { headers: { Origin: 'null' } })
    const reasons = () => lines().map((line) => /with "([^"]+)"/.exec(line)?.[1])

    for (let i = 0; i < 5; i += 1) await missing()
    await elsewhere()
    world.clock.pass(59)
    await missing()
    expect(reasons()).toEqual(['missing', 'origin'])
    world.clock.pass(2)
    await missing()
    expect(reasons()).toEqual(['missing', 'origin', 'missing'])
  })

  it.each([
    ['a line break', '/a%0aCSRF:%20b', '"/a\\nCSRF: b"'],
    ['a carriage return', '/a%0db', '"/a\\rb"'],
    ['an escape sequence', '/a%1b[2Jb', '"/a\\u001b[2Jb"'],
    ['a control character of eight bits', '/a%c2%9b2Jb', '"/a\\u009b2Jb"'],
    ['text that runs from right to left', '/a%e2%80%aeb', '"/a\\u202eb"'],
    ['a quote', '/a%22b', '"/a\\"b"'],
  ])('cannot be forged by a path with %s', async (_, path, logged) => {
    const { ada } = await begun()
    await ada.send('POST', path)

    expect(lines()).toEqual([expect.stringContaining(`CSRF: POST ${logged} was refused`)])
  })

  it('contains only the beginning of a long path', async () => {
    const { ada } = await begun()
    await ada.send('POST', `/${'a'.repeat(5000)}`)

    expect(lines()[0]?.length).toBeLessThan(600)
  })

  it('says that a request would be refused if refusals are only reported', async () => {
    const world = setting({ csrf: { reportOnly: true } })
    await world.client().send('POST', '/put')

    expect(lines()).toEqual([
      expect.stringContaining('CSRF: POST "/put" would be refused with "no-session". '),
    ])
  })
})

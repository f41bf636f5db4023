import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { type CsrfFetch, type CsrfFetchOptions, createCsrfFetch, csrfFetch } from './client.ts'

// Which requests are sent after which response. tests/browser has the responses of our server and a real browser.

const origin = 'https://shop.example'
const url = `${origin}/notes`
const post = { method: 'POST' }

type Answer = (page: { cookie: string }) => Response

/** A page with these cookies. It records its requests, which get these responses in turn, and then a 200. */
function openPage(cookie: string, ...answers: Answer[]) {
  const document = { cookie }
  const sent: Request[] = []
  vi.stubGlobal('document', document)
  vi.stubGlobal('origin', origin)
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(request)
    return answers.shift()?.(document) ?? new Response('done')
  })
  const tokens = () => sent.map((request) => request.headers.get('X-CSRF-Token'))
  return { document, sent, tokens }
}

/** A refusal before the handler runs. When it arrives, the page has these cookies. */
const refusal =
  (cookie?: string): Answer =>
  (page) => {
    page.cookie = cookie ?? page.cookie
    return new Response('refused', { status: 403, headers: { 'Session-Refused': 'mismatch' } })
  }

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the token of the page', () => {
  it.each(['POST', 'post', 'PUT', 'PATCH', 'DELETE', 'QUERY'])(
    'is sent with %s',
    async (method) => {
      const page = openPage('XSRF-TOKEN=one')
      await csrfFetch(url, { method })

      expect(page.tokens()).toEqual(['one'])
    },
  )

  it.each([undefined, 'GET', 'get', 'HEAD', 'OPTIONS'])('is not sent with %s', async (method) => {
    const page = openPage('XSRF-TOKEN=one')
    await csrfFetch(url, method === undefined ? {} : { method })

    expect(page.tokens()).toEqual([null])
  })

  it.each([
    `http://shop.example/notes`,
    `https://shop.example:8443/notes`,
    `https://www.shop.example/notes`,
    `https://shop.example.evil.example/notes`,
    `https://evil.example/https://shop.example/`,
    `https://evil.example/?${origin}/`,
    `blob:${origin}/notes`,
  ])('is not sent to %s', async (other) => {
    const page = openPage('XSRF-TOKEN=one')
    await csrfFetch(other, post)
    await csrfFetch(new URL(other), post)
    await csrfFetch(new Request(other, post))

    expect(page.tokens()).toEqual([null, null, null])
  })

  it('is never sent from a page without an origin, such as a sandboxed frame', async () => {
    const page = openPage('XSRF-TOKEN=one')
    vi.stubGlobal('origin', 'null')
    await csrfFetch(url, post)
    await csrfFetch('data:,x', post)

    expect(page.tokens()).toEqual([null, null])
  })

  it('is read from the cookie each time, by its exact name', async () => {
    const page = openPage('OLD-XSRF-TOKEN=no; XSRF-TOKEN=one; XSRF-TOKEN-2=no')
    await csrfFetch(url, post)
    page.document.cookie = 'XSRF-TOKEN=two'
    await csrfFetch(url, post)
    page.document.cookie = 'XSRF=no'
    await csrfFetch(url, post)

    expect(page.tokens()).toEqual(['one', 'two', null])
  })

  it('replaces an old token of the caller and keeps the other headers', async () => {
    const page = openPage('XSRF-TOKEN=one')
    await csrfFetch(url, { ...post, headers: { 'X-CSRF-Token': 'kept', 'X-Other': 'other' } })

    expect(page.tokens()).toEqual(['one'])
    expect(page.sent[0]?.headers.get('X-Other')).toBe('other')
  })

  it('is not sent if there is no document, such as in a worker', async () => {
    const page = openPage('', refusal())
    vi.stubGlobal('document', undefined)

    expect((await csrfFetch(url, post)).status).toBe(403)
    expect(page.tokens()).toEqual([null])
  })

  it('uses the names of the app, and one request can send two of them', async () => {
    const page = openPage('XSRF-TOKEN=one; ADMIN.XSRF=two')
    const names = { cookieName: 'ADMIN.XSRF', headerName: 'X-Admin' }
    await createCsrfFetch(names)(url, post)
    await createCsrfFetch({ ...names, fetch: csrfFetch })(url, post)

    expect(page.sent.map(({ headers }) => headers.get('X-Admin'))).toEqual(['two', 'two'])
    expect(page.tokens()).toEqual([null, 'one'])
  })
})

describe('a refused request', () => {
  it('is sent again with the same body if the cookie has another token now', async () => {
    const page = openPage('XSRF-TOKEN=one', refusal('XSRF-TOKEN=two'))
    const request = new Request(url, { ...post, body: 'kept', headers: { 'X-Other': 'other' } })

    const response = await csrfFetch(request)

    expect(await response.text()).toBe('done')
    expect(page.tokens()).toEqual(['one', 'two'])
    const texts = page.sent.map(async (one) => [
      one.url,
      await one.text(),
      one.headers.get('X-Other'),
    ])
    expect(await Promise.all(texts)).toEqual(Array(2).fill([url, 'kept', 'other']))
  })

  it('is sent again if it had no token and the page has one now', async () => {
    const page = openPage('', refusal('XSRF-TOKEN=one'))

    expect((await csrfFetch(url, post)).status).toBe(200)
    expect(page.tokens()).toEqual([null, 'one'])
  })

  it('is sent at most twice, and the caller can read the refusal', async () => {
    const page = openPage('XSRF-TOKEN=1', refusal('XSRF-TOKEN=2'), refusal('XSRF-TOKEN=3'))

    expect(await (await csrfFetch(url, post)).text()).toBe('refused')
    expect(page.tokens()).toEqual(['1', '2'])
  })

  it.each([
    ['the cookie has the same token', 'XSRF-TOKEN=one'],
    ['the cookie is gone', ''],
  ])('is not repeated if %s', async (_, cookie) => {
    const page = openPage('XSRF-TOKEN=one', refusal(cookie))

    expect(await (await csrfFetch(url, post)).text()).toBe('refused')
    expect(page.tokens()).toEqual(['one'])
  })

  it('is not repeated if its body is a stream', async () => {
    const page = openPage('XSRF-TOKEN=one', refusal('XSRF-TOKEN=two'))
    const stream = { ...post, body: new Blob(['once']).stream(), duplex: 'half' }

    expect((await csrfFetch(url, stream)).status).toBe(403)
    expect(await page.sent[0]?.text()).toBe('once')
    expect(page.tokens()).toEqual(['one'])
  })
})

it.each([200, 403, 409, 503])('returns the response of a handler: %s', async (status) => {
  const page = openPage('XSRF-TOKEN=one', (document) => {
    document.cookie = 'XSRF-TOKEN=two'
    return new Response('from the handler', { status })
  })

  expect((await csrfFetch(url, post)).status).toBe(status)
  expect(page.tokens()).toEqual(['one'])
})

it('returns a refusal after a redirect, because the handler of the redirect has run', async () => {
  const page = openPage('XSRF-TOKEN=one', (document) => {
    const response = refusal('XSRF-TOKEN=two')(document)
    return Object.defineProperty(response, 'redirected', { value: true })
  })

  expect((await csrfFetch(url, post)).status).toBe(403)
  expect(page.tokens()).toEqual(['one'])
})

describe('tokenUrl', () => {
  const tokenUrl = `${origin}/csrf`
  const withUrl = createCsrfFetch({ tokenUrl })
  const requests = (sent: Request[]) => sent.map(({ method, cache }) => `${method} ${cache}`)
  const asked = ['POST default', 'HEAD no-store', 'POST default']

  it.each(['XSRF-TOKEN=one', ''])(
    'is requested for a new token, with the cookie %j',
    async (cookie) => {
      const page = openPage(cookie, refusal(), (document) => {
        document.cookie = 'XSRF-TOKEN=two'
        return new Response()
      })

      expect((await withUrl(url, post)).status).toBe(200)
      expect(requests(page.sent)).toEqual(asked)
      expect(page.sent[1]?.url).toBe(tokenUrl)
      expect(page.tokens()[2]).toBe('two')
    },
  )

  it('is not requested if the cookie has another token now, or after any other response', async () => {
    const page = openPage('XSRF-TOKEN=one', refusal('XSRF-TOKEN=two'))
    await withUrl(url, post)
    await withUrl(url, post)

    expect(requests(page.sent)).toEqual(Array(3).fill('POST default'))
  })

  it.each([
    ['cannot be reached', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['returns no other token', () => Promise.resolve(new Response())],
  ])('that %s: the caller gets the refusal', async (_, answer) => {
    const page = openPage('XSRF-TOKEN=one', refusal())
    const fetch: CsrfFetchOptions['fetch'] = (request) =>
      request.method === 'HEAD' ? answer() : globalThis.fetch(request)

    const response = await createCsrfFetch({ tokenUrl, fetch })(url, post)

    expect(await response.text()).toBe('refused')
    expect(page.sent).toHaveLength(1)
  })
})

it('has the types of fetch', () => {
  expectTypeOf(csrfFetch).toEqualTypeOf<CsrfFetch>()
  expectTypeOf(csrfFetch).toExtend<typeof fetch>()
  expectTypeOf<typeof fetch>().toExtend<CsrfFetch>()
  expectTypeOf(createCsrfFetch).parameters.toEqualTypeOf<[options?: CsrfFetchOptions | undefined]>()
  // The `fetch` option accepts the page's fetch and another csrfFetch.
  expectTypeOf(fetch).toExtend<NonNullable<CsrfFetchOptions['fetch']>>()
  expectTypeOf(csrfFetch).toExtend<NonNullable<CsrfFetchOptions['fetch']>>()
})

import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { type CsrfFetch, type CsrfFetchOptions, createCsrfFetch, csrfFetch } from './client.ts'

// What is sent for which response. What our server responds and what a browser sends is in tests/browser.

const origin = 'https://shop.example'
const url = `${origin}/notes`
const post = { method: 'POST' }

type Answer = (page: { cookie: string }) => Response

/** A page with these cookies. Its requests are noted, and get these responses in turn, then a 200. */
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

/** A refusal before the handler. The cookies of the page are these when it comes. */
const refusal =
  (cookie?: string): Answer =>
  (page) => {
    page.cookie = cookie ?? page.cookie
    return new Response('refused', { status: 403, headers: { 'Session-Refused': 'mismatch' } })
  }

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the token', () => {
  it.each(['POST', 'post', 'PUT', 'PATCH', 'DELETE', 'QUERY'])('goes with %s', async (method) => {
    const page = openPage('XSRF-TOKEN=one')
    await csrfFetch(url, { method })

    expect(page.tokens()).toEqual(['one'])
  })

  it.each([undefined, 'GET', 'get', 'HEAD', 'OPTIONS'])('does not go with %s', async (method) => {
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
  ])('does not go to %s', async (other) => {
    const page = openPage('XSRF-TOKEN=one')
    await csrfFetch(other, post)
    await csrfFetch(new URL(other), post)
    await csrfFetch(new Request(other, post))

    expect(page.tokens()).toEqual([null, null, null])
  })

  it('goes to no address from a page without an origin, such as a sandboxed frame', async () => {
    const page = openPage('XSRF-TOKEN=one')
    vi.stubGlobal('origin', 'null')
    await csrfFetch(url, post)
    await csrfFetch('data:,x', post)

    expect(page.tokens()).toEqual([null, null])
  })

  it('is read from the cookie each time, by the whole name', async () => {
    const page = openPage('OLD-XSRF-TOKEN=no; XSRF-TOKEN=one; XSRF-TOKEN-2=no')
    await csrfFetch(url, post)
    page.document.cookie = 'XSRF-TOKEN=two'
    await csrfFetch(url, post)
    page.document.cookie = 'XSRF=no'
    await csrfFetch(url, post)

    expect(page.tokens()).toEqual(['one', 'two', null])
  })

  it('takes the place of one that the caller has kept, beside the other headers', async () => {
    const page = openPage('XSRF-TOKEN=one')
    await csrfFetch(url, { ...post, headers: { 'X-CSRF-Token': 'kept', 'X-Other': 'other' } })

    expect(page.tokens()).toEqual(['one'])
    expect(page.sent[0]?.headers.get('X-Other')).toBe('other')
  })

  it('is left out where there is no document, such as in a worker', async () => {
    const page = openPage('', refusal())
    vi.stubGlobal('document', undefined)

    expect((await csrfFetch(url, post)).status).toBe(403)
    expect(page.tokens()).toEqual([null])
  })

  it('has the names that the app gave it, and two of them can be sent together', async () => {
    const page = openPage('XSRF-TOKEN=one; ADMIN.XSRF=two')
    const names = { cookieName: 'ADMIN.XSRF', headerName: 'X-Admin' }
    await createCsrfFetch(names)(url, post)
    await createCsrfFetch({ ...names, fetch: csrfFetch })(url, post)

    expect(page.sent.map(({ headers }) => headers.get('X-Admin'))).toEqual(['two', 'two'])
    expect(page.tokens()).toEqual([null, 'one'])
  })
})

describe('a refused request', () => {
  it('is sent once more if the cookie has another token now, with the same body', async () => {
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

  it('is sent once more if it had no token and the page has one now', async () => {
    const page = openPage('', refusal('XSRF-TOKEN=one'))

    expect((await csrfFetch(url, post)).status).toBe(200)
    expect(page.tokens()).toEqual([null, 'one'])
  })

  it('is sent twice at most, and the caller can read the refusal', async () => {
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

it.each([200, 403, 409, 503])('a response of a handler is returned: %s', async (status) => {
  const page = openPage('XSRF-TOKEN=one', (document) => {
    document.cookie = 'XSRF-TOKEN=two'
    return new Response('from the handler', { status })
  })

  expect((await csrfFetch(url, post)).status).toBe(status)
  expect(page.tokens()).toEqual(['one'])
})

it('a refusal at the end of a redirect is returned, because the handler before it has run', async () => {
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

  it.each(['XSRF-TOKEN=one', ''])('is asked for a token, with the cookie %j', async (cookie) => {
    const page = openPage(cookie, refusal(), (document) => {
      document.cookie = 'XSRF-TOKEN=two'
      return new Response()
    })

    expect((await withUrl(url, post)).status).toBe(200)
    expect(requests(page.sent)).toEqual(asked)
    expect(page.sent[1]?.url).toBe(tokenUrl)
    expect(page.tokens()[2]).toBe('two')
  })

  it('is not asked if the cookie has another token now, nor after any other response', async () => {
    const page = openPage('XSRF-TOKEN=one', refusal('XSRF-TOKEN=two'))
    await withUrl(url, post)
    await withUrl(url, post)

    expect(requests(page.sent)).toEqual(Array(3).fill('POST default'))
  })

  it.each([
    ['cannot be reached', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['brings no other token', () => Promise.resolve(new Response())],
  ])('that %s leaves the caller with the refusal', async (_, answer) => {
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
  // What sends the requests may be the page's fetch, or another csrfFetch.
  expectTypeOf(fetch).toExtend<NonNullable<CsrfFetchOptions['fetch']>>()
  expectTypeOf(csrfFetch).toExtend<NonNullable<CsrfFetchOptions['fetch']>>()
})

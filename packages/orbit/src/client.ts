// For pages, not for servers: `fetch` with the CSRF token of the session. This file imports nothing, so a page
// loads only this code.
//
// It repeats a request only if a header of the response says that the server refused it before its handler
// ran, and if the cookie has another token now. With the same token, the server would refuse it again. With a
// new token, the repeated request does what the first would have done a moment later. If the handler may have
// run, the request is not repeated: not after a 409 of the commit, and not after a redirect, because a redirect
// comes from a handler.

/** The type of `csrfFetch`: you call it like `fetch`. */
export type CsrfFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Options of `createCsrfFetch`. */
export interface CsrfFetchOptions {
  /** The name of the cookie with the token: `csrf.cookieName` of the app. Default `XSRF-TOKEN`. */
  readonly cookieName?: string | undefined
  /** The name of the header that carries the token: `csrf.headerName` of the app. Default `X-CSRF-Token`. */
  readonly headerName?: string | undefined
  /**
   * The URL of a GET route of your app that uses the session, such as `/csrf`. A request can be refused while the
   * cookie has no newer token, because the session has ended or the page never had a token. Then a HEAD request to
   * this URL gets a new token, and the refused request is sent again. After the end of a session, the repeated
   * request belongs to a visitor, so your handler must check who is signed in. Default: no such request is sent, and
   * you get the refusal.
   */
  readonly tokenUrl?: string | URL | undefined
  /** Sends the requests. It receives a `Request`. Default: the `fetch` of the page, read for each request. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined
}

/**
 * Creates a `csrfFetch` for an app with other names, or one that gets a new token automatically.
 *
 * @example
 * const shopFetch = createCsrfFetch({ cookieName: 'SHOP-XSRF', tokenUrl: '/csrf' })
 */
export function createCsrfFetch({
  cookieName = 'XSRF-TOKEN',
  headerName = 'X-CSRF-Token',
  tokenUrl,
  fetch: send = (request) => fetch(request),
}: CsrfFetchOptions = {}): CsrfFetch {
  const beginning = `${cookieName}=`
  // There is no document in a worker, or on a server that renders the page.
  const readToken = () =>
    globalThis.document?.cookie
      .split('; ')
      .find((cookie) => cookie.startsWith(beginning))
      ?.slice(beginning.length)

  return async function csrfFetch(input, init) {
    const request = new Request(input, init)
    if (/^(GET|HEAD|OPTIONS|TRACE)$/.test(request.method) || !isSameOrigin(request)) {
      return send(request)
    }
    const sent = readToken()
    if (sent) request.headers.set(headerName, sent)
    const again = init?.body instanceof ReadableStream ? undefined : request.clone()
    const response = await send(request)
    if (!again || response.redirected || !response.headers.has('Session-Refused')) return response
    const newToken = () => {
      const token = readToken()
      // biome-ignore lint/plugin: both values belong to the page, so the timing reveals nothing.
      return token === sent ? undefined : token
    }
    let token = newToken()
    if (!token && tokenUrl) {
      // If this fails, the caller gets the refusal, which explains more.
      await send(new Request(tokenUrl, { method: 'HEAD', cache: 'no-store' })).catch(() => {})
      token = newToken()
    }
    if (!token) return response
    again.headers.set(headerName, token)
    return send(again)
  }
}

/** Some pages have the origin "null", for example a sandboxed frame. No URL starts with it. */
function isSameOrigin({ url }: Request): boolean {
  return url.startsWith(`${globalThis.origin}/`)
}

/**
 * `fetch` with the CSRF token of the session, for pages on the same origin as the app. Use it like `fetch`.
 *
 * A request that is not GET, HEAD, OPTIONS or TRACE gets the token in the header `X-CSRF-Token`, if it goes to the
 * origin of the page. The token is read from the cookie `XSRF-TOKEN` each time. If the server refuses the request
 * before its handler runs (403 of the CSRF check, 409 `session-stale`), and the cookie has another token now, the
 * request is sent again once, with that token. So it also works after a sign-in in another tab. After any other
 * response it is not repeated, because its handler may have run. A `ReadableStream` body is never sent twice.
 *
 * @example
 * const response = await csrfFetch('/api/notes', { method: 'POST', body: JSON.stringify({ text }) })
 */
export const csrfFetch: CsrfFetch = /* @__PURE__ */ createCsrfFetch()

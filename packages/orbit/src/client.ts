// For pages, not for servers: `fetch` with the CSRF token of the session. It imports nothing, neither from
// this package nor from Node, so that a page loads little more than what stands here.
//
// It sends a request again if the server says, in a header, that it refused the request before its handler
// ran, and if the cookie holds another token by now. Without a new token the second request would be
// refused like the first. With one, the second request does what the first would have done if it had been
// sent a moment later. If the handler may have run, nothing is sent again: neither after a 409 of the
// commit, nor after a redirect, which a handler has made.

/** What `csrfFetch` is: a function that is called like `fetch`. */
export type CsrfFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Options of `createCsrfFetch`. */
export interface CsrfFetchOptions {
  /** The name of the cookie with the token: `csrf.cookieName` of the app. Default `XSRF-TOKEN`. */
  readonly cookieName?: string | undefined
  /** The name of the header that carries the token: `csrf.headerName` of the app. Default `X-CSRF-Token`. */
  readonly headerName?: string | undefined
  /**
   * The address of a GET route of your app that uses the session, such as `/csrf`. If a request is refused and the
   * cookie has no newer token, because the session has ended or the page never had a token, a HEAD request to this
   * address gets one, and the refused request is sent again. After the end of a session it is a visitor's request: your
   * handler must check who is signed in. Default: nothing is asked for, and you get the refusal.
   */
  readonly tokenUrl?: string | URL | undefined
  /** What sends the requests. It gets a `Request`. Default: the `fetch` of the page, looked up at each request. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined
}

/**
 * Makes a `csrfFetch` for an app with other names, or one that gets a new token by itself.
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
  // A worker, or a server that renders the page, has no document.
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
      // biome-ignore lint/plugin: both are the page's own, so the time that it takes tells nobody anything.
      return token === sent ? undefined : token
    }
    let token = newToken()
    if (!token && tokenUrl) {
      // If it fails, the caller gets the refusal, which says more.
      await send(new Request(tokenUrl, { method: 'HEAD', cache: 'no-store' })).catch(() => {})
      token = newToken()
    }
    if (!token) return response
    again.headers.set(headerName, token)
    return send(again)
  }
}

/** The origin of a page that may not have one, such as a sandboxed frame, is "null", which no address begins with. */
function isSameOrigin({ url }: Request): boolean {
  return url.startsWith(`${globalThis.origin}/`)
}

/**
 * `fetch` with the CSRF token of the session, for pages of the same origin as the app. It takes and returns the same.
 *
 * A request that is not GET, HEAD, OPTIONS or TRACE gets the token in the header `X-CSRF-Token`, if it goes to the
 * origin of the page. The token is read from the cookie `XSRF-TOKEN` each time. If the server refuses the request
 * before its handler runs (403 of the CSRF check, 409 `session-stale`), and the cookie holds another token now, the
 * request is sent once more with that token. So a sign-in in another tab does not make it fail. After any other
 * response it is not repeated, because its handler may have run. A body that is a `ReadableStream` is sent once only.
 *
 * @example
 * const response = await csrfFetch('/api/notes', { method: 'POST', body: JSON.stringify({ text }) })
 */
export const csrfFetch: CsrfFetch = /* @__PURE__ */ createCsrfFetch()

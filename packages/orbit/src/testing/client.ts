import { shown } from '../checks.ts'
import { isWithinPath } from '../cookies.ts'

/** Where a test client sends its requests: a Hono app, a Gravito core, what `liftoff()` returns, or `{ fetch }`. */
export interface TestTarget {
  /** Responds to a request. */
  fetch(request: Request): Response | Promise<Response>
}

/** Options of a test client. */
export interface TestClientOptions {
  /**
   * Scheme, host and port of the app, as a browser would see them. Default `http://localhost`.
   * With `https://…` the cookies are Secure and prefixed, as in production.
   */
  origin?: string | undefined
  /** The name of the cookie with the CSRF token, as `csrf.cookieName` says. Default `XSRF-TOKEN`. */
  csrfCookieName?: string | undefined
}

/** The headers and the body of a request of a test client. It may have one body. */
export interface TestMessage {
  /** Headers of this request. They replace the client's own. An empty string removes a header. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** A body as it is. */
  readonly body?: NonNullable<RequestInit['body']> | undefined
  /** A body as JSON. */
  readonly json?: unknown
  /** A body as a form sends it, urlencoded. */
  readonly form?: Readonly<Record<string, string>> | undefined
}

type Resolved = {
  readonly [Name in keyof TestClientOptions]-?: NonNullable<TestClientOptions[Name]>
}

/**
 * A browser for tests of an app. It keeps cookies and sends the CSRF token back as Axios does, in the
 * header `X-XSRF-TOKEN`. A cookie with a `Path` goes only to that path and everything below. It does
 * nothing else that a browser does: it follows no redirect, and sends no `Origin` unless a test gives one.
 */
export class TestClient {
  readonly #target: TestTarget
  readonly #options: Resolved
  /** The cookies by name. Set or delete some to see how the app responds. */
  readonly cookies: Map<string, string>
  /** The paths of the cookies by name, as the app said them. */
  readonly #paths: Map<string, string>

  /** @internal */
  constructor(
    target: TestTarget,
    options: Resolved,
    cookies: Iterable<readonly [string, string]>,
    paths: Iterable<readonly [string, string]> = [],
  ) {
    this.#target = target
    this.#options = options
    this.cookies = new Map(cookies)
    this.#paths = new Map(paths)
  }

  /** The CSRF token, as a page's script reads it from the cookie. `undefined` before the first response that sets it. */
  get token(): string | undefined {
    const value = this.cookies.get(this.#options.csrfCookieName)
    return value === undefined ? undefined : decodeURIComponent(value)
  }

  /** Another browser with the same cookies from here on: a thief, or a tab that was left open. */
  copy(): TestClient {
    return new TestClient(this.#target, this.#options, this.cookies, this.#paths)
  }

  /** A GET. */
  get(path: string, message: TestMessage = {}): Promise<Response> {
    return this.send('GET', path, message)
  }

  /** A POST, with the CSRF token. */
  post(path: string, message: TestMessage = {}): Promise<Response> {
    return this.send('POST', path, message)
  }

  /** A PUT, with the CSRF token. */
  put(path: string, message: TestMessage = {}): Promise<Response> {
    return this.send('PUT', path, message)
  }

  /** A PATCH, with the CSRF token. */
  patch(path: string, message: TestMessage = {}): Promise<Response> {
    return this.send('PATCH', path, message)
  }

  /** A DELETE, with the CSRF token. */
  delete(path: string, message: TestMessage = {}): Promise<Response> {
    return this.send('DELETE', path, message)
  }

  /**
   * Any method. It sends the token unless the method is GET, HEAD, OPTIONS or TRACE. With
   * `headers: { 'X-XSRF-TOKEN': '' }` it sends no token.
   */
  async send(method: string, path: string, message: TestMessage = {}): Promise<Response> {
    const url = new URL(path, this.#options.origin)
    const request = new Request(url, {
      method,
      redirect: 'manual',
      headers: this.#headers(method, url, message),
      ...bodyOf(message),
    })
    const response = await this.#target.fetch(request)
    for (const header of response.headers.getSetCookie()) this.#keep(header)
    return response
  }

  #headers(method: string, url: URL, { headers = {}, json, form }: TestMessage): Headers {
    const all = new Headers()
    const cookies = [...this.cookies].filter(([name]) =>
      isWithinPath({ path: this.#paths.get(name) ?? '/', publicPath: '' }, url.href),
    )
    if (cookies.length > 0) {
      all.set('Cookie', cookies.map(([name, value]) => `${name}=${value}`).join('; '))
    }
    if (json !== undefined) all.set('Content-Type', 'application/json')
    if (form) all.set('Content-Type', 'application/x-www-form-urlencoded')
    const isSafe = /^(?:GET|HEAD|OPTIONS|TRACE)$/.test(method)
    if (!isSafe && this.token !== undefined) all.set('X-XSRF-TOKEN', this.token)
    for (const [name, value] of Object.entries(headers)) {
      if (value === '') all.delete(name)
      else all.set(name, value)
    }
    return all
  }

  #keep(header: string): void {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    const name = pair.slice(0, at)
    if (isRemoval(attributes)) this.cookies.delete(name)
    else this.cookies.set(name, pair.slice(at + 1))
    this.#paths.set(name, attributeOf(attributes, 'path=') ?? '/')
  }
}

function attributeOf(attributes: readonly string[], name: string): string | undefined {
  return attributes.find((one) => one.toLowerCase().startsWith(name))?.slice(name.length)
}

/** Many libraries remove a cookie by a date that is over. Max-Age counts where there are both (RFC 6265, 5.3). */
function isRemoval(attributes: readonly string[]): boolean {
  const maxAge = attributeOf(attributes, 'max-age=')
  if (maxAge !== undefined) return Number(maxAge) <= 0
  return Date.parse(attributeOf(attributes, 'expires=') ?? '') <= Date.now()
}

function bodyOf({ body, json, form }: TestMessage): Pick<RequestInit, 'body'> {
  if ([body, json, form].filter((one) => one !== undefined).length > 1) {
    throw new TypeError('A request has one body. Give one of form, json and body.')
  }
  if (json !== undefined) return { body: JSON.stringify(json) }
  if (form) return { body: new URLSearchParams(form).toString() }
  // A stream as a body must say that the response may begin before it ends.
  return body === undefined ? {} : { body, ...{ duplex: 'half' } }
}

/**
 * A browser for tests of an app: see `TestClient`. It has no cookies at first. Like a browser, it must get
 * a page that uses the session before the first POST, because that response brings the CSRF token.
 *
 * @example
 * const client = testClient(app)
 * await client.get('/login')
 * await client.post('/login', { form: { email: 'ada@example.com', password: 'secret' } })
 * const response = await client.get('/me')
 * @throws {TypeError} for a target without `fetch`, such as a promise, and for an `origin` that is not http(s)
 */
export function testClient(target: TestTarget, options: TestClientOptions = {}): TestClient {
  const { origin = 'http://localhost', csrfCookieName = 'XSRF-TOKEN' } = options
  if (typeof Object(target).fetch !== 'function') {
    throw new TypeError(
      `testClient takes an app, a core or { fetch }, and this is ${shown(target)}. If it is a promise, await it first.`,
    )
  }
  if (!/^https?:/.test(origin) || !URL.canParse(origin)) {
    throw new TypeError(`origin must begin with http:// or https://, not ${JSON.stringify(origin)}`)
  }
  return new TestClient(target, { origin, csrfCookieName }, [])
}

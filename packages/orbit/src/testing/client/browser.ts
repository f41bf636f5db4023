import { isSafe } from '../../csrf/guard.ts'
import type { Made } from '../../made.ts'
import type { Visit } from '../../visit.ts'
import type { AppSessions } from './app-sessions.ts'
import { CookieJar } from './jar.ts'
import type { Wanted } from './message.ts'
import { redirected } from './redirect.ts'
import { within } from './within.ts'

/** The target of a test client's requests: a Hono app, a Gravito core, the result of `liftoff()`, or `{ fetch }`. */
export interface TestTarget {
  /** Responds to a request. It gets the option `env` of the client. */
  fetch(request: Request, env?: object): Response | Promise<Response>
}

/** What a client and its copies share. */
export interface World {
  readonly target: TestTarget
  readonly origin: string
  readonly env: object | undefined
  /** Set if the test has passed it. */
  readonly csrfCookieName: string | undefined
  readonly sessions: AppSessions
}

/** The header in which Axios and Angular send the token. The app accepts it in every configuration. */
const tokenHeader = 'x-xsrf-token'

/** The limit of browsers (Fetch). */
const mostRedirects = 20

/** The request of each response. */
const requests = new WeakMap<Response, Wanted>()

/** The part of a test client that sends requests, with the headers that a browser adds. */
export class Browser {
  readonly world: World
  readonly headers: Headers
  readonly jar: CookieJar
  /** The running request for a first token. */
  #asking: Promise<void> | undefined
  /** The pages that were requested for a token. */
  readonly #looked = new Set<string>()

  constructor(world: World, headers: Headers, jar = new CookieJar()) {
    this.world = world
    this.headers = headers
    this.jar = jar
  }

  copy(): Browser {
    return new Browser(this.world, new Headers(this.headers), this.jar.copy())
  }

  get token(): string | undefined {
    const value = this.jar.values.get(this.#tokenCookie)
    return value === undefined ? undefined : decodeURIComponent(value)
  }

  get #tokenCookie(): string {
    const { csrfCookieName, sessions } = this.world
    return csrfCookieName ?? sessions.main()?.settings.cookie.csrfName ?? 'XSRF-TOKEN'
  }

  async send(wanted: Wanted): Promise<Response> {
    const given = new Map([...this.headers, ...wanted.headers])
    const needsToken = !isSafe(wanted.method.toUpperCase()) && !given.has(tokenHeader)
    if (needsToken && this.token === undefined) await this.#askForToken(wanted.url)

    const headers = new Headers()
    const cookies = this.jar.header(wanted.url)
    if (cookies !== undefined) headers.set('Cookie', cookies)
    if (wanted.contentType !== undefined) headers.set('Content-Type', wanted.contentType)
    if (needsToken && this.token !== undefined) headers.set(tokenHeader, this.token)
    for (const [name, value] of given) {
      if (value === '') headers.delete(name)
      else headers.set(name, value)
    }
    const { method, url, body, init } = wanted
    // With a stream as body, `fetch` requires this option: the response may start before the body ends.
    const sent = body === undefined ? {} : { body, ...{ duplex: 'half' } }
    const request = new Request(url, { ...init, method, headers, ...sent, redirect: 'manual' })
    const response = await this.world.target.fetch(request)
    this.jar.keep(response)
    requests.set(response, wanted)
    return response
  }

  async follow(first: Response): Promise<Response> {
    let last = first
    for (let count = 0; ; count += 1) {
      const sent = requests.get(last)
      if (!sent) throw new TypeError('follow() needs a response of a test client.')
      const next = redirected(last, sent)
      if (!next) return last
      if (count === mostRedirects) {
        throw new TypeError(
          `follow() followed ${mostRedirects} redirects, and ${sent.method} ${sent.url.pathname} leads to ${next.url.pathname}. Do pages redirect to each other?`,
        )
      }
      // Without this it may hold a connection to a server. The first response belongs to the test.
      if (last !== first) await last.body?.cancel()
      last = await this.send(next)
    }
  }

  /** Runs `work` with the session of this browser, like a handler of the app. */
  async within<T>(made: Made, work: (visit: Visit) => T, userAgent?: string): Promise<T> {
    const headers = new Headers(this.headers)
    if (userAgent !== undefined) headers.set('User-Agent', userAgent)
    const cookies = this.jar.header()
    if (cookies !== undefined) headers.set('Cookie', cookies)
    const { value, response } = await within(made, this.world, headers, work)
    this.jar.keep(response)
    return value
  }

  /** Parallel requests wait for one token. Two tokens would belong to two visitors. */
  #askForToken(url: URL): Promise<void> {
    this.#asking ??= this.#getToken(url).finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #getToken(url: URL): Promise<void> {
    const all = this.world.sessions.all()
    if (all.length === 0) return this.#lookForToken(url)
    const issuer = all.find(
      ({ settings: { csrf, cookie } }) => csrf.enabled && cookie.csrfName === this.#tokenCookie,
    )
    // If this fails, the request that needs the token fails too, and its response says why.
    if (issuer) await this.within(issuer, ({ unit }) => unit.start()).catch(() => {})
  }

  /** The session of this app is not visible. Some page may set the cookie, or none does. */
  async #lookForToken(wanted: URL): Promise<void> {
    for (const path of ['/', wanted.pathname]) {
      if (this.#looked.has(path)) continue
      this.#looked.add(path)
      const url = new URL(path, wanted)
      const response = await this.send({ method: 'GET', url, headers: new Map(), body: undefined })
      await response.body?.cancel()
      if (this.token !== undefined) return
    }
  }
}

import type { SessionData, SessionFlash, UserIdOf, Values } from '../../session/declared.ts'
import { Session } from '../../session/session.ts'
import type { Awaitable } from '../../stores/store.ts'
import type { Visit } from '../../visit.ts'
import type { Browser } from './browser.ts'
import type { BrowserState } from './jar.ts'
import { type TestMessage, wantedByFetch, wantedOf } from './message.ts'
import { isRedirect } from './redirect.ts'
import {
  readStored,
  type Setup,
  setUp,
  type TestSession,
  type TestSetup,
  type TestSignIn,
} from './stored.ts'

/**
 * A browser for tests of an app. It keeps cookies and sends the CSRF token back, as Axios does, in the header
 * `X-XSRF-TOKEN`. It sends a cookie with a `Path` only to that path and below. It follows redirects only with `follow`
 * or `fetch`. It sends no `Origin` unless the test sets one.
 */
export class TestClient<Data extends object = SessionData, Flash extends object = SessionFlash> {
  readonly #browser: Browser

  /** @internal */
  constructor(browser: Browser) {
    this.#browser = browser
  }

  /** The cookies by name. Set or delete cookies to see how the app responds. */
  get cookies(): Map<string, string> {
    return this.#browser.jar.values
  }

  /**
   * Headers of each request. They replace the client's own headers, and the headers of a request replace them. An
   * empty string removes one of the client's own headers.
   */
  get headers(): Headers {
    return this.#browser.headers
  }

  /** The CSRF token in the cookie, as a script on the page reads it. `undefined` until a response has set it. */
  get token(): string | undefined {
    return this.#browser.token
  }

  /** Returns another client that starts with the same cookies and headers, for example a thief or a second tab. */
  copy(): TestClient<Data, Flash> {
    return new TestClient(this.#browser.copy())
  }

  /** Sends a GET. */
  get(path: string, message: TestMessage = {}): Promise<Response> {
    return this.send('GET', path, message)
  }

  /** Sends a POST with the CSRF token. */
  post(path: string, message: TestMessage = {}): Promise<Response> {
    return this.send('POST', path, message)
  }

  /** Sends a PUT with the CSRF token. */
  put(path: string, message: TestMessage = {}): Promise<Response> {
    return this.send('PUT', path, message)
  }

  /** Sends a PATCH with the CSRF token. */
  patch(path: string, message: TestMessage = {}): Promise<Response> {
    return this.send('PATCH', path, message)
  }

  /** Sends a DELETE with the CSRF token. */
  delete(path: string, message: TestMessage = {}): Promise<Response> {
    return this.send('DELETE', path, message)
  }

  /**
   * Sends any method, with the token unless the method is GET, HEAD, OPTIONS or TRACE. If the client has no token, it
   * gets one first. With `headers: { 'X-XSRF-TOKEN': '' }`, it sends no token.
   *
   * @throws {TypeError} for a message with two bodies
   */
  async send(method: string, path: string, message: TestMessage = {}): Promise<Response> {
    const url = new URL(path, this.#browser.world.origin)
    return this.#browser.send(wantedOf(method, url, message))
  }

  /**
   * Sends a request with the arguments of `fetch`, for code that needs a `fetch` function, such as Hono's `hc`. It
   * follows redirects unless `redirect` is set. It needs no `this`.
   *
   * @throws {TypeError} for a URL of another origin
   * @example
   * const api = hc<typeof app>('http://localhost', { fetch: client.fetch })
   */
  readonly fetch = async (
    input: string | URL | Request,
    init: RequestInit = {},
  ): Promise<Response> => {
    const wanted = wantedByFetch(input, init, this.#browser.world.origin)
    const response = await this.#browser.send(wanted)
    const mode = wanted.init?.redirect ?? 'follow'
    if (mode === 'follow') return this.follow(response)
    if (mode === 'manual' || !isRedirect(response)) return response
    throw new TypeError(`${wanted.method} ${wanted.url.pathname} was redirected.`)
  }

  /**
   * Follows a redirect as a browser does, and the next ones, up to 20, and returns the last response. After a 303, and
   * after a 301 or 302 in response to a POST, it sends a GET. Otherwise it sends the same method and body again. A
   * response that is not a redirect, or that leads to another origin, is returned unchanged.
   *
   * @throws {TypeError} for a response that is not from a test client, after 20 redirects, and if the body must be sent
   * again and was a stream
   * @example
   * const page = await client.follow(client.post('/login', { form: { name: 'Ada' } }))
   */
  async follow(response: Awaitable<Response>): Promise<Response> {
    return this.#browser.follow(await response)
  }

  /**
   * Signs the client in without a request to the app. The app's own `session()` stores the session, and all its rules
   * apply: a new id, a new CSRF token, an entry in the list of the user's sessions. Data that the client has put before
   * stays, unless another user was signed in.
   *
   * @returns the client
   * @throws {TypeError} if the client cannot find the `session()` of the app
   * @throws {SessionError} as `session.signIn` and `session.put`, and if the store fails
   * @example
   * const client = await testClient(app).actingAs(user.id, { data: { cart: [] } })
   */
  async actingAs(
    userId: UserIdOf<Data>,
    { device, confirmedAt, signIn, ...setup }: TestSignIn<Data, Flash> = {},
  ): Promise<this> {
    const work = (session: Session<Data>, { unit }: Visit) => {
      session.signIn(userId, signIn)
      if (confirmedAt === undefined) return
      const owner = unit.engine.owners.hashOf(userId)
      unit.change({ op: 'confirm', owner, at: confirmedAt.getTime() })
    }
    await this.#setUp('actingAs', setup, work, device)
    return this
  }

  /**
   * Puts data and flash messages into the client's session without a request to the app. A signed-in user stays signed
   * in. A visitor gets a session in which nobody is signed in.
   *
   * @returns the client
   * @throws {TypeError} if the client cannot find the `session()` of the app
   * @throws {SessionError} as `session.put` and `session.flash`, and if the store fails
   * @example
   * await client.withSession({ cart: [{ sku: 'book' }] }, { flash: { success: 'Added' } })
   */
  async withSession(
    data: Values<Data>,
    setup: Omit<TestSetup<Data, Flash>, 'data'> = {},
  ): Promise<this> {
    await this.#setUp('withSession', { ...setup, data })
    return this
  }

  /**
   * Returns the stored session of the client, or `undefined` if nothing is stored. Calling it does not count as use of
   * the session: it removes no flash message, and the idle timeout continues.
   *
   * @throws {TypeError} if the client cannot find the `session()` of the app
   * @throws {SessionError} `session-unavailable` (503) if the store fails
   * @example
   * expect((await client.session())?.data).toEqual({ cart: [] })
   */
  async session({
    exposeAs,
  }: Pick<TestSetup, 'exposeAs'> = {}): Promise<TestSession<Data, Flash> | undefined> {
    const made = this.#browser.world.sessions.named('session', exposeAs)
    const stored = await this.#browser.within(made, readStored)
    // The type is what the app declares. The store cannot check it.
    return stored as TestSession<Data, Flash> | undefined
  }

  /**
   * Returns the client's cookies in the format of Playwright's option `storageState`, so that a test in a real browser
   * can start signed in.
   *
   * @example
   * const context = await browser.newContext({ storageState: client.storageState() })
   */
  storageState(): BrowserState {
    return this.#browser.jar.state(this.#browser.world.origin)
  }

  async #setUp(
    method: string,
    { exposeAs, ...setup }: Setup,
    signIn?: (session: Session<Data>, visit: Visit) => void,
    userAgent?: string,
  ): Promise<void> {
    const made = this.#browser.world.sessions.named(method, exposeAs)
    const work = (visit: Visit) =>
      setUp(new Session(visit), setup, () => signIn?.(new Session<Data>(visit), visit))
    await this.#browser.within(made, work, userAgent)
  }
}

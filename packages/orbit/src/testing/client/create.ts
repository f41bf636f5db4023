import { shown } from '../../checks.ts'
import type { SessionData, SessionFlash } from '../../session/declared.ts'
import { AppSessions, type TestSessions } from './app-sessions.ts'
import { Browser, type TestTarget } from './browser.ts'
import { TestClient } from './client.ts'

/** Options of a test client. */
export interface TestClientOptions {
  /**
   * Scheme, host and port of the app, as a browser sees them. Default `http://localhost`, or the URL of the running
   * server. With `https://…`, the cookies are Secure and have their prefix, as in production.
   */
  origin?: string | undefined
  /** The option `csrf.cookieName` of the app. Default: that of the app's session, otherwise `XSRF-TOKEN`. */
  csrfCookieName?: string | undefined
  /** Headers of each request. They replace the client's own headers. Default: none. */
  headers?: Readonly<Record<string, string>> | undefined
  /**
   * Where `actingAs`, `withSession` and `session` find the sessions: the result of `session()`, a Hono app, or a core.
   * Default: the target of the client. A running server and a `{ fetch }` do not show their sessions.
   */
  sessions?: TestSessions | undefined
  /**
   * The bindings of a Worker: `c.env` in its handlers. You get them from `getPlatformProxy()` or `cloudflare:test`. The
   * target gets them as the second argument of `fetch`. Default: none.
   */
  env?: object | undefined
}

/**
 * Creates a browser for tests of an app. It starts without cookies. See `TestClient`.
 *
 * @param target a Hono app, a core, `{ fetch }`, or the URL of a running server
 * @throws {TypeError} for a target without `fetch`, such as a promise, for an `origin` or a URL that is not an http(s)
 * URL or that has a path, and for `env` with the URL of a server
 * @example
 * const client = testClient(app)
 * await client.post('/login', { form: { email: 'ada@example.com', password: 'secret' } })
 * const response = await client.get('/me')
 * @example
 * const client = await testClient(app).actingAs('user-1')
 */
export function testClient<Data extends object = SessionData, Flash extends object = SessionFlash>(
  target: TestTarget | string | URL,
  options: TestClientOptions = {},
): TestClient<Data, Flash> {
  const { csrfCookieName, headers = {}, sessions, env } = options
  const address = typeof target === 'string' || target instanceof URL ? String(target) : undefined
  if (address !== undefined && env !== undefined) {
    throw new TypeError('A running server has its own bindings. Remove the option env.')
  }
  const world = {
    target: address === undefined ? targetWith(env, checkedTarget(target)) : server,
    env,
    origin: originOf(address, options.origin),
    csrfCookieName,
    sessions: new AppSessions(sessions ?? target, adviceFor(sessions, address ?? target)),
  }
  return new TestClient(new Browser(world, new Headers(headers)))
}

/** Read at each request, so that a test may replace `fetch`. */
const server: TestTarget = { fetch: (request) => fetch(request, { redirect: 'manual' }) }

function targetWith(env: object | undefined, target: TestTarget): TestTarget {
  return env === undefined ? target : { fetch: (request) => target.fetch(request, env) }
}

function checkedTarget(target: unknown): TestTarget {
  if (isTarget(target)) return target
  throw new TypeError(
    `testClient needs an app, a core, { fetch } or the URL of a server, but it got ${shown(target)}. If it is a promise, await it first.`,
  )
}

function isTarget(target: unknown): target is TestTarget {
  return typeof Object(target).fetch === 'function'
}

function originOf(address: string | undefined, given: string | undefined): string {
  if (address !== undefined && given !== undefined) {
    throw new TypeError('The URL of a server is its origin. Remove the option origin.')
  }
  const what = address === undefined ? 'origin' : 'The URL of a server'
  const origin = address ?? given ?? 'http://localhost'
  if (!/^https?:/.test(origin) || !URL.canParse(origin)) {
    throw new TypeError(
      `${what} must begin with http:// or https://, not ${JSON.stringify(origin)}`,
    )
  }
  const { pathname, search, hash } = new URL(origin)
  if (pathname + search + hash === '/') return new URL(origin).origin
  throw new TypeError(
    `${what} must not have a path, but it is ${JSON.stringify(origin)}. Put the path into each request.`,
  )
}

/** What to do if the client finds no session. */
function adviceFor(sessions: unknown, target: unknown): string {
  if (sessions !== undefined) {
    return `The option sessions has none: it is ${shown(sessions)}. Use the result of session(), an app, or a core.`
  }
  if (typeof target === 'string') {
    return 'A server does not show its sessions. Pass the client a session() with the store and the secret of the server: testClient(address, { sessions: session({ store, secret }) }).'
  }
  return 'routes' in Object(target) || 'app' in Object(target)
    ? 'It was not found among the middleware of the app. If another middleware calls it, pass its result to the client: testClient(app, { sessions }).'
    : '{ fetch } does not show it. Pass the app to the client as well: testClient({ fetch }, { sessions: app }).'
}

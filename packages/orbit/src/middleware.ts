import type { MiddlewareHandler } from 'hono'
import type { SessionOptions } from './config.ts'
import type { Csrf } from './csrf/csrf.ts'
import { makeMiddleware } from './handling.ts'
import type { SessionData, SessionFlash } from './session/declared.ts'
import type { Session } from './session/session.ts'
import type { Sessions } from './sessions.ts'

/**
 * The variables that the middleware sets in the context. Use this type if your app declares its `Variables`.
 * The last two type parameters are the names in `exposeAs` and `csrf.exposeAs`.
 *
 * @example
 * const app = new Hono<{ Variables: SessionVariables<MyData> }>()
 * @example
 * type Cart = SessionVariables<MyCart, MyFlash, 'cart', 'cartCsrf'>
 */
export type SessionVariables<
  Data extends object = SessionData,
  Flash extends object = SessionFlash,
  Name extends string = 'session',
  CsrfName extends string = 'csrf',
> = { [Key in Name]: Session<Data, Flash> } & { [Key in CsrfName]: Csrf } & {
  [Key in `${Name}s`]: Sessions<Data>
}

/**
 * The middleware that `session()` returns. If you give it your own types or names, the handlers that you
 * chain after it know them.
 */
export type SessionMiddleware<
  Data extends object = never,
  Flash extends object = SessionFlash,
  Name extends string = string,
  CsrfName extends string = string,
> = Handler<Data, Flash, Name, CsrfName> & {
  /**
   * Checks before the first request whether the store can work.
   *
   * @throws {SessionConfigError} for problems that stay until you fix them: a folder that is not writable, a missing
   * package, missing rights on the server. An unavailable server is not an error: the log says so, and
   * requests work as soon as it is back.
   */
  ready(): Promise<void>
  /** Closes the store's connections and timers. */
  close(): Promise<void>
  /**
   * The sessions of users, for code outside of requests.
   *
   * @example
   * await sessions.sessions.of(userId).endAll() // with const sessions = session()
   */
  readonly sessions: Sessions
}

type Handler<
  Data extends object,
  Flash extends object,
  Name extends string,
  CsrfName extends string,
> = [Data, 'session', 'csrf'] extends [never, Name, CsrfName]
  ? MiddlewareHandler
  : MiddlewareHandler<{
      Variables: SessionVariables<
        [Data] extends [never] ? SessionData : Data,
        Flash,
        Name,
        CsrfName
      >
    }>

/**
 * Adds sessions, flash messages and CSRF protection to a Hono app: `c.get('session')`, `c.get('sessions')`
 * and `c.get('csrf')` in every handler after it.
 *
 * @throws {SessionConfigError} if an option is not valid
 * @example
 * const app = new Hono()
 * app.use(session({ secret: process.env.APP_KEY }))
 * app.get('/', (c) => c.text(`visit ${c.get('session').increment('visits')}`))
 */
export function session<
  Data extends object = never,
  Flash extends object = SessionFlash,
  const Name extends string = 'session',
  const CsrfName extends string = 'csrf',
>(
  options?: SessionOptions<Name, CsrfName>,
): SessionMiddleware<NoInfer<Data>, NoInfer<Flash>, NoInfer<Name>, NoInfer<CsrfName>>
export function session(options: SessionOptions = {}): SessionMiddleware {
  return makeMiddleware(options, {
    warn: (message) => console.warn(message),
    error: (message) => console.error(message),
    emit: () => {},
  })
}

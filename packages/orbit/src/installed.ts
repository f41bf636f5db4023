import type { Context } from 'hono'
import { refuse } from './checks.ts'
import type { SessionOptions, Settings } from './config.ts'
import { Csrf } from './csrf/csrf.ts'
import { SessionConfigError } from './errors.ts'
import { quote } from './quote.ts'
import { Session } from './session/session.ts'
import { Sessions } from './sessions.ts'
import type { Visit } from './visit.ts'

/**
 * The sessions of one request. An app may install several under different names, for example for a shop and
 * for /admin. Sessions with the same name would get mixed up, so they are refused. Only the first request can
 * detect that, because one `session()` does not know the others.
 */
export interface Installed {
  readonly options: SessionOptions
  /** If this session has no CSRF check, a later `session()` under the same name may add one. */
  settings: Settings
  readonly visit: Visit
  /** Whether the request carried a valid token of this session. */
  isVerified: boolean
}

/** A symbol, so that it cannot collide with a name of the app. */
const key = Symbol('the sessions of the request')

interface Env {
  Variables: { [key]: Installed[] }
}

/** The sessions that are already installed for the request. */
export function installedIn(c: Context<Env>): Installed[] {
  return c.get(key) ?? []
}

/** The session under this name, if it is a session of this package. */
export function installedAs(c: Context, exposeAs: string): Installed | undefined {
  const sessions = installedIn(c)
  return sessions.length === 0
    ? undefined
    : sessions.find(({ settings }) => settings.exposeAs === exposeAs)
}

/** @throws {SessionConfigError} if the app uses one of the names */
export function refuseTakenNames(c: Context, settings: Settings): void {
  refuseForeign(c, 'session.exposeAs', settings.exposeAs, Session)
  refuseForeign(c, 'session.exposeAs', listNameOf(settings), Sessions)
  refuseForeign(c, 'session.csrf.exposeAs', settings.csrf.exposeAs, Csrf)
}

/** The name of the list of a user's sessions: `sessions` for the session under `session`. */
function listNameOf({ exposeAs }: Settings): string {
  return `${exposeAs}s`
}

function refuseForeign(
  c: Context,
  option: string,
  name: string,
  Ours: new (...args: never) => unknown,
) {
  const value: unknown = c.get(name)
  if (value === undefined || value instanceof Ours) return
  throw new SessionConfigError(
    `${option} is ${quote(name)}, but another middleware uses that name. Choose another one.`,
  )
}

/** Makes the session and its CSRF object available to handlers. */
export function install(
  c: Context,
  options: SessionOptions,
  settings: Settings,
  visit: Visit,
): Installed {
  const sessions = installedIn(c)
  const installed = { options, settings, visit, isVerified: false }
  c.set(key as never, [...sessions, installed] as never)
  c.set(settings.exposeAs, new Session(visit))
  c.set(listNameOf(settings), new Sessions(visit.running.engine, visit))
  // A session without a CSRF check leaves the name to a session that has one.
  if (settings.csrf.enabled || c.get(settings.csrf.exposeAs) === undefined) exposeCsrf(c, installed)
  return installed
}

/**
 * The session under a name that handlers use.
 *
 * @param asker the caller, for the error message
 * @throws {SessionConfigError} if there is none
 */
export function sessionUnder(c: Context, exposeAs: string, asker: string): Session {
  const found: unknown = c.get(exposeAs)
  if (found instanceof Session) return found
  return refuse(
    asker,
    `finds no session under ${quote(exposeAs)}. Install session() before it: app.use(session())`,
  )
}

/** The CSRF token under a name that handlers use. Like `sessionUnder`. */
export function csrfUnder(c: Context, exposeAs: string, asker: string): Csrf {
  const found: unknown = c.get(exposeAs)
  if (found instanceof Csrf) return found
  return refuse(
    asker,
    `finds no CSRF token under ${quote(exposeAs)}. Install session() before it: app.use(session())`,
  )
}

export function exposeCsrf(c: Context, { settings: { csrf }, visit }: Installed): void {
  c.set(csrf.exposeAs, new Csrf(visit, visit.running.keyring, csrf.fieldNames[0]))
}

import type { Context } from 'hono'
import type { SessionOptions, Settings } from './config.ts'
import { readCookies } from './cookies.ts'
import { Csrf } from './csrf/csrf.ts'
import { switched } from './csrf/options.ts'
import { SessionConfigError } from './errors.ts'
import { quote } from './quote.ts'
import { Session } from './session/session.ts'
import { Sessions } from './sessions.ts'
import type { Visit } from './visit.ts'

/**
 * The sessions of one request. An app may install several, each under names of its own, such as a shop and
 * an /admin. Names that collide would mix the sessions up, so they are refused. Only the first request can
 * show that, because each `session()` knows nothing of the others.
 */
export interface Installed {
  readonly options: SessionOptions
  /** A later `session()` under the same name may bring the CSRF check that the first one lacks. */
  settings: Settings
  readonly visit: Visit
  /** Whether the request has shown a token of this session. */
  isVerified: boolean
}

/** A symbol, so that it is not a name that the app uses. */
const key = Symbol('the sessions of the request')

interface Env {
  Variables: { [key]: Installed[] }
}

function installedIn(c: Context<Env>): Installed[] {
  return c.get(key) ?? []
}

/** The session that is already installed under the name, if it is one of ours. */
export function installedAs(c: Context, exposeAs: string): Installed | undefined {
  const sessions = installedIn(c)
  return sessions.length === 0
    ? undefined
    : sessions.find(({ settings }) => settings.exposeAs === exposeAs)
}

/** @throws {SessionConfigError} if a name is taken, by another session or by the app */
export function refuseTakenNames(c: Context, settings: Settings): void {
  for (const other of installedIn(c)) {
    const problem = collision(settings, other.settings)
    if (problem) {
      throw new SessionConfigError(
        `Two sessions of one app need names that differ: ${problem}. Give one of them its own exposeAs, cookie.name, csrf.exposeAs, csrf.cookieName, csrf.headerName and csrf.fieldNames.`,
      )
    }
  }
  refuseForeign(c, 'session.exposeAs', settings.exposeAs, Session)
  refuseForeign(c, 'session.exposeAs', listNameOf(settings), Sessions)
  refuseForeign(c, 'session.csrf.exposeAs', settings.csrf.exposeAs, Csrf)
}

/** Where handlers find the list of a user's sessions: `sessions`, for the one under `session`. */
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
    `${option} is ${quote(name)}, but another middleware keeps a value under that name. Choose another one.`,
  )
}

function collision(a: Settings, b: Settings): string | undefined {
  const share = (option: string, name: string) => `both have the ${option} ${quote(name)}`
  if (a.cookie.name === b.cookie.name) return share('session.cookie.name', a.cookie.name)
  for (const [one, other] of [[a, b] as const, [b, a] as const]) {
    if (one.csrf.enabled && one.cookie.csrfName === other.cookie.name) {
      return `session.cookie.name of one and session.csrf.cookieName of the other are ${quote(one.cookie.csrfName)}`
    }
    if (one.csrf.exposeAs === other.exposeAs) {
      return `session.exposeAs of one and session.csrf.exposeAs of the other are ${quote(one.csrf.exposeAs)}`
    }
  }
  if (!a.csrf.enabled || !b.csrf.enabled) return undefined
  if (a.csrf.exposeAs === b.csrf.exposeAs) return share('session.csrf.exposeAs', a.csrf.exposeAs)
  if (a.cookie.csrfName !== b.cookie.csrfName) return undefined
  return share('session.csrf.cookieName', a.cookie.csrfName)
}

/** Lets handlers find the session and its CSRF object. */
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
  // A session that checks nothing leaves the name to one that does.
  if (settings.csrf.enabled || c.get(settings.csrf.exposeAs) === undefined) exposeCsrf(c, installed)
  return installed
}

function exposeCsrf(c: Context, { settings: { csrf }, visit }: Installed): void {
  c.set(csrf.exposeAs, new Csrf(visit, visit.running.keyring, csrf.fieldNames[0]))
}

/** Brings the CSRF check of a later `session()` to a session that has none, with its cookie. */
export function adoptCheck(c: Context, installed: Installed, { csrf, cookie }: Settings): void {
  if (installed.settings.csrf.enabled) return
  const { settings, visit } = installed
  const header = c.req.raw.headers.get('Cookie')
  const { csrf: sent } = readCookies(header, cookie.name, cookie.csrfName)
  visit.carried = { ...visit.carried, csrf: sent }
  installed.settings = {
    ...settings,
    csrf,
    cookie: { ...settings.cookie, csrfName: cookie.csrfName },
  }
  exposeCsrf(c, installed)
}

/** The options of the second `session()` under one name that have no effect. */
export function ignoredOptions(first: SessionOptions, second: SessionOptions): string[] {
  return Object.entries(second)
    .filter(([name, value]) => {
      if (name === 'csrf') return !isEnabled(second) && isEnabled(first)
      return !isSame(value, Reflect.get(first, name))
    })
    .map(([name]) => name)
}

function isEnabled({ csrf }: SessionOptions): boolean {
  return switched(csrf).enabled !== false
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (!isSection(a) || !isSection(b)) return false
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => Object.is(Reflect.get(a, name), Reflect.get(b, name)))
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

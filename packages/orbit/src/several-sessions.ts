import type { Context } from 'hono'
import type { SessionOptions, Settings } from './config.ts'
import { readCookies } from './cookies.ts'
import { switched } from './csrf/options.ts'
import { SessionConfigError } from './errors.ts'
import { exposeCsrf, type Installed } from './installed.ts'
import { quote } from './quote.ts'

/** @throws {SessionConfigError} if another session of the app uses one of the names */
export function refuseCollision(settings: Settings, others: readonly Installed[]): void {
  for (const other of others) {
    const problem = collision(settings, other.settings)
    if (problem === undefined) continue
    throw new SessionConfigError(
      `Two sessions of one app need different names: ${problem}. Give one of them its own exposeAs, cookie.name, csrf.exposeAs, csrf.cookieName, csrf.headerName and csrf.fieldNames.`,
    )
  }
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

/** Adds the CSRF check and cookie of a later `session()` to a session that has none. */
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

/** The options of the second `session()` under the same name that have no effect. */
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

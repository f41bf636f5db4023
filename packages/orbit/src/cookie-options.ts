import { aBoolean, aCookieName, aCookiePath, aString, oneOf, refuse, shown } from './checks.ts'
import type { SessionCookieOptions } from './config.ts'
import type { CookieSettings } from './cookies.ts'

/**
 * The options of the cookie, checked, with their defaults.
 *
 * @throws {SessionConfigError} for what no browser accepts
 */
export function cookieSettings(
  cookie: SessionCookieOptions,
  csrfName: string,
  mode: string | undefined,
): CookieSettings {
  const { path = '/', publicPath = '/', domain, expireOnClose = false } = cookie
  const name = aCookieName('session.cookie.name', cookie.name ?? 'session')
  if (name === csrfName) refuse('session.cookie.name', 'is the name of the CSRF cookie too')
  const sameSite = sameSiteOf(cookie.sameSite ?? 'lax')
  aBoolean('session.cookie.secure', cookie.secure)
  aBoolean('session.cookie.expireOnClose', cookie.expireOnClose)
  if (cookie.httpOnly !== undefined && cookie.httpOnly !== true) {
    refuse(
      'session.cookie.httpOnly',
      'can only be true, which is the default: a script that could read the session cookie could steal the session. Scripts read the CSRF token from the cookie that session.csrf.cookieName names',
    )
  }
  aCookiePath('session.cookie.path', path)
  aCookiePath('session.cookie.publicPath', publicPath)
  if (!isBelow(path, publicPath) && !isBelow(publicPath, path)) {
    refuse(
      'session.cookie.path',
      `is ${shown(path)}, and session.cookie.publicPath is ${shown(publicPath)}: browsers ask for nothing of this app under that path. Write the path as browsers see it, the publicPath included`,
    )
  }
  if (domain !== undefined) aString('session.cookie.domain', domain)
  if (domain !== undefined && domain.length > 253) {
    refuse('session.cookie.domain', 'is longer than a host name can be: 253 characters')
  }
  if (domain !== undefined && !/^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(domain)) {
    refuse(
      'session.cookie.domain',
      `is ${shown(domain)}, which is not a host name; write it like "example.com"`,
    )
  }
  if (sameSite === 'none' && cookie.secure === false) {
    refuse(
      'session.cookie.sameSite',
      'is "none", which browsers take from Secure cookies only; remove session.cookie.secure: false',
    )
  }
  const narrowed = domain !== undefined || path !== '/'
  const prefix = cookie.prefix ?? (narrowed ? '__Secure-' : '__Host-')
  oneOf('session.cookie.prefix', prefix, ['__Host-', '__Secure-', false])
  if (cookie.prefix && cookie.secure === false) {
    refuse(
      'session.cookie.prefix',
      `is "${cookie.prefix}", which browsers take from Secure cookies only; remove session.cookie.secure: false`,
    )
  }
  if (prefix === '__Host-' && narrowed) {
    refuse(
      'session.cookie.prefix',
      'is "__Host-", which allows no domain and no path but "/"; use "__Secure-", or remove those',
    )
  }
  const isDevelopment = mode === 'development' || mode === 'test'
  const secure = cookie.secure ?? (sameSite === 'none' ? true : isDevelopment ? false : 'auto')
  return {
    name,
    prefix: prefix || '',
    path,
    publicPath: publicPath.replace(/\/$/, ''),
    domain,
    sameSite,
    secure,
    expireOnClose,
    csrfName,
  }
}

/** Whether a path is another one or lies below it. */
function isBelow(path: string, other: string): boolean {
  return `${path}/`.startsWith(other.endsWith('/') ? other : `${other}/`)
}

/** With a capital letter too, as Hono and the browsers' developer tools write it. */
function sameSiteOf(given: unknown): CookieSettings['sameSite'] {
  const values = ['lax', 'strict', 'none'] as const
  const text = typeof given === 'string' ? given.toLowerCase() : undefined
  const found = values.find((value) => value === text)
  oneOf('session.cookie.sameSite', found ?? given, values)
  return found ?? 'lax'
}

import { aBoolean, aCookieName, aCookiePath, aString, oneOf, refuse, shown } from './checks.ts'
import type { SessionCookieOptions } from './config.ts'
import type { CookieSettings } from './cookies.ts'
import type { Checked, Table } from './option-table.ts'

/** The rows of the options table for the cookie. */
export const cookieOptions = {
  name: { default: 'session', check: aCookieName },
  path: { default: '/', check: aCookiePath },
  publicPath: { default: '/', check: aCookiePath },
  domain: { check: aDomain },
  sameSite: { default: 'lax', check: sameSiteOf },
  // The default depends on the request and on NODE_ENV.
  secure: { check: aBoolean },
  httpOnly: { default: true, check: onlyTrue },
  // The default depends on the path and the domain.
  prefix: { check: oneOf('__Host-', '__Secure-', false) },
  expireOnClose: { default: false, check: aBoolean },
} satisfies Table<SessionCookieOptions>

/**
 * Combines the options of the cookie into the settings that write cookies.
 *
 * @throws {SessionConfigError} for combinations that no browser accepts
 */
export function cookieSettings(
  cookie: Checked<SessionCookieOptions, typeof cookieOptions>,
  csrfName: string,
  mode: string | undefined,
): CookieSettings {
  const { name, path, publicPath, domain } = cookie
  if (name === csrfName) refuse('session.cookie.name', 'is also the name of the CSRF cookie')
  const sameSite = sameSiteOf('session.cookie.sameSite', cookie.sameSite)
  if (!isBelow(path, publicPath) && !isBelow(publicPath, path)) {
    refuse(
      'session.cookie.path',
      `is ${shown(path)}, and session.cookie.publicPath is ${shown(publicPath)}, so browsers would never send the cookie. Write the path as browsers see it, including the publicPath`,
    )
  }
  if (sameSite === 'none' && cookie.secure === false) {
    refuse(
      'session.cookie.sameSite',
      'is "none", which browsers accept only for Secure cookies; remove session.cookie.secure: false',
    )
  }
  const narrowed = domain !== undefined || path !== '/'
  const prefix = cookie.prefix ?? (narrowed ? '__Secure-' : '__Host-')
  if (cookie.prefix && cookie.secure === false) {
    refuse(
      'session.cookie.prefix',
      `is "${cookie.prefix}", which browsers accept only for Secure cookies; remove session.cookie.secure: false`,
    )
  }
  if (prefix === '__Host-' && narrowed) {
    refuse(
      'session.cookie.prefix',
      'is "__Host-", which allows only the path "/" and no domain; use "__Secure-", or remove domain and path',
    )
  }
  const isDevelopment = mode === 'development' || mode === 'test'
  const secure = cookie.secure ?? (sameSite === 'none' ? true : isDevelopment ? false : 'auto')
  return {
    ...cookie,
    prefix: prefix || '',
    publicPath: publicPath.replace(/\/$/, ''),
    sameSite,
    secure,
    csrfName,
  }
}

/** Whether a path is the other path or is below it. */
function isBelow(path: string, other: string): boolean {
  return `${path}/`.startsWith(other.endsWith('/') ? other : `${other}/`)
}

/** Also accepts a capital letter, as Hono and the developer tools of browsers write it. */
function sameSiteOf(option: string, given: unknown): CookieSettings['sameSite'] {
  const values = ['lax', 'strict', 'none'] as const
  const text = typeof given === 'string' ? given.toLowerCase() : undefined
  const found = values.find((value) => value === text)
  oneOf(...values)(option, found ?? given)
  return found ?? 'lax'
}

function aDomain(option: string, value: unknown): void {
  const domain = aString(option, value)
  if (domain.length > 253) refuse(option, 'is longer than a host name can be: 253 characters')
  if (/^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(domain)) return
  refuse(option, `is ${shown(domain)}, which is not a host name; write for example "example.com"`)
}

function onlyTrue(option: string, value: unknown): void {
  if (value === true) return
  refuse(
    option,
    'can only be true, which is the default: a script that could read the cookie could steal the session. Scripts read the CSRF token from the cookie session.csrf.cookieName',
  )
}

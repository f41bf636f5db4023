import type { Context } from 'hono'
import { generateCookie } from 'hono/cookie'

/** The settings of our cookies, derived from the options. */
export interface CookieSettings {
  readonly name: string
  readonly prefix: '__Host-' | '__Secure-' | ''
  readonly path: string
  /** The start of the path that a proxy removes, without a slash at the end. */
  readonly publicPath: string
  readonly domain: string | undefined
  readonly sameSite: 'lax' | 'strict' | 'none'
  /** `auto`: Secure unless the request is plain http to a loopback host. */
  readonly secure: boolean | 'auto'
  readonly expireOnClose: boolean
  readonly csrfName: string
}

/**
 * The values of our cookies in a request. A name may occur several times: a browser also sends the cookies
 * of other paths and of parent domains.
 */
export interface CarriedCookies {
  readonly session: readonly string[]
  readonly csrf: readonly string[]
}

/** Browsers limit the lifetime to this (RFC 6265bis). */
const longestMaxAge = 400 * 24 * 60 * 60

/** The name of the session cookie. It has a prefix if the cookie is Secure (ASVS 3.3.1, 3.3.3). */
export function sessionCookieName(settings: CookieSettings, secure: boolean): string {
  return secure ? settings.prefix + settings.name : settings.name
}

/** For a request without our cookies. */
export const nothingCarried: CarriedCookies = { session: [], csrf: [] }

/**
 * Reads the raw header, which takes half the time of parsing it. Names must match exactly. Only spaces and
 * tabs are trimmed, and nothing is unescaped, so another cookie cannot look like ours.
 */
export function readCookies(
  header: string | null,
  sessionName: string,
  csrfName: string,
): CarriedCookies {
  if (!header) return nothingCarried
  const session: string[] = []
  const csrf: string[] = []
  for (let start = 0, end = 0; end < header.length; start = end + 1) {
    const semicolon = header.indexOf(';', start)
    end = semicolon < 0 ? header.length : semicolon
    while (isBlank(header, start)) start += 1
    const found = isNamed(header, start, sessionName)
      ? session
      : isNamed(header, start, csrfName)
        ? csrf
        : undefined
    found?.push(trimmed(header.slice(header.indexOf('=', start) + 1, end)))
  }
  return { session, csrf }
}

/** Removes spaces and tabs around the string. Usually there are none. */
function trimmed(text: string): string {
  return isBlank(text, 0) || isBlank(text, text.length - 1)
    ? text.replace(/^[ \t]+|[ \t]+$/g, '')
    : text
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 32 || code === 9
}

/** Whether a pair with this name starts at `start`. */
function isNamed(header: string, start: number, name: string): boolean {
  if (!header.startsWith(name, start)) return false
  let at = start + name.length
  while (isBlank(header, at)) at += 1
  return header[at] === '='
}

/**
 * Whether browsers send the cookie with a request for this URL (RFC 6265, 5.1.4): its path is the cookie
 * path or is below it. Both are compared percent-encoded, as browsers send them.
 */
export function isWithinPath(
  { path, publicPath }: Pick<CookieSettings, 'path' | 'publicPath'>,
  url: string,
): boolean {
  if (path === '/') return true
  const asked = publicPath + pathOf(url)
  if (!asked.startsWith(path)) return false
  return asked.length === path.length || path.endsWith('/') || asked[path.length] === '/'
}

function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  if (start < 0) return '/'
  const end = url.slice(start).search(/[?#]/)
  return end < 0 ? url.slice(start) : url.slice(start, start + end)
}

/** A `Set-Cookie` header. The session cookie is HttpOnly. Scripts must be able to read the CSRF cookie. */
export function writeCookie(
  settings: CookieSettings,
  cookie: {
    readonly kind: 'session' | 'csrf'
    readonly value: string
    readonly secure: boolean
    readonly maxAgeSeconds: number
    /** Whether the cookie stays when the browser closes. Default: as in the settings. */
    readonly persistent?: boolean | undefined
  },
): string {
  const { kind, value, secure, persistent = !settings.expireOnClose } = cookie
  const name = kind === 'session' ? sessionCookieName(settings, secure) : settings.csrfName
  const maxAge = Math.min(Math.max(0, Math.floor(cookie.maxAgeSeconds)), longestMaxAge)
  const age = persistent ? `; Max-Age=${maxAge}` : ''
  // Values contain only letters, digits, '.', '-' and '_', so they need no encoding.
  return `${name}=${value}${age}${attributesOf(settings, kind, secure)}`
}

const attributes = new WeakMap<CookieSettings, Map<string, string>>()

/** The attributes after the value and the age. They are the same for every response. */
function attributesOf(settings: CookieSettings, kind: 'session' | 'csrf', secure: boolean): string {
  const made = attributes.get(settings) ?? new Map<string, string>()
  attributes.set(settings, made)
  const known = made.get(`${kind}${secure}`)
  if (known !== undefined) return known
  const { path, domain, sameSite } = settings
  const whole = generateCookie('x', '', {
    path,
    httpOnly: kind === 'session',
    secure,
    sameSite,
    ...(domain === undefined ? {} : { domain }),
  })
  const rest = whole.slice('x='.length)
  made.set(`${kind}${secure}`, rest)
  return rest
}

/** The connection of the browser, as far as the request shows it. */
export function connectionOf(c: Context): 'https' | 'plain' | 'loopback' {
  const { url } = c.req
  if (url.startsWith('https:') || cameByHttps(c.req.header('X-Forwarded-Proto'))) return 'https'
  return isLoopback(url) ? 'loopback' : 'plain'
}

/** Each proxy appends its value, so the first one is the scheme that the browser used. */
function cameByHttps(forwarded: string | undefined): boolean {
  return forwarded !== undefined && /^\s*https\s*(?:,|$)/i.test(forwarded)
}

/** Includes 0.0.0.0, which `deno serve` prints. As a target address, it means this machine. */
const loopback =
  /^http:\/\/(?:localhost|[^/?#@]+\.localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\])(?::\d+)?(?:[/?#]|$)/

function isLoopback(url: string): boolean {
  return loopback.test(url)
}

import { isWithinPath } from '../../cookies.ts'

/** A cookie as Playwright writes it down. */
export interface BrowserCookie {
  /** The name. */
  name: string
  /** The value. */
  value: string
  /** The host that gets it. With a dot at the beginning, its subdomains get it too. */
  domain: string
  /** The path that gets it, and everything below. */
  path: string
  /** When the browser forgets it, in seconds since the epoch. -1: when the browser closes. */
  expires: number
  /** Whether scripts cannot read it. */
  httpOnly: boolean
  /** Whether the browser sends it over https only. */
  secure: boolean
  /** Whether requests of other sites carry it. */
  sameSite: 'Strict' | 'Lax' | 'None'
}

/** What Playwright's `storageState` takes. */
export interface BrowserState {
  /** The cookies of the client. */
  cookies: BrowserCookie[]
  /** What scripts have stored. Always empty. */
  origins: { origin: string; localStorage: { name: string; value: string }[] }[]
}

/** All that a `Set-Cookie` says besides name and value. */
interface Scope extends Pick<BrowserCookie, 'path' | 'httpOnly' | 'secure' | 'sameSite'> {
  readonly domain: string | undefined
  /** In seconds since the epoch. */
  readonly expires: number | undefined
}

/** Of a cookie that a test sets by hand. */
const byHand: Scope = {
  path: '/',
  domain: undefined,
  expires: undefined,
  httpOnly: false,
  secure: false,
  sameSite: 'Lax',
}

/** The cookies of a client. */
export class CookieJar {
  readonly values: Map<string, string>
  readonly #scopes: Map<string, Scope>

  constructor(
    values: Iterable<readonly [string, string]> = [],
    scopes: Iterable<readonly [string, Scope]> = [],
  ) {
    this.values = new Map(values)
    this.#scopes = new Map(scopes)
  }

  copy(): CookieJar {
    return new CookieJar(this.values, this.#scopes)
  }

  /** What the `Cookie` header of a request says: of all cookies, or of those that a browser sends to this URL. */
  header(url?: URL): string | undefined {
    const carried = [...this.values].filter(([name]) => !url || this.#goesTo(name, url))
    return carried.length === 0
      ? undefined
      : carried.map(([name, value]) => `${name}=${value}`).join('; ')
  }

  #goesTo(name: string, url: URL): boolean {
    const { path } = this.#scopes.get(name) ?? byHand
    return isWithinPath({ path, publicPath: '' }, url.href)
  }

  /** Takes what a response sets, and forgets what it removes. */
  keep(response: Response): void {
    const now = Date.now() / 1000
    for (const header of response.headers.getSetCookie()) {
      const { name, value, scope } = parsed(header, now)
      if (scope.expires !== undefined && scope.expires <= now) this.values.delete(name)
      else this.values.set(name, value)
      this.#scopes.set(name, scope)
    }
  }

  /** The cookies as Playwright takes them. */
  state(origin: string): BrowserState {
    const cookies = [...this.values].map(([name, value]) => {
      const { domain, expires = -1, ...scope } = this.#scopes.get(name) ?? byHand
      const host = domain === undefined ? new URL(origin).hostname : `.${domain}`
      return { name, value, domain: host, expires, ...scope }
    })
    return { cookies, origins: [] }
  }
}

function parsed(header: string, now: number): { name: string; value: string; scope: Scope } {
  const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
  const at = pair.indexOf('=')
  const find = (name: string) => valueIn(attributes, name)
  const sameSite = find('samesite')?.toLowerCase()
  return {
    name: pair.slice(0, at),
    value: pair.slice(at + 1),
    scope: {
      path: find('path') ?? '/',
      domain: find('domain')?.replace(/^\./, '') || undefined,
      expires: expiryOf(find('max-age'), find('expires'), now),
      httpOnly: find('httponly') !== undefined,
      secure: find('secure') !== undefined,
      sameSite: sameSite === 'strict' ? 'Strict' : sameSite === 'none' ? 'None' : 'Lax',
    },
  }
}

/** An age counts more than a date (RFC 6265, 5.3). */
function expiryOf(
  age: string | undefined,
  date: string | undefined,
  now: number,
): number | undefined {
  const time = age === undefined ? Date.parse(date ?? '') / 1000 : now + Number(age)
  return Number.isNaN(time) ? undefined : time
}

/** The value of an attribute, `''` for one without a value. */
function valueIn(attributes: readonly string[], name: string): string | undefined {
  const isIt = (attribute: string) => attribute.split('=', 1)[0]?.toLowerCase() === name
  return attributes.find(isIt)?.slice(name.length + 1)
}

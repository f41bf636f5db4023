import { isWithinPath } from '../../cookies.ts'

/** A cookie in the format of Playwright. */
export interface BrowserCookie {
  /** The name. */
  name: string
  /** The value. */
  value: string
  /** The host that receives it. With a dot at the beginning, its subdomains receive it too. */
  domain: string
  /** The cookie is sent to this path and everything below. */
  path: string
  /** When the cookie expires, in seconds since the epoch. -1: when the browser closes. */
  expires: number
  /** Whether scripts cannot read it. */
  httpOnly: boolean
  /** Whether the browser sends it over https only. */
  secure: boolean
  /** Which requests from other sites carry it. */
  sameSite: 'Strict' | 'Lax' | 'None'
}

/** The format of Playwright's `storageState`. */
export interface BrowserState {
  /** The cookies of the client. */
  cookies: BrowserCookie[]
  /** The data of scripts. Always empty. */
  origins: { origin: string; localStorage: { name: string; value: string }[] }[]
}

/** The attributes in a `Set-Cookie` header. */
interface Scope extends Pick<BrowserCookie, 'path' | 'httpOnly' | 'secure' | 'sameSite'> {
  readonly domain: string | undefined
  /** In seconds since the epoch. */
  readonly expires: number | undefined
}

/** For a cookie that a test sets by hand. */
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

  /** The `Cookie` header of a request: with all cookies, or with those that a browser sends to this URL. */
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

  /** Stores the cookies that a response sets, and removes those that it removes. */
  keep(response: Response): void {
    const now = Date.now() / 1000
    for (const header of response.headers.getSetCookie()) {
      const { name, value, scope } = parsed(header, now)
      if (scope.expires !== undefined && scope.expires <= now) this.values.delete(name)
      else this.values.set(name, value)
      this.#scopes.set(name, scope)
    }
  }

  /** The cookies in the format of Playwright. */
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

/** Max-Age takes precedence over Expires (RFC 6265, 5.3). */
function expiryOf(
  age: string | undefined,
  date: string | undefined,
  now: number,
): number | undefined {
  const time = age === undefined ? Date.parse(date ?? '') / 1000 : now + Number(age)
  return Number.isNaN(time) ? undefined : time
}

/** The value of an attribute, or `''` if it has no value. */
function valueIn(attributes: readonly string[], name: string): string | undefined {
  const isIt = (attribute: string) => attribute.split('=', 1)[0]?.toLowerCase() === name
  return attributes.find(isIt)?.slice(name.length + 1)
}

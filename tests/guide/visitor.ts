/** A cookie as a Set-Cookie header gave it. */
export interface IssuedCookie {
  name: string
  value: string
  /** In lower case, with their values; a flag's value is ''. */
  attributes: Map<string, string>
}

export function issuedCookies(response: Response): IssuedCookie[] {
  return response.headers.getSetCookie().map((header) => {
    const [pair = '', ...rest] = header.split('; ')
    const [name, value] = split(pair)
    const attributes = rest.map(split).map(([key, text]) => [key.toLowerCase(), text] as const)
    return { name, value, attributes: new Map(attributes) }
  })
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
}

export interface Message {
  headers?: Record<string, string>
  body?: string | URLSearchParams | FormData
}

/** A browser's cookies and nothing else of a browser: what it sends is what the test says. */
export class Visitor {
  readonly #base: string
  readonly #cookies = new Map<string, string>()

  constructor(base: string, cookies: Iterable<[string, string]> = []) {
    this.#base = base
    for (const [name, value] of cookies) this.#cookies.set(name, value)
  }

  /** Another browser that holds the same cookies from now on. */
  copy(): Visitor {
    return new Visitor(this.#base, this.#cookies)
  }

  cookie(name: string): string {
    const value = this.#cookies.get(name)
    if (value === undefined) throw new Error(`no cookie ${name} in ${[...this.#cookies.keys()]}`)
    return value
  }

  /** What a page's script reads from document.cookie. */
  get token(): string {
    return decodeURIComponent(this.cookie('XSRF-TOKEN'))
  }

  get cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async send(method: string, path: string, { headers, body }: Message = {}): Promise<Response> {
    const response = await fetch(new URL(path, this.#base), {
      method,
      redirect: 'manual',
      headers: {
        ...(this.#cookies.size > 0 ? { Cookie: this.cookieHeader } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    for (const { name, value, attributes } of issuedCookies(response)) {
      if (attributes.get('max-age') === '0') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }

  async json(path: string): Promise<unknown> {
    return (await this.send('GET', path)).json()
  }

  /** As the guide's frontend does: with the token of the cookie in X-CSRF-Token. */
  sendWithToken(method: string, path: string): Promise<Response> {
    return this.send(method, path, { headers: { 'X-CSRF-Token': this.token } })
  }
}

import { Visitor } from './visitor.ts'

/** The headers of a browser that opens a page. */
export const asBrowser = { Accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' }

/** A user who reads the demo's pages and sends their forms, in a browser without JavaScript. */
export class Reader {
  readonly visitor: Visitor

  constructor(baseUrl: string, cookies: Iterable<[string, string]> = []) {
    this.visitor = new Visitor(baseUrl, cookies)
  }

  /** The same cookies at another address: a browser stores them by host, whatever the port. */
  at(baseUrl: string): Reader {
    const names = ['gravito_session', 'XSRF-TOKEN']
    return new Reader(
      baseUrl,
      names.map((name) => [name, this.visitor.cookie(name)]),
    )
  }

  async open(path: string): Promise<string> {
    const response = await this.visitor.send('GET', path, { headers: asBrowser })
    const html = await response.text()
    if (response.status !== 200) throw new Error(`${path} is a ${response.status}:\n${html}`)
    return html
  }

  /** Opens the page, and fills in the form with this button. The form can be sent several times. */
  async fillIn(path: string, button: string, typed: Record<string, string> = {}) {
    const { action, hidden } = formWith(await this.open(path), button)
    const body = new URLSearchParams({ ...hidden, ...typed })
    return () => this.visitor.send('POST', action, { headers: asBrowser, body })
  }

  async press(path: string, button: string, typed?: Record<string, string>): Promise<Response> {
    const send = await this.fillIn(path, button, typed)
    return send()
  }

  /** Like `press`, but returns the page to which the response redirects. */
  async pressAndFollow(path: string, button: string, typed?: Record<string, string>) {
    const response = await this.press(path, button, typed)
    const location = response.headers.get('Location')
    if (response.status !== 303 || location === null) {
      throw new Error(`"${button}" got the status ${response.status}:\n${await response.text()}`)
    }
    return this.open(location)
  }

  signIn(name: string): Promise<string> {
    return this.pressAndFollow('/', 'Sign in', { name })
  }

  async addToCart(item: string): Promise<string> {
    return this.pressAndFollow('/cart', 'Add with a form', { item })
  }

  /** Like the page's script: JSON, with the cookie's token in a header. */
  addWithFetch(body: string): Promise<Response> {
    return this.visitor.send('POST', '/cart/items', {
      headers: { 'X-CSRF-Token': this.visitor.token, 'Content-Type': 'application/json' },
      body,
    })
  }
}

function formWith(html: string, button: string): Form {
  const forms = [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)]
  const found = forms.filter(([, , content]) => content?.includes(`>${button}</button>`))
  const [, attributes = '', content = ''] = found[0] ?? []
  if (found.length !== 1) throw new Error(`${found.length} forms have the button "${button}"`)
  const inputs = content.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)
  const hidden = [...inputs].map(([, name = '', value = '']) => [name, value])
  const [, action = ''] = /action="([^"]+)"/.exec(attributes) ?? []
  return { action, hidden: Object.fromEntries(hidden) }
}

interface Form {
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
}

/** The flash message of a page, as HTML. */
export function flashOf(html: string): string | undefined {
  return /<p class="flash[^"]*" role="status">(.*?)<\/p>/s.exec(html)?.[1]
}

/** The error message of a form field, as HTML. */
export function errorOf(html: string): string | undefined {
  return /<p class="answer wrong" role="alert" id="[\w-]+-errors">(.*?)<\/p>/s.exec(html)?.[1]
}

/** The list on the cart's page, as HTML. */
export function itemsOf(html: string): readonly string[] {
  const [, list = ''] = /<ul [^>]*aria-label="Items">(.*?)<\/ul>/s.exec(html) ?? []
  return [...list.matchAll(/<li>(.*?)<\/li>/g)].map(([, item = '']) => item)
}

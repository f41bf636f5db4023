import { Client, type Message as ClientMessage, setCookies } from '../hono/client.ts'

export const issuedCookies = setCookies

export interface Message {
  headers?: Record<string, string>
  body?: string | URLSearchParams | FormData
}

/** A browser's cookies and nothing else of a browser, on the way over HTTP. */
export class Visitor {
  readonly #base: string
  readonly #client: Client

  constructor(base: string, cookies: Iterable<readonly [string, string]> = []) {
    this.#base = base
    this.#client = new Client((request) => fetch(request), base, cookies)
  }

  /** Another browser that holds the same cookies from now on. */
  copy(): Visitor {
    return new Visitor(this.#base, this.#client.cookies)
  }

  cookie(name: string): string {
    return this.#client.cookie(name)
  }

  /** What a page's script reads from document.cookie. */
  get token(): string {
    return this.#client.token
  }

  get cookieHeader(): string {
    return this.#client.cookieHeader
  }

  send(method: string, path: string, message: Message = {}): Promise<Response> {
    return this.#client.send(method, path, message satisfies ClientMessage)
  }

  json(path: string): Promise<unknown> {
    return this.#client.json(path)
  }

  /** As the guide's frontend does: with the token of the cookie in X-CSRF-Token. */
  sendWithToken(method: string, path: string): Promise<Response> {
    return this.#client.send(method, path, { headers: { 'X-CSRF-Token': this.token } })
  }
}

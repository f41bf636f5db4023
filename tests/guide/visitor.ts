import { Client, type Message as ClientMessage, setCookies } from '../hono/client.ts'

export const issuedCookies = setCookies

export interface Message {
  headers?: Record<string, string>
  body?: string | URLSearchParams | FormData
}

/** A client over HTTP with the cookies of a browser, but no other browser features. */
export class Visitor {
  readonly #base: string
  readonly #client: Client

  constructor(base: string, cookies: Iterable<readonly [string, string]> = []) {
    this.#base = base
    this.#client = new Client((request) => fetch(request), base, cookies)
  }

  /** Another browser with a copy of the current cookies. */
  copy(): Visitor {
    return new Visitor(this.#base, this.#client.cookies)
  }

  cookie(name: string): string {
    return this.#client.cookie(name)
  }

  /** What a script on the page reads from document.cookie. */
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

  /** Like the guide's frontend: with the token of the cookie in X-CSRF-Token. */
  sendWithToken(method: string, path: string): Promise<Response> {
    return this.#client.send(method, path, { headers: { 'X-CSRF-Token': this.token } })
  }
}

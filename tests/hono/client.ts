import { type TestClient, testClient } from '@gravito/orbit/testing'
import type { Hono } from 'hono'

/** A cookie from a Set-Cookie header. Attribute names are in lower case, and a flag has the value ''. */
export interface SetCookie {
  readonly name: string
  readonly value: string
  readonly attributes: ReadonlyMap<string, string>
}

/** What a request may contain besides its method and path. */
export interface Message {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: BodyInit
}

/** Anything that handles requests: an app, a core, or a function around `fetch`. */
export type Answers = Pick<Hono, 'request'> | ((request: Request) => Response | Promise<Response>)

/** Set for the suites over HTTP. Otherwise the tests call the app directly. */
const http = process.env.SESSION_OVER === 'http' ? await import('./over-http.ts') : undefined

/** True if the tests send their requests over TCP, to a server of the runtime that runs them. */
export const isOverHttp = http !== undefined

/** The app's response to a request without a browser's cookies. */
export async function ask(app: Answers, url: string, init?: RequestInit): Promise<Response> {
  return answerTo(new Request(new URL(url, 'http://localhost'), init), app)
}

/** Marks a body that is sent as a stream over TCP. The header does not reach the app. */
const streamed = 'X-Test-Streamed'

async function answerTo(request: Request, target: Answers): Promise<Response> {
  const inPieces = request.headers.has(streamed)
  request.headers.delete(streamed)
  if (typeof target === 'function') return target(request)
  return http ? http.send(target, request, inPieces) : target.request(request)
}

export function setCookies(response: Response): SetCookie[] {
  return response.headers.getSetCookie().map((header) => {
    const [pair = '', ...rest] = header.split('; ')
    const [name, value] = split(pair)
    const attributes = rest.map(split).map(([key, text]) => [key.toLowerCase(), text] as const)
    return { name, value, attributes: new Map(attributes) }
  })
}

/** The names of the cookies that the response sets, sorted. */
export function setCookieNames(response: Response): string[] {
  return setCookies(response)
    .map(({ name }) => name)
    .sort()
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
}

/**
 * The test client omits a header with an empty value. It sends a space instead, which arrives as an
 * empty value.
 */
function asSent(headers: Message['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value || ' ']))
}

/**
 * The product's test client, without the token that it sends by default: each test adds its own
 * headers.
 */
export class Client {
  readonly #target: Answers
  readonly #base: string
  readonly #client: TestClient
  /** All the secret values that the browser was ever given. */
  readonly received: string[] = []

  constructor(
    target: Answers,
    base = 'http://localhost',
    jar: Iterable<readonly [string, string]> = [],
  ) {
    this.#target = target
    this.#base = base
    this.#client = testClient({ fetch: (request) => answerTo(request, target) }, { origin: base })
    for (const [name, value] of jar) this.#client.cookies.set(name, value)
  }

  /** Another browser with a copy of the current cookies. */
  copy(target: Answers = this.#target, base = this.#base): Client {
    return new Client(target, base, this.#client.cookies)
  }

  cookie(name: string): string {
    const { cookies } = this.#client
    const value = cookies.get(name)
    if (value === undefined) throw new Error(`no cookie ${name} among: ${[...cookies.keys()]}`)
    return value
  }

  has(name: string): boolean {
    return this.#client.cookies.has(name)
  }

  set(name: string, value: string): void {
    this.#client.cookies.set(name, value)
  }

  drop(name: string): void {
    this.#client.cookies.delete(name)
  }

  /** What a script on the page reads from document.cookie. */
  get token(): string {
    this.cookie('XSRF-TOKEN')
    return this.#client.token ?? ''
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#client.cookies
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async send(method: string, path: string, { headers, body }: Message = {}): Promise<Response> {
    const isStream = body instanceof ReadableStream
    const response = await this.#client.send(method, path, {
      headers: {
        'X-XSRF-TOKEN': '',
        ...asSent(headers),
        ...(isStream ? { [streamed]: 'yes' } : {}),
      },
      body,
    })
    for (const { value } of setCookies(response)) if (value !== '') this.received.push(value)
    return response
  }

  get(path: string, message: Message = {}): Promise<Response> {
    return this.send('GET', path, message)
  }

  async json(path: string, message: Message = {}): Promise<unknown> {
    return (await this.get(path, message)).json()
  }

  /** An unsafe request with the token of the XSRF-TOKEN cookie, as a script on the page sends it. */
  post(path: string, { headers, body }: Message = {}, method = 'POST'): Promise<Response> {
    return this.send(method, path, {
      headers: { 'X-CSRF-Token': this.token, ...headers },
      ...(body === undefined ? {} : { body }),
    })
  }
}

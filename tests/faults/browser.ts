import { setCookies } from '../hono/client.ts'
import type { View } from './view.ts'

/** The changes that a request can ask a handler to make. See `app.mjs`. */
export interface Change {
  readonly kind:
    | 'push'
    | 'add'
    | 'put'
    | 'flash'
    | 'code'
    | 'take'
    | 'sign-in'
    | 'regenerate'
    | 'sign-out'
    | 'end-all'
  /** A string that is used only once. */
  readonly mark?: string
  readonly key?: string
  readonly user?: string
  /** Stores a string with this number of characters instead of the mark. */
  readonly fill?: number
}

const limitMs = 10_000

/** A browser. Its cookies come from the responses, in the order of their arrival. */
export class Browser {
  readonly #jar: Map<string, string>

  constructor(jar: Iterable<readonly [string, string]> = []) {
    this.#jar = new Map(jar)
  }

  get session(): string | undefined {
    return this.#jar.get('session')
  }

  get token(): string {
    return decodeURIComponent(this.#jar.get('XSRF-TOKEN') ?? '')
  }

  copy(): Browser {
    return new Browser(this.#jar)
  }

  /** Sends a request and ignores the cookies of the response. */
  async ask(origin: string | undefined, path: string, init: RequestInit = {}): Promise<Response> {
    if (origin === undefined) throw new Error('The app is down.')
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
    return fetch(`${origin}${path}`, {
      ...init,
      headers: { ...(cookie === '' ? {} : { Cookie: cookie }), ...init.headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(limitMs),
    })
  }

  askFor(origin: string | undefined, change: Change): Promise<Response> {
    return this.ask(origin, '/change', {
      method: 'POST',
      headers: { 'X-CSRF-Token': this.token, 'Content-Type': 'application/json' },
      body: JSON.stringify(change),
    })
  }

  take(answer: Response): void {
    for (const { name, value, attributes } of setCookies(answer)) {
      if (attributes.get('max-age') === '0') this.#jar.delete(name)
      else this.#jar.set(name, value)
    }
  }

  async get(origin: string | undefined, path: string): Promise<Response> {
    const answer = await this.ask(origin, path)
    this.take(answer)
    return answer
  }

  async change(origin: string | undefined, change: Change): Promise<Response> {
    const answer = await this.askFor(origin, change)
    this.take(answer)
    return answer
  }

  /** The content of the session. */
  async state(origin: string | undefined): Promise<View> {
    const answer = await this.get(origin, '/state')
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
    return (await answer.json()) as View
  }
}

import { raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Keyring } from '../keys.ts'
import type { UnitOfWork } from '../session/unit.ts'
import { isTokenOf, mask, tokenOf } from './token.ts'

/** The CSRF token of a request's session: `c.get('csrf')`. Calling a method counts as use of the session. */
export class Csrf {
  readonly #request: { readonly unit: UnitOfWork }
  readonly #keyring: Keyring
  readonly #fieldName: string

  /** @internal */
  constructor(request: { readonly unit: UnitOfWork }, keyring: Keyring, fieldName: string) {
    this.#request = request
    this.#keyring = keyring
    this.#fieldName = fieldName
    Object.freeze(this)
  }

  /** Created on first use. */
  get #unit(): UnitOfWork {
    return this.#request.unit
  }

  /**
   * Returns the token that unsafe requests must send. The cookie `XSRF-TOKEN` has the same value. The token changes at
   * once with `regenerate()`, `invalidate()` and a change of user.
   */
  token(): string {
    this.#unit.start()
    return tokenOf(this.#unit.random, this.#keyring[0])
  }

  /**
   * Returns a hidden form field with the token, as HTML: `<input type="hidden" name="_token" …>`. You can use it
   * directly in Hono's JSX and `html`. For another template engine, use `String(csrf.field())`. The token in the field
   * is masked, so it is a different string each time (BREACH).
   *
   * @example
   * app.get('/order', (c) => c.html(html`<form method="post">${c.get('csrf').field()} …</form>`))
   */
  field(): HtmlEscapedString {
    return raw(`<input type="hidden" name="${this.#fieldName}" value="${mask(this.token())}">`)
  }

  /**
   * Returns `true` if the string is the token of this request's session, plain or masked. Use it for messages without
   * headers, such as the first message of a WebSocket.
   */
  verify(token: string): boolean {
    this.#unit.start()
    return typeof token === 'string' && isTokenOf(this.#unit.random, token, this.#keyring)
  }
}

// Components for hono/jsx, written without JSX: what the package needs to build them is what it has.
//
// A component gets props only, so it has to find its request. Pages that `jsxRenderer` renders carry it in a
// context of JSX; for all others it is a prop. Guessing one, such as the latest, could show somebody the
// messages and the token of another person, so there is an error instead.

import type { Context } from 'hono'
import { html } from 'hono/html'
import { useContext } from 'hono/jsx'
import { RequestContext } from 'hono/jsx-renderer'
import type { HtmlEscapedString } from 'hono/utils/html'
import { refuse } from './checks.ts'
import { csrfUnder, sessionUnder } from './installed.ts'
import type { KeyOf, SessionFlash, ValueOf } from './session/declared.ts'

/** What JSX makes, and takes. */
type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/** What all the components take. */
interface RequestProps {
  /** The context of the request. Pages that `jsxRenderer` renders need none; for `c.html(<Page />)` give it: `c={c}`. */
  readonly c?: Context | undefined
}

/** Props of `CsrfField`. */
export interface CsrfFieldProps extends RequestProps {
  /** The name of the token, if `session()` got another `csrf.exposeAs`. Default `csrf`. */
  readonly csrf?: string | undefined
}

/** What the components take that show something of the session. */
interface SessionProps extends RequestProps {
  /** The name of the session, if `session()` got another `exposeAs`. Default `session`. */
  readonly session?: string | undefined
  /** The class of the element. Default: none. It does not go with `children`, which bring an element of their own. */
  readonly class?: string | undefined
}

/** What is flashed under a key, if there is something. */
type MessageOf<Name> = NonNullable<ValueOf<SessionFlash, Name>>

/** Props of `Flash`. */
export interface FlashProps<Name extends KeyOf<SessionFlash> = KeyOf<SessionFlash>>
  extends SessionProps {
  /** The key that the message was flashed under. */
  readonly name: Name
  /** Other markup for the message, or for a message that is not a string. Default: `<p role="status">`. */
  readonly children?: ((message: MessageOf<Name>) => Markup | null) | undefined
}

/** Props of `FieldErrors`. */
export interface FieldErrorsProps extends SessionProps {
  /** The name of the field. The empty name is for errors that belong to no field. */
  readonly name: string
  /**
   * The id of the element, for `aria-describedby` of the field. Default: the name and `-errors`, such as `email-errors`;
   * `form-errors` for the empty name. White space in the name becomes `-`.
   */
  readonly id?: string | undefined
  /** Other markup for the messages. Default: a `<div role="alert">` with a `<p>` for each. */
  readonly children?: ((messages: readonly string[]) => Markup | null) | undefined
}

/**
 * A hidden form field with the CSRF token of the session: `c.get('csrf').field()`.
 *
 * @throws {SessionConfigError} if the page has no request (see `c`), or the request no CSRF token
 * @example
 * <form method="post"><CsrfField /> …</form>
 */
export function CsrfField({ c, csrf = 'csrf' }: CsrfFieldProps): Markup {
  return csrfUnder(requestOf('CsrfField', c), csrf, '<CsrfField />').field()
}

/**
 * A flash message, or nothing if there is none. It counts as having read the message, as `getFlash` does.
 *
 * @throws {SessionConfigError} if the page has no request (see `c`), the request no session, or if the message is neither
 * a string nor a number and there is no function to show it
 * @example
 * <Flash name="success" />
 * <Flash name="warning">{(message) => <div class="warning">{message}</div>}</Flash>
 */
export function Flash<Name extends KeyOf<SessionFlash>>(props: FlashProps<Name>): Markup | null {
  const { c, name, session = 'session', class: className, children } = props
  const found = sessionUnder(requestOf('Flash', c), session, '<Flash />')
  const message: unknown = found.getFlash<unknown>(name)
  if (!isMessage<Name>(message)) return null
  if (children) return functionOf('Flash', children)(message)
  if (typeof message === 'object' || typeof message === 'boolean') {
    return refuse(
      `<Flash name="${name}" />`,
      `finds a message that is not a string. Show it by a function: <Flash name="${name}">{(message) => …}</Flash>`,
    )
  }
  return html`<p role="status"${classOf(className)}>${String(message)}</p>`
}

/**
 * What `flashErrors` kept for a field, or nothing if there is nothing.
 *
 * @throws {SessionConfigError} if the page has no request (see `c`), or the request no session
 * @example
 * <input name="email" aria-describedby="email-errors" />
 * <FieldErrors name="email" />
 */
export function FieldErrors(props: FieldErrorsProps): Markup | null {
  const { c, name, session = 'session', class: className, children } = props
  const { id = `${name.replace(/\s+/g, '-') || 'form'}-errors` } = props
  const messages = sessionUnder(requestOf('FieldErrors', c), session, '<FieldErrors />').errors(
    name,
  )
  if (messages.length === 0) return null
  if (children) return functionOf('FieldErrors', children)(messages)
  const lines = messages.map((message) => html`<p>${message}</p>`)
  return html`<div id="${id}" role="alert"${classOf(className)}>${lines}</div>`
}

/** What an app flashes to say that there is no message counts as none. */
function isMessage<Name>(value: unknown): value is MessageOf<Name> {
  return value !== undefined && value !== null && value !== false && value !== ''
}

function classOf(name: string | undefined) {
  return name === undefined ? '' : html` class="${name}"`
}

function functionOf<F>(component: string, children: F): F {
  if (typeof children === 'function') return children
  return refuse(
    `<${component}>`,
    'has children that are not a function. Write {(found) => …} between its tags, or nothing',
  )
}

function requestOf(component: string, c: Context | undefined): Context {
  const found = c ?? useContext(RequestContext)
  if (found) return found
  return refuse(
    `<${component} />`,
    `does not know its request. Render the page with jsxRenderer() and c.render(…), or give it the context: <${component} c={c} />`,
  )
}

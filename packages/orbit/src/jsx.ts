// Components for hono/jsx. They are written without JSX, so the build needs no JSX compiler.
//
// A component gets only props, so it has to find its request. On pages that `jsxRenderer` renders, a JSX context
// has it. On other pages it is a prop. If it guessed, for example the latest request, a user could see the
// messages and the token of another user. So it throws an error instead.

import type { Context } from 'hono'
import { html } from 'hono/html'
import { useContext } from 'hono/jsx'
import { RequestContext } from 'hono/jsx-renderer'
import type { HtmlEscapedString } from 'hono/utils/html'
import { refuse } from './checks.ts'
import { csrfUnder, sessionUnder } from './installed.ts'
import type { KeyOf, SessionFlash, ValueOf } from './session/declared.ts'

/** The result of JSX, which JSX also accepts as a child. */
type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/** The props of all components. */
interface RequestProps {
  /** The context of the request. You need it only with `c.html(<Page />)`, not with `jsxRenderer`: `c={c}`. */
  readonly c?: Context | undefined
}

/** Props of `CsrfField`. */
export interface CsrfFieldProps extends RequestProps {
  /** The name of the token, if `session()` has another `csrf.exposeAs`. Default `csrf`. */
  readonly csrf?: string | undefined
}

/** The props of components that show data of the session. */
interface SessionProps extends RequestProps {
  /** The name of the session, if `session()` has another `exposeAs`. Default `session`. */
  readonly session?: string | undefined
  /** The class of the element. Default: none. You cannot combine it with `children`, which replace the element. */
  readonly class?: string | undefined
}

/** The type of the message under a key. */
type MessageOf<Name> = NonNullable<ValueOf<SessionFlash, Name>>

/** Props of `Flash`. */
export interface FlashProps<Name extends KeyOf<SessionFlash> = KeyOf<SessionFlash>>
  extends SessionProps {
  /** The key of the flash message. */
  readonly name: Name
  /** Other markup for the message, or for a message that is not a string. Default: `<p role="status">`. */
  readonly children?: ((message: MessageOf<Name>) => Markup | null) | undefined
}

/** Props of `FieldErrors`. */
export interface FieldErrorsProps extends SessionProps {
  /** The name of the field. The empty name is for errors that do not belong to a field. */
  readonly name: string
  /**
   * The id of the element, for `aria-describedby` of the field. Default: the name and `-errors`, such as
   * `email-errors`. For the empty name, it is `form-errors`. White space in the name becomes `-`.
   */
  readonly id?: string | undefined
  /** Other markup for the messages. Default: a `<div role="alert">` with a `<p>` for each. */
  readonly children?: ((messages: readonly string[]) => Markup | null) | undefined
}

/**
 * A hidden form field with the CSRF token of the session: `c.get('csrf').field()`.
 *
 * @throws {SessionConfigError} if the page has no request (see `c`), or the request has no CSRF token
 * @example
 * <form method="post"><CsrfField /> …</form>
 */
export function CsrfField({ c, csrf = 'csrf' }: CsrfFieldProps): Markup {
  return csrfUnder(requestOf('CsrfField', c), csrf, '<CsrfField />').field()
}

/**
 * Shows a flash message, or nothing if there is none. This reads the message, as `getFlash` does.
 *
 * @throws {SessionConfigError} if the page has no request (see `c`), if the request has no session, or if the message
 * is not a string or a number and there is no function that shows it
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
      `finds a message that is not a string. Show it with a function: <Flash name="${name}">{(message) => …}</Flash>`,
    )
  }
  return html`<p role="status"${classOf(className)}>${String(message)}</p>`
}

/**
 * Shows the messages that `flashErrors` kept for a field, or nothing if there are none.
 *
 * @throws {SessionConfigError} if the page has no request (see `c`), or the request has no session
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

/** Some apps flash an empty value to say that there is no message. */
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
    'has children that are not a function. Use {(found) => …} between its tags, or no children',
  )
}

function requestOf(component: string, c: Context | undefined): Context {
  const found = c ?? useContext(RequestContext)
  if (found) return found
  return refuse(
    `<${component} />`,
    `does not know its request. Render the page with jsxRenderer() and c.render(…), or pass the context: <${component} c={c} />`,
  )
}

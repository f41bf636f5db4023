// If the input of a form is not valid, the browser goes back to the form. The session keeps the input and the
// messages for that page. The kernel does not depend on a session package: it uses any value in the context that
// has the two methods.

import type { Context } from 'hono'
import { messageOf } from './errors.ts'
import type { Logger } from './logger.ts'
import { onOneLine } from './one-line.ts'
import { nameOf } from './request-name.ts'
import type { ValidationMessages } from './validation.ts'

/** The part of a session that a form needs. The session leaves out files and secrets. */
interface FormSession {
  flashErrors(issues: readonly { message: string; path: readonly string[] }[]): void
  flashInput(input: FormData): void
}

/** A redirect to the form. `undefined` if no browser sent a form, or if there is no session. */
export async function formAgain(
  c: Context,
  errors: ValidationMessages,
  logger: Logger,
): Promise<Response | undefined> {
  const session = isOfForm(c) ? sessionOf(c) : undefined
  if (session === undefined) return undefined
  try {
    session.flashErrors(issuesOf(errors))
    session.flashInput(await inputOf(c))
    return c.redirect(addressOfForm(c), 303)
  } catch (failure) {
    // For example, the session cannot change outside of its cookie path. The 422 has the messages too.
    const problem = onOneLine(messageOf(failure))
    logger.warn(`${nameOf(c.req.raw)}: the form cannot be shown again: ${problem}`)
    return undefined
  }
}

/** The content types that browsers use for forms. */
const formType = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i

function isOfForm(c: Context): boolean {
  if (/^(?:GET|HEAD|OPTIONS|TRACE)$/.test(c.req.method)) return false
  const accept = c.req.header('Accept') ?? ''
  const prefersPage = accept.includes('text/html') && !accept.startsWith('application/json')
  return prefersPage && formType.test(c.req.header('Content-Type') ?? '')
}

/** The value under the name `session`, or else the first session in the context. */
function sessionOf(c: Context): FormSession | undefined {
  const { session, ...others }: Record<string, unknown> = c.var
  return [session, ...Object.values(others)].find(isFormSession)
}

function isFormSession(value: unknown): value is FormSession {
  return (
    typeof value === 'object' &&
    value !== null &&
    'flashErrors' in value &&
    typeof value.flashErrors === 'function' &&
    'flashInput' in value &&
    typeof value.flashInput === 'function'
  )
}

/** As a list of issues: in an object by field name, a field named `issues` would be taken for such a list. */
function issuesOf(errors: ValidationMessages) {
  return Object.entries(errors).flatMap(([name, messages]) =>
    messages.map((message) => ({ message, path: [name] })),
  )
}

/** The form data. It is empty if the handler has consumed the body itself. */
async function inputOf(c: Context): Promise<FormData> {
  return c.req.formData().catch(() => new FormData())
}

/** The page that the form is on: the referring page if it has the same host, or else the URL of the request. */
function addressOfForm(c: Context): string {
  const asked = new URL(c.req.url)
  const referer = c.req.header('Referer') ?? ''
  const from = URL.canParse(referer) ? new URL(referer) : asked
  const { pathname, search } = from.host === asked.host ? from : asked
  // A browser would read `//elsewhere` as another host.
  return pathname.replace(/^\/+/, '/') + search
}

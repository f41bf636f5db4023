// If the input of a form is not valid, the browser is redirected back to the form. The session keeps the input and
// the messages for that page. The kernel does not depend on a session package: it uses any value in the context that
// has the two methods of `FormSession`.

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

/** Returns a redirect to the form. `undefined` if the request is not a form of a browser, or if there is no session. */
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
    // For example, the session cannot change outside of its cookie path. Then a 422 response shows the messages.
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

/** Returns the session named `session`, or the first session in the context. */
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

/**
 * Returns the messages as a list of issues. An object by field name would be ambiguous: a field named `issues`
 * would look like a list of issues.
 */
function issuesOf(errors: ValidationMessages) {
  return Object.entries(errors).flatMap(([name, messages]) =>
    messages.map((message) => ({ message, path: [name] })),
  )
}

/** Returns the form data. It is empty if the handler has consumed the raw body. */
async function inputOf(c: Context): Promise<FormData> {
  return c.req.formData().catch(() => new FormData())
}

/** Returns the page of the form: the referring page if it has the same host, otherwise the URL of the request. */
function addressOfForm(c: Context): string {
  const asked = new URL(c.req.url)
  const referer = c.req.header('Referer') ?? ''
  const from = URL.canParse(referer) ? new URL(referer) : asked
  const { pathname, search } = from.host === asked.host ? from : asked
  // A browser would read `//elsewhere` as another host.
  return pathname.replace(/^\/+/, '/') + search
}

// A form whose input is not valid is shown again, with what was typed and what was wrong: both are kept in the
// session for the next page, and the browser is sent back. The kernel knows no package of sessions. It takes
// whatever the context has that can keep both.

import type { Context } from 'hono'
import { messageOf } from './errors.ts'
import type { Logger } from './logger.ts'
import { onOneLine } from './one-line.ts'
import { nameOf } from './request-name.ts'
import type { ValidationMessages } from './validation.ts'

/** A session, as far as a form needs it. It leaves out files and secrets by itself. */
interface FormSession {
  flashErrors(issues: readonly { message: string; path: readonly string[] }[]): void
  flashInput(input: FormData): void
}

/** The response that leads back to the form; `undefined` for what no browser has sent from one, and without a session. */
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
    // Such as a session that cannot change under this path. A 422 tells the client as well.
    const problem = onOneLine(messageOf(failure))
    logger.warn(`${nameOf(c.req.raw)}: the form cannot be shown again: ${problem}`)
    return undefined
  }
}

/** What browsers send a form as. */
const formType = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i

function isOfForm(c: Context): boolean {
  if (/^(?:GET|HEAD|OPTIONS|TRACE)$/.test(c.req.method)) return false
  const accept = c.req.header('Accept') ?? ''
  const prefersPage = accept.includes('text/html') && !accept.startsWith('application/json')
  return prefersPage && formType.test(c.req.header('Content-Type') ?? '')
}

/** The one that most apps have, or else the first. */
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

/** As issues, because among messages by field a field named `issues` would pass for them. */
function issuesOf(errors: ValidationMessages) {
  return Object.entries(errors).flatMap(([name, messages]) =>
    messages.map((message) => ({ message, path: [name] })),
  )
}

/** What Hono has read for the handler, or reads now. Nothing, if the handler took the body for itself. */
async function inputOf(c: Context): Promise<FormData> {
  return c.req.formData().catch(() => new FormData())
}

/** Where the form is: the page that it came from, if that is of this host, or else its own address. */
function addressOfForm(c: Context): string {
  const asked = new URL(c.req.url)
  const referer = c.req.header('Referer') ?? ''
  const from = URL.canParse(referer) ? new URL(referer) : asked
  const { pathname, search } = from.host === asked.host ? from : asked
  // To a browser, `//elsewhere` would be another host.
  return pathname.replace(/^\/+/, '/') + search
}

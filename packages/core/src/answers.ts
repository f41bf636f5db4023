import type { Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isError, messageOf } from './errors.ts'
import { formAgain } from './form-again.ts'
import type { Logger } from './logger.ts'
import { onOneLine } from './one-line.ts'
import { nameOf } from './request-name.ts'
import { isDevelopment } from './runtime.ts'
import { messagesOf, summaryOf, type ValidationMessages } from './validation.ts'

/** Hono's HTTPException, known by its shape: the app may have loaded another copy of hono. */
interface Exception extends Error {
  readonly status: ContentfulStatusCode
  readonly res?: Response
  readonly code?: unknown
  getResponse(): Response
}

/** What describes the body of an answer, and is wrong for the error that takes its place. */
const OF_THE_BODY = /^(content-(encoding|length|range|type)|etag|last-modified|transfer-encoding)$/

/** A client may send thousands, so the log has only the first ones. */
const MANY_FIELDS = 10

/** Gives an app the kernel's one JSON shape for 404 and for errors. */
export function installAnswers(app: Hono, logger: Logger): void {
  app.notFound((c) => c.json(body('not-found', `There is no ${c.req.method} ${c.req.path}`), 404))
  app.onError(async (error, c) => {
    forgetBody(c)
    const answer = await answerError(error, c, logger)
    // Its headers are in the answer by now. Hono would merge them once more, and lose cookies.
    c.res = undefined
    return answer
  })
}

/** Answers what Hono does not catch: something thrown that is no Error, or a failure outside of any handler. */
export function answerFailure(thrown: unknown, request: Request, logger: Logger): Response {
  logFailure(logger, thrown, request)
  return Response.json(unexpected(thrown), { status: 500 })
}

async function answerError(error: Error, c: Context, logger: Logger): Promise<Response> {
  const invalid = isException(error) ? undefined : messagesOf(error)
  if (invalid) return answerInvalid(error, invalid, c, logger)
  const status = isException(error) ? error.status : 500
  if (status >= 500) logFailure(logger, error, c.req.raw)
  if (!isException(error)) return c.json(unexpected(error), status)
  const own = error.getResponse()
  if (await isOwn(error, own)) return c.newResponse(own.body, own)
  return c.json(body(codeOf(error), error.message || `HTTP status ${status}`), status)
}

/** An input that is not valid. The log has the names of the fields, in case it was the app's own data. */
async function answerInvalid(
  error: Error,
  errors: ValidationMessages,
  c: Context,
  logger: Logger,
): Promise<Response> {
  const names = onOneLine(Object.keys(errors).slice(0, MANY_FIELDS).join(', '))
  logger.info(`${nameOf(c.req.raw)}: the input is not valid (${names})`)
  const again = await formAgain(c, errors, logger)
  if (again) return again
  const { success, error: said } = body('validation-failed', summaryOf(error))
  return c.json({ success, error: { ...said, errors } }, 422)
}

function body(code: string, message: string, stack?: string) {
  return { success: false, error: { code, message, ...(stack === undefined ? {} : { stack }) } }
}

function unexpected(thrown: unknown) {
  if (!isDevelopment()) return body('internal-error', 'Something went wrong on the server')
  return body('internal-error', messageOf(thrown), isError(thrown) ? thrown.stack : undefined)
}

function codeOf(error: Exception): string {
  return typeof error.code === 'string' ? error.code : `http-${error.status}`
}

function isException(error: Error): error is Exception {
  return (
    'getResponse' in error &&
    typeof error.getResponse === 'function' &&
    'status' in error &&
    typeof error.status === 'number'
  )
}

/** Whether an exception brings an answer of its own: a plain one has its message as plain text. */
async function isOwn(error: Exception, answer: Response): Promise<boolean> {
  if (error.res || !answer.headers.get('content-type')?.startsWith('text/plain')) return true
  return (await answer.clone().text()) !== error.message
}

/**
 * An error after the handler has answered: Hono would merge the headers of that answer into the
 * error's, a gzip encoding into plain JSON for one. Those which are not of the body stay (CORS, cookies).
 */
function forgetBody(c: Context): void {
  if (!c.finalized) return
  const headers = new Headers(c.res.headers)
  for (const name of [...headers.keys()]) if (OF_THE_BODY.test(name)) headers.delete(name)
  c.res = undefined
  c.res = new Response(null, { headers })
}

function logFailure(logger: Logger, error: unknown, request: Request): void {
  const message = `${nameOf(request)} failed: ${onOneLine(messageOf(error))}`
  // A 503 and the like was thrown on purpose: the message is all that there is to know.
  const isMeant = isError(error) && isException(error) && error.status !== 500
  logger.error(message, ...(isMeant ? [] : [{ error }]))
}

import type { Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isError, messageOf } from './errors.ts'
import { formAgain } from './form-again.ts'
import type { Logger } from './logger.ts'
import { onOneLine } from './one-line.ts'
import { nameOf } from './request-name.ts'
import { isDevelopment } from './runtime.ts'
import { messagesOf, summaryOf, type ValidationMessages } from './validation.ts'

/** Hono's HTTPException. It is recognized by its shape, because the app may have loaded another copy of hono. */
interface Exception extends Error {
  readonly status: ContentfulStatusCode
  readonly res?: Response
  readonly code?: unknown
  getResponse(): Response
}

/** Headers that describe the body of a response. They are wrong for the error response that replaces it. */
const OF_THE_BODY = /^(content-(encoding|length|range|type)|etag|last-modified|transfer-encoding)$/

/** A client may send thousands of fields, so the log shows only the first ones. */
const MANY_FIELDS = 10

/** Gives all 404s and errors of an app the same JSON shape. */
export function installAnswers(app: Hono, logger: Logger): void {
  app.notFound((c) => c.json(body('not-found', `No route for ${c.req.method} ${c.req.path}`), 404))
  app.onError(async (error, c) => {
    forgetBody(c)
    const response = await answerError(error, c, logger)
    // The new response has these headers already. Hono would merge them again and lose cookies.
    c.res = undefined
    return response
  })
}

/** Responds to failures that Hono does not catch: a thrown value that is not an Error, or a failure outside of handlers. */
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

/**
 * Responds to input that is not valid. It logs the names of the fields, because they show whether the app has
 * checked its own data instead of the user's input.
 */
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

/** Returns whether the app chose the response. Without one, `getResponse` returns the message as plain text. */
async function isOwn(error: Exception, response: Response): Promise<boolean> {
  if (error.res || !response.headers.get('content-type')?.startsWith('text/plain')) return true
  return (await response.clone().text()) !== error.message
}

/**
 * Removes the body and the headers that describe it, for an error that is thrown after the handler has
 * responded. Hono would merge these headers into the error response, so plain JSON could be marked as
 * gzip. Other headers stay, such as those for CORS and cookies.
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
  // An exception with a status such as 503 was thrown on purpose, so its message is enough without a stack.
  const isMeant = isError(error) && isException(error) && error.status !== 500
  logger.error(message, ...(isMeant ? [] : [{ error }]))
}

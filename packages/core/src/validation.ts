import { GravitoError } from './errors.ts'

/** Error messages by field name. Messages under the empty name are about the whole input. */
export type ValidationMessages = Readonly<Record<string, readonly string[]>>

/**
 * Throw this error to refuse the input of a request for a reason that a schema cannot express:
 * `throw new ValidationError({ email: 'is taken' })`. The kernel handles it like the error of a schema. If the app has a
 * session, a form in a browser is redirected back to its page. Every other request gets a 422 with the messages by field,
 * for any method. Throw it only for the input of the request.
 */
export class ValidationError extends GravitoError {
  /** The name at the start of a printed stack. */
  override readonly name = 'ValidationError'
  /** Lists of messages by field. The name of a field inside an object has a dot: `address.city`. */
  readonly errors: ValidationMessages

  /** `errors` has a message or a list of messages for each field. `message` is about the whole input. */
  constructor(
    errors: Readonly<Record<string, string | readonly string[]>>,
    message = 'The input is not valid',
  ) {
    super('validation-failed', message)
    const lists = Object.entries(errors).map(([name, found]) => [name, [found].flat()])
    this.errors = Object.fromEntries(lists)
  }
}

/**
 * Returns the messages by field, if the error is about invalid input: a {@link ValidationError}, an error of zod or Valibot,
 * or any other error with the issues of Standard Schema. It checks the shape of the error, because the app may have loaded
 * another copy of the package.
 */
export function messagesOf(error: Error): ValidationMessages | undefined {
  if ('issues' in error && isIssues(error.issues)) return byField(error.issues)
  const isOurs = 'code' in error && error.code === 'validation-failed' && 'errors' in error
  return isOurs && isMessages(error.errors) ? error.errors : undefined
}

/** Returns the message for the client. The message of a schema error is a list of issues for developers, so it is not shown. */
export function summaryOf(error: Error): string {
  return 'issues' in error ? 'The input is not valid' : error.message
}

interface Issue {
  readonly message: string
  readonly path?: readonly unknown[] | undefined
}

function isIssues(value: unknown): value is readonly Issue[] {
  return Array.isArray(value) && value.length > 0 && value.every(isIssue)
}

function isIssue(value: unknown): value is Issue {
  if (typeof value !== 'object' || value === null) return false
  if (!('message' in value) || typeof value.message !== 'string') return false
  return !('path' in value) || value.path === undefined || Array.isArray(value.path)
}

function isMessages(value: unknown): value is ValidationMessages {
  return typeof value === 'object' && value !== null && Object.values(value).every(Array.isArray)
}

function byField(issues: readonly Issue[]): ValidationMessages {
  const fields = new Map<string, string[]>()
  for (const { path = [], message } of issues) {
    const name = path.map(keyOf).join('.')
    fields.set(name, [...(fields.get(name) ?? []), message])
  }
  return Object.fromEntries(fields)
}

/** Returns the key in a part of a path, which is a key or an object with a key. */
function keyOf(part: unknown): string {
  return String(typeof part === 'object' && part !== null && 'key' in part ? part.key : part)
}

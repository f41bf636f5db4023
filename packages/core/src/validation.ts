import { GravitoError } from './errors.ts'

/** Error messages by field name. The empty name is for the input as a whole. */
export type ValidationMessages = Readonly<Record<string, readonly string[]>>

/**
 * The app refuses an input for a reason that a schema cannot express: `throw new ValidationError({ email: 'is taken' })`.
 * The kernel handles it like the error of a schema. With a session, it redirects a form back to its page. Otherwise it
 * responds with a 422 that has the messages by field, whatever the method is. So throw it only for the input of the
 * request.
 */
export class ValidationError extends GravitoError {
  /** The name at the start of a printed stack. */
  override readonly name = 'ValidationError'
  /** Lists of messages by field. A field inside an object has a name with a dot: `address.city`. */
  readonly errors: ValidationMessages

  /** `errors` has a message or a list of messages for each field. `message` is about the input as a whole. */
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
 * The messages by field, if the error is about invalid input: a {@link ValidationError}, an error of zod or Valibot, or any
 * other with the issues of Standard Schema. Checks the shape: the app may have loaded another copy of the package.
 */
export function messagesOf(error: Error): ValidationMessages | undefined {
  if ('issues' in error && isIssues(error.issues)) return byField(error.issues)
  const isOurs = 'code' in error && error.code === 'validation-failed' && 'errors' in error
  return isOurs && isMessages(error.errors) ? error.errors : undefined
}

/** The message for the client. A schema's own message is a list of issues for developers, so it is not shown. */
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

/** A part of a path is a key, or an object with a key. */
function keyOf(part: unknown): string {
  return String(typeof part === 'object' && part !== null && 'key' in part ? part.key : part)
}

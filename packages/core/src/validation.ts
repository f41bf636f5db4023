import { GravitoError } from './errors.ts'

/** What is wrong with an input: messages by the names of its fields. The empty name is for the input as a whole. */
export type ValidationMessages = Readonly<Record<string, readonly string[]>>

/**
 * An input that the app refuses, for what no schema can say: `throw new ValidationError({ email: 'is taken' })`. The
 * kernel answers it as it answers what a schema throws: a form is shown again if there is a session, and anything else is
 * a 422 with the messages by field. What a handler throws is a 422 whatever the method is, so throw it for the input of
 * the request only.
 */
export class ValidationError extends GravitoError {
  /** What a printed stack begins with. */
  override readonly name = 'ValidationError'
  /** The messages by field, as lists. A field inside an object has a name with a dot: `address.city`. */
  readonly errors: ValidationMessages

  /** The messages by field, a list or a single one, and what a 422 says about the whole. */
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
 * The messages by field, if the error says that an input is not valid: a {@link ValidationError}, zod's, Valibot's, or any
 * other that carries the issues of Standard Schema. By its shape: the app may have loaded another copy of either.
 */
export function messagesOf(error: Error): ValidationMessages | undefined {
  if ('issues' in error && isIssues(error.issues)) return byField(error.issues)
  const isOurs = 'code' in error && error.code === 'validation-failed' && 'errors' in error
  return isOurs && isMessages(error.errors) ? error.errors : undefined
}

/** What a client is told of the whole. That of a schema's error is a list of its issues, for developers. */
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

/** A part of a path is a key, or an object that has one. */
function keyOf(part: unknown): string {
  return String(typeof part === 'object' && part !== null && 'key' in part ? part.key : part)
}

import { Buffer } from 'node:buffer'

/**
 * The input of a form: the result of `parseBody()` or `formData()`, or a JSON object. Other values have no fields, for
 * example `null`, which a client may send as JSON.
 */
export type FormInput = FormData | URLSearchParams | object | null | undefined

/** An error of a form in the format of Standard Schema, which zod and other libraries use. */
export interface FormIssue {
  /** The message for the user. */
  readonly message: string
  /** The names of the field and of the objects around it. Without it, the issue is about the form as a whole. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The type of zod's `error`, and of the result of `validate` in Standard Schema. */
export interface FormIssues {
  /** The issues. */
  readonly issues: readonly FormIssue[]
}

/** Errors of a form: issues, an object with issues, or messages by field. */
export type FormErrors =
  | readonly FormIssue[]
  | FormIssues
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** A list of pairs, because a field may have any name. */
type Fields = readonly (readonly [name: string, values: readonly string[]])[]

/**
 * Words in names of fields that should not appear again on a page or in a store (OWASP: session management). The name
 * `newPassword` is compared as ` new password `.
 */
const secret =
  /passw|passphrase|passcode|secret|token|[cx]srf| pass | pwd | [th]?otp | mfa | 2fa | pin | cv[cv] | csc | (?:card|cc) ?(?:number|num|no|nr) | one time |(?:security|verification|recovery|backup|auth|access|mfa|sms) ?code|(?:api|private|access) ?key /

/** The maximum nesting of JSON objects, and the maximum length of a field name. The rest is left out. */
const [deepest, longestName] = [8, 128]

/**
 * The fields of a form that may be stored, by name, as strings.
 *
 * @param except more names to leave out, including their inner fields
 * @param mostBytes the maximum size of all fields as JSON, in bytes. A field that does not fit is left out
 */
export function formInput(input: FormInput, except: readonly string[], mostBytes: number): Fields {
  const fields = new Map<string, string[]>()
  const isLeftOut = (name: string) => except.includes(name) || isSecret(name)
  let left = mostBytes
  for (const [name, value] of fieldsIn(input, isLeftOut)) {
    // One character may take six bytes in JSON: \u0001.
    const bytes = name.length + value.length > left ? left + 1 : bytesOf(name) + bytesOf(value)
    if (bytes > left) continue
    left -= bytes
    add(fields, name, value)
    if (left < 16) break
  }
  return [...fields]
}

function bytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) + 4
}

/** Whether the name, or the name of an object around it, looks like a secret: `card[pin]`, `password.current`. */
function isSecret(name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase()
  return secret.test(` ${words.replace(/[^a-z\d]+/g, ' ')} `)
}

type IsLeftOut = (name: string) => boolean

function* fieldsIn(input: FormInput, isLeftOut: IsLeftOut): Iterable<readonly [string, string]> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return
  const isForm = input instanceof FormData || input instanceof URLSearchParams
  const entries: Iterable<[string, unknown]> = isForm ? input.entries() : Object.entries(input)
  for (const [name, value] of entries) yield* fieldsOfValue(name, value, deepest, isLeftOut)
}

function* fieldsOfValue(
  name: string,
  value: unknown,
  levels: number,
  isLeftOut: IsLeftOut,
): Iterable<readonly [string, string]> {
  if (name.length > longestName || levels === 0 || isLeftOut(name)) return
  if (typeof value === 'string') yield [name, value]
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    yield [name, String(value)]
  }
  if (typeof value !== 'object' || value === null || isFile(value)) return
  for (const [key, item] of Object.entries(value)) {
    const inner = Array.isArray(value) ? name : `${name}.${key}`
    yield* fieldsOfValue(inner, item, levels - 1, isLeftOut)
  }
}

const isFile = (value: object): boolean => 'arrayBuffer' in value || value instanceof Date

/** The maximum length of a stored message. */
const longestMessage = 500

/**
 * The messages by field name.
 *
 * @param mostBytes the maximum size of all messages as JSON, in bytes. The messages after that are left out
 */
export function formErrors(errors: FormErrors, mostBytes: number): Fields {
  const fields = new Map<string, string[]>()
  let left = mostBytes
  for (const [whole, endless] of messagesOf(errors)) {
    const [name, message] = [whole.slice(0, longestName), endless.slice(0, longestMessage)]
    left -= bytesOf(name) + bytesOf(message)
    if (left < 0) break
    add(fields, name, message)
  }
  return [...fields]
}

function* messagesOf(errors: unknown): Iterable<readonly [string, string]> {
  const issues: unknown = Array.isArray(errors) ? errors : Reflect.get(Object(errors), 'issues')
  if (Array.isArray(issues)) {
    for (const issue of issues) {
      const name = nameOf(Reflect.get(Object(issue), 'path'))
      yield [name, isSecret(name) ? withoutInput(issue) : messageOf(issue)]
    }
    return
  }
  for (const [name, messages] of Object.entries(Object(errors))) {
    for (const message of Array.isArray(messages) ? messages : [messages]) {
      if (message !== undefined) yield [name, String(message)]
    }
  }
}

function messageOf(issue: unknown): string {
  return String(Reflect.get(Object(issue), 'message') ?? issue)
}

/** Some libraries quote the input in the message: `(was "…")`, `but received "…"`. */
function withoutInput(issue: unknown): string {
  const sent = ['input', 'received', 'data', 'actual', 'value'].flatMap((name) => {
    const value: unknown = Reflect.get(Object(issue), name)
    const text = typeof value === 'string' ? value.replace(/^"(.*)"$/s, '$1') : ''
    return text === '' ? [] : [JSON.stringify(text).slice(1, -1), text]
  })
  const message = sent.reduce((text, one) => text.replaceAll(one, '…'), messageOf(issue))
  return message.replace(/(\bwas|\breceived|\bgot)\s+(["'`]).*\2/gis, '$1 …')
}

function nameOf(path: unknown): string {
  if (!Array.isArray(path)) return path === undefined ? '' : String(path).slice(0, longestName)
  const keyOf = (part: unknown) =>
    String(typeof part === 'object' && part !== null ? Reflect.get(part, 'key') : part)
  const parts = path.slice(0, 2 * deepest).map((part) => keyOf(part).slice(0, longestName))
  return parts.join('.').slice(0, longestName)
}

/** The result of `formInput` or `formErrors`, by field. Any other value under that flash key counts as empty. */
export function fieldsOf(kept: unknown): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, readonly string[]>()
  for (const pair of Array.isArray(kept) ? kept : []) {
    const [name, values]: unknown[] = Array.isArray(pair) ? pair : []
    if (typeof name === 'string' && isTextList(values)) fields.set(name, values)
  }
  return fields
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function add(fields: Map<string, string[]>, name: string, value: string): void {
  const list = fields.get(name) ?? []
  fields.set(name, list)
  list.push(value)
}

/** What a form sent: of `parseBody()` and `formData()`, or an object of JSON. */
export type FormInput = FormData | URLSearchParams | Readonly<Record<string, unknown>>

/** A problem, as Standard Schema describes it, and zod and others with it. */
export interface FormIssue {
  /** What is wrong, for people. */
  readonly message: string
  /** The names of the field and of the objects around it. Without it, the issue is one of the whole form. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What zod's `error` is, and the result of Standard Schema's `validate`. */
export interface FormIssues {
  /** The issues. */
  readonly issues: readonly FormIssue[]
}

/** Errors of a form: issues, an object that has them, or messages by field. */
export type FormErrors =
  | readonly FormIssue[]
  | FormIssues
  | Readonly<Record<string, string | readonly string[]>>

/** Pairs, because a field may have any name. */
type Fields = readonly (readonly [name: string, values: readonly string[]])[]

/** Names of fields that nobody wants to see again on a page, nor in a store (OWASP: session management). */
const secret =
  /pass(?:word|phrase|code|wd)|^pass$|pwd|secret|token|csrf|\botp\b|one.?time|^pin$|cvv|cvc|card.?(?:number|no)/i

/** How deep objects of JSON may be nested. What is deeper is left out. */
const deepest = 8

/**
 * The fields of a form that may be kept, by name, as strings.
 *
 * @param except more names to leave out
 * @param mostBytes about how many bytes all of it may take. A field that does not fit is left out
 */
export function formInput(input: FormInput, except: readonly string[], mostBytes: number): Fields {
  const fields = new Map<string, string[]>()
  let left = mostBytes
  for (const [name, value] of pairsOf(input)) {
    const last = name.slice(name.lastIndexOf('.') + 1).replace(/\[\]$/, '')
    if (secret.test(last) || except.includes(name)) continue
    left -= name.length + 3 * value.length + 8
    if (left < 0) left += name.length + 3 * value.length + 8
    else add(fields, name, value)
  }
  return [...fields]
}

function* pairsOf(input: FormInput): Iterable<readonly [string, string]> {
  const isForm = input instanceof FormData || input instanceof URLSearchParams
  const entries = isForm ? [...input.entries()] : Object.entries(input)
  for (const [name, value] of entries) yield* flattened(name, value, deepest)
}

function* flattened(
  name: string,
  value: unknown,
  levels: number,
): Iterable<readonly [string, string]> {
  if (typeof value === 'string') yield [name, value]
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    yield [name, String(value)]
  }
  if (typeof value !== 'object' || value === null || levels === 0) return
  if (Array.isArray(value)) {
    for (const item of value) yield* flattened(name, item, levels - 1)
  } else if (!isFile(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield* flattened(`${name}.${key}`, item, levels - 1)
    }
  }
}

const isFile = (value: object): boolean => 'arrayBuffer' in value || value instanceof Date

/** The longest message that is kept, and how many of all. */
const [longestMessage, mostMessages] = [500, 200]

/** The messages by the names of their fields. */
export function formErrors(errors: FormErrors): Fields {
  const fields = new Map<string, string[]>()
  let count = 0
  for (const [name, message] of messagesOf(errors)) {
    count += 1
    if (count <= mostMessages) add(fields, name, message.slice(0, longestMessage))
  }
  return [...fields]
}

function* messagesOf(errors: unknown): Iterable<readonly [string, string]> {
  const issues: unknown = Array.isArray(errors) ? errors : Reflect.get(Object(errors), 'issues')
  if (Array.isArray(issues)) {
    for (const issue of issues) yield [nameOf(Reflect.get(Object(issue), 'path')), messageOf(issue)]
    return
  }
  for (const [name, messages] of Object.entries(Object(errors))) {
    for (const message of Array.isArray(messages) ? messages : [messages]) {
      yield [name, String(message)]
    }
  }
}

function messageOf(issue: unknown): string {
  return String(Reflect.get(Object(issue), 'message') ?? issue)
}

function nameOf(path: unknown): string {
  if (!Array.isArray(path)) return path === undefined ? '' : String(path)
  const keyOf = (part: unknown) =>
    String(typeof part === 'object' && part !== null ? Reflect.get(part, 'key') : part)
  return path.map(keyOf).join('.')
}

/** What `formInput` and `formErrors` made, by field. What somebody else has flashed under that name is nothing. */
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

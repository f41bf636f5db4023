import { SessionConfigError } from './errors.ts'
import { adviceFor } from './foreign-options.ts'
import { quote } from './quote.ts'

/** Refuses a value that is not an object, or the first name that is not an option of the section. */
export function checkNames(
  section: string,
  given: unknown,
  sections: Readonly<Record<string, readonly string[]>>,
): void {
  if (given === undefined) return
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    refuse(section, `is ${shown(given)}; it must be an object`)
  }
  for (const name of Object.keys(given)) {
    const names = sections[section] ?? []
    if (names.includes(name)) continue
    const advice = adviceFor(section, name, sections) ?? `The options are: ${names.join(', ')}`
    const shownName = /^[\w$]+$/.test(name) ? name : quote(name)
    refuse(`${section}.${shownName}`, `is not an option. ${advice}`)
  }
}

/** A check in the table of options. */
type Check = (name: string, value: unknown) => void

/** One day, in seconds. A timer above 2^31 milliseconds would fire at once. */
export const longestTimer = 86_400

export function oneOf(...allowed: readonly unknown[]): Check {
  return (name, value) => {
    if (allowed.includes(value)) return
    const list = allowed.map((one) => JSON.stringify(one)).join(', ')
    refuse(name, `is ${shown(value)}; it can be ${list}`)
  }
}

/** A finite number. Both bounds are included. */
export function aNumber(least: number, most = Number.MAX_SAFE_INTEGER): Check {
  const bounds =
    most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`
  return (name, value) => {
    if (typeof value === 'number' && value >= least && value <= most) return
    refuse(name, `is ${shown(value)}; it must be a number ${bounds}`)
  }
}

/** A whole number, for bytes, records and milliseconds. */
export function aWholeNumber(least: number, most?: number): Check {
  const check = aNumber(least, most)
  return (name, value) => {
    check(name, value)
    if (!Number.isInteger(value)) refuse(name, `is ${value}; it must be a whole number`)
  }
}

export function aBoolean(name: string, value: unknown): void {
  if (typeof value === 'boolean') return
  refuse(name, `is ${shown(value)}; it must be true or false`)
}

export function aFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return
  refuse(name, `is ${shown(value)}; it must be a function`)
}

export function aString(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  return refuse(name, `is ${shown(value)}; it must be a string`)
}

export function aName(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  return refuse(name, `is ${shown(value)}; it must be a string that is not empty`)
}

/** A list. A single value counts as a list with one item. */
export function aList(name: string, value: unknown, item: string): readonly unknown[] {
  if (!Array.isArray(value)) return [value]
  return value.length > 0 ? value : refuse(name, `is an empty list; add at least one ${item}`)
}

/** A path in the file system, without control characters. */
export function aPath(name: string, value: unknown): void {
  if (hasControlCharacter(aName(name, value))) {
    refuse(name, `is ${shown(value)}; control characters are not allowed`)
  }
}

const hasControlCharacter = (text: string): boolean =>
  [...text].some((char) => char < ' ' || char === '\u007f')

/** Names that Hono's own middleware uses in the context of a request. */
const namesOfHono = ['jwtPayload', 'language', 'metric', 'requestId', 'secureHeadersNonce']

/** A name for handlers: `c.get(name)`. */
export function exposedName(option: string, value: unknown): string {
  const name = aName(option, value)
  if (name in {}) refuse(option, `is ${quote(name)}, which every object has already`)
  return namesOfHono.includes(name)
    ? refuse(option, `is ${quote(name)}, which a middleware of Hono uses`)
    : name
}

export function aCookieName(option: string, value: unknown): string {
  const name = aToken(option, value)
  const prefix = /^__(?:host|secure)-/i.exec(name)?.[0]
  if (prefix) {
    refuse(
      option,
      `starts with "${prefix}"; remove it: session.cookie.prefix adds it to the session cookie, and the CSRF cookie has no prefix`,
    )
  }
  return name.length <= longestName
    ? name
    : refuse(option, `is longer than ${longestName} characters`)
}

/** With this limit, name and value stay far below 4,096 bytes, the limit of browsers (ASVS 3.3.5). */
const longestName = 256

/** Browsers ignore a cookie attribute that is longer (RFC 6265bis, 5.6). */
const longestPath = 1024

/** A path as browsers send it: percent-encoded. Any other form would never match a request. */
export function aCookiePath(option: string, value: unknown): void {
  const path = aString(option, value)
  if (!path.startsWith('/')) refuse(option, 'must start with "/"')
  if (path.length > longestPath) refuse(option, `is longer than ${longestPath} characters`)
  const sent = URL.canParse(path, 'http://a') ? new URL(path, 'http://a').pathname : '/'
  if (path.includes(';')) refuse(option, 'contains ";", which is not allowed in a cookie path')
  if (sent === path) return
  refuse(option, `is ${quote(path)}; browsers send ${quote(sent)}. Use that`)
}

/** A token of RFC 9110. Names of headers and cookies must be tokens. */
export function aToken(name: string, value: unknown): string {
  if (typeof value === 'string' && /^[\w!#$%&'*.^`|~+-]+$/.test(value)) return value
  return refuse(name, `is ${shown(value)}; use letters, digits, "-" and "_"`)
}

/** A value for a message: on one line, and with its type if that is not clear. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `the string ${quote(value)}`
  if (Array.isArray(value)) return 'an array'
  if (value instanceof RegExp) return 'a RegExp'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  return typeof value === 'bigint' ? `${value}n` : String(value)
}

export function refuse(name: string, problem: string): never {
  const end = /[.?]$/.test(problem) ? '' : '.'
  throw new SessionConfigError(`${name} ${problem}${end}`)
}

import { SessionConfigError } from './errors.ts'
import { adviceFor } from './foreign-options.ts'
import { quote } from './quote.ts'

/** Refuses what is not an object, and the first name that is not an option of the section. */
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
    const advice = adviceFor(section, name, sections) ?? `There are: ${names.join(', ')}`
    const shownName = /^[\w$]+$/.test(name) ? name : quote(name)
    refuse(`${section}.${shownName}`, `is not an option. ${advice}`)
  }
}

/** A check of the table of options. */
type Check = (name: string, value: unknown) => void

/** In seconds, a day. A timer above 2^31 milliseconds would fire at once. */
export const longestTimer = 86_400

export function oneOf(...allowed: readonly unknown[]): Check {
  return (name, value) => {
    if (allowed.includes(value)) return
    const list = allowed.map((one) => JSON.stringify(one)).join(', ')
    refuse(name, `is ${shown(value)}; it can be ${list}`)
  }
}

/** A finite number within its bounds, both included. */
export function aNumber(least: number, most = Number.MAX_SAFE_INTEGER): Check {
  const bounds =
    most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`
  return (name, value) => {
    if (typeof value === 'number' && value >= least && value <= most) return
    refuse(name, `is ${shown(value)}; it must be a number ${bounds}`)
  }
}

/** The same, without a fraction: bytes, records, milliseconds. */
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

/** One value for a list of one. */
export function aList(name: string, value: unknown, item: string): readonly unknown[] {
  if (!Array.isArray(value)) return [value]
  return value.length > 0 ? value : refuse(name, `is an empty list; give at least one ${item}`)
}

/** A path of the file system, which no control character is part of. */
export function aPath(name: string, value: unknown): void {
  if (hasControlCharacter(aName(name, value))) {
    refuse(name, `is ${shown(value)}; control characters are not allowed`)
  }
}

const hasControlCharacter = (text: string): boolean =>
  [...text].some((char) => char < ' ' || char === '\u007f')

/** What the middleware of Hono keeps in a request's context. */
const namesOfHono = ['jwtPayload', 'language', 'metric', 'requestId', 'secureHeadersNonce']

/** A name that handlers find a thing under: `c.get(name)`. */
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
      `begins with "${prefix}"; leave it out: session.cookie.prefix adds it to the session cookie, and the CSRF cookie has none`,
    )
  }
  return name.length <= longestName
    ? name
    : refuse(option, `is longer than ${longestName} characters`)
}

/** So that name and value are far below the 4,096 bytes that browsers keep (ASVS 3.3.5). */
const longestName = 256

/** Browsers ignore a longer attribute of a cookie (RFC 6265bis, 5.6). */
const longestPath = 1024

/** A path as browsers send it, percent-encoded. A path in another form would never match a request. */
export function aCookiePath(option: string, value: unknown): void {
  const path = aString(option, value)
  if (!path.startsWith('/')) refuse(option, 'must begin with "/"')
  if (path.length > longestPath) refuse(option, `is longer than ${longestPath} characters`)
  const sent = URL.canParse(path, 'http://a') ? new URL(path, 'http://a').pathname : '/'
  if (path.includes(';')) refuse(option, 'contains ";", which no cookie path can')
  if (sent === path) return
  refuse(option, `is ${quote(path)}; browsers send ${quote(sent)}. Write it so`)
}

/** A token of RFC 9110: what a header's or a cookie's name may be made of. */
export function aToken(name: string, value: unknown): string {
  if (typeof value === 'string' && /^[\w!#$%&'*.^`|~+-]+$/.test(value)) return value
  return refuse(name, `is ${shown(value)}; use letters, digits, "-" and "_"`)
}

/** A value as a message shows it, on one line, with its type where the value does not tell it. */
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

import { SessionConfigError } from './errors.ts'
import { quote } from './quote.ts'

/** Refuses the first name of the object that is not among the known ones, and says which is nearest. */
export function checkNames(
  section: string,
  given: object | undefined,
  names: readonly string[],
): void {
  if (given === undefined) return
  if (typeof given !== 'object' || given === null) refuse(section, 'must be an object')
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue
    const nearest = [...names].sort((a, b) => distance(name, a) - distance(name, b))[0]
    refuse(
      `${section}.${/^[\w$]+$/.test(name) ? name : quote(name)}`,
      `is not an option. Did you mean "${nearest}"?`,
    )
  }
}

/** How many letters must change to make one name of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a.toLowerCase()].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b.toLowerCase()].entries()) {
      const kept = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(kept, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

export function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value === 'string' && allowed.includes(value)) return
  refuse(
    name,
    `is ${JSON.stringify(value)}; it can be ${allowed.map((one) => `"${one}"`).join(', ')}`,
  )
}

export function aNumber(name: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value
  const given = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return refuse(name, `is ${given}; it must be a number of at least ${least}`)
}

export function aBoolean(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') refuse(name, 'must be true or false')
}

export function aFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') refuse(name, 'must be a function')
}

export function aName(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  return refuse(name, 'must be a text that is not empty')
}

export function aCookieName(option: string, value: unknown): string {
  const name = aToken(option, value)
  const prefix = /^__(?:host|secure)-/i.exec(name)?.[0]
  if (prefix) {
    refuse(
      option,
      `begins with "${prefix}"; leave it out: session.cookie.prefix puts it before the session cookie, and the CSRF cookie has none`,
    )
  }
  return name
}

/** A token of RFC 9110: what a header's or a cookie's name may be made of. */
export function aToken(name: string, value: unknown): string {
  if (typeof value === 'string' && /^[\w!#$%&'*.^`|~+-]+$/.test(value)) return value
  return refuse(name, `is ${JSON.stringify(value)}; use letters, digits, "-" and "_"`)
}

export function refuse(name: string, problem: string): never {
  const end = problem.endsWith('?') ? '' : '.'
  throw new SessionConfigError(`${name} ${problem}${end}`)
}

import { CacheError } from './errors.ts'

const deepest = 100

/**
 * Returns the value as a JSON string. Properties whose value is `undefined` are left out.
 *
 * @throws {CacheError} `cache-bad-value` if `decode` would return a different value. The message names the key and the
 * place in the value
 */
export function encode(key: string, value: unknown): string {
  check(value, key, [])
  return JSON.stringify(value)
}

/**
 * Returns the value of a JSON string.
 *
 * @throws {CacheError} `cache-bad-value` if another program wrote a value that is not JSON
 */
export function decode(key: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CacheError(
      'cache-bad-value',
      `The value under the cache key "${key}" is not JSON, because another program wrote it. Delete it, or use another prefix.`,
      { cause },
    )
  }
}

function check(value: unknown, path: string, ancestors: readonly object[]): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw badValue(path, `is ${value}`)
    return
  }
  if (value === undefined) throw badValue(path, 'is undefined; use null instead')
  if (typeof value !== 'object') throw badValue(path, `is a ${typeof value}`)
  if (ancestors.includes(value)) throw badValue(path, 'refers back to itself')
  if (ancestors.length >= deepest) throw badValue(path, `is nested deeper than ${deepest} levels`)

  const within = [...ancestors, value]
  if (Array.isArray(value)) {
    // Do not use forEach. It skips holes, which JSON turns into null.
    for (let index = 0; index < value.length; index += 1) {
      check(value[index], `${path}[${index}]`, within)
    }
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw badValue(path, `is an instance of ${value.constructor.name}`)
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw badValue(path, 'has a symbol as a key')
  for (const [name, item] of Object.entries(value)) {
    if (item !== undefined) check(item, `${path}.${name}`, within)
  }
}

function badValue(path: string, problem: string): CacheError {
  return new CacheError(
    'cache-bad-value',
    `The cache cannot store "${path}": it ${problem}. It stores JSON values: plain objects, arrays, strings, finite numbers, booleans and null. Store a Date as its toISOString().`,
  )
}

import { SessionError } from '../errors.ts'
import { quote } from '../quote.ts'
import { copyTypedArray, isArray, isDate, isMap, isPlain, isSet, isTypedArray } from './kind.ts'

/** The maximum nesting of objects in one value. Deeper payloads are not read. */
export const deepest = 100

/** 9,865 decimal digits. Reading and printing a bigint takes more than linear time. */
const largestBigInt = 1n << 32_768n

/**
 * A frozen copy of a value that the session can keep: null, undefined, booleans, numbers, strings,
 * bigints, plain objects, arrays, Date, Map, Set and typed arrays, of any realm, nested up to 100
 * levels. A proxy of a plain object or array is copied as the object or array that it represents.
 *
 * @throws {SessionError} `session-bad-value`, with the key, for a value that cannot be stored and read back unchanged:
 * functions, symbols, class instances, invalid dates, cycles. `session-too-large` as soon as it is certain
 * that the copy exceeds `maxBytes`
 */
export function keep(value: unknown, key: string, maxBytes: number): unknown {
  return new Copy(key, maxBytes).of(value, key)
}

/** Copies one value, and keeps track of the size that it may still use. */
class Copy {
  readonly #key: string
  readonly #maxBytes: number
  /**
   * What is left of `maxBytes`. Each copied part counts with the minimum size that it needs in the store. Strings
   * are not copied, so they count when the session is committed.
   */
  #left: number
  readonly #ancestors: object[] = []

  constructor(key: string, maxBytes: number) {
    this.#key = key
    this.#maxBytes = maxBytes
    this.#left = maxBytes
  }

  of(value: unknown, path: string): unknown {
    // A reference and a comma. Equal strings and numbers are stored once.
    this.#spend(2)
    switch (typeof value) {
      case 'object':
        return value === null ? null : this.#within(value, path)
      case 'bigint':
        if (value < largestBigInt && value > -largestBigInt) return value
        throw badValue(path, 'is a bigint of more than 32,768 bits')
      case 'function':
      case 'symbol':
        throw badValue(path, `is a ${typeof value}`)
      default:
        return value
    }
  }

  #within(value: object, path: string): unknown {
    const ancestors = this.#ancestors
    if (ancestors.includes(value)) throw badValue(path, 'refers back to itself')
    if (ancestors.length >= deepest) throw badValue(path, `is nested deeper than ${deepest} levels`)
    ancestors.push(value)
    const copy = this.#object(value, path)
    ancestors.pop()
    return copy
  }

  #object(value: object, path: string): unknown {
    if (isArray(value)) return Object.freeze(this.#items(value, path))
    if (isPlain(value)) return this.#entries(value, path)
    if (isDate(value)) {
      const time = Date.prototype.getTime.call(value)
      if (Number.isNaN(time)) throw badValue(path, 'is an invalid Date')
      return new Date(time)
    }
    if (isMap(value)) {
      const copy = new Map()
      for (const [key, item] of Map.prototype.entries.call(value)) {
        const index = copy.size
        copy.set(this.of(key, `${path}.keys[${index}]`), this.of(item, `${path}[${index}]`))
      }
      return copy
    }
    if (isSet(value)) return new Set(this.#items(Set.prototype.values.call(value), path))
    if (isTypedArray(value)) {
      this.#spend(value.byteLength)
      return copyTypedArray(value)
    }
    throw badValue(path, `is an instance of ${quote(String(value.constructor?.name))}`)
  }

  #items(items: Iterable<unknown>, path: string): unknown[] {
    const copy: unknown[] = []
    for (const item of items) copy.push(this.of(item, `${path}[${copy.length}]`))
    return copy
  }

  #entries(value: object, path: string): object {
    if (Object.getOwnPropertySymbols(value).length > 0) {
      throw badValue(path, 'has a symbol as a key')
    }
    if (Object.hasOwn(value, '__proto__')) throw badValue(path, 'has a nested key "__proto__"')
    const copy: Record<string, unknown> = Object.getPrototypeOf(value) ? {} : Object.create(null)
    for (const [key, item] of Object.entries(value)) {
      copy[key] = this.of(item, `${path}.${key}`)
    }
    return Object.freeze(copy)
  }

  #spend(bytes: number): void {
    this.#left -= bytes
    if (this.#left < 0) throw this.#tooLarge()
  }

  #tooLarge(): SessionError {
    return new SessionError(
      'session-too-large',
      `The session cannot keep ${quote(this.#key)}: it is larger than maxBytes, which is ${this.#maxBytes}. Store large data in a database and its id in the session, or raise maxBytes.`,
    )
  }
}

/**
 * The form of a value that readers get: objects and arrays are deeply frozen. Date, Map, Set and typed arrays
 * cannot be frozen, so they are copied. Only values that contain one of these are copied.
 */
export function reveal(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return new Date(value)
  if (value instanceof Map) {
    return new Map(Array.from(value, ([key, item]) => [reveal(key), reveal(item)]))
  }
  if (value instanceof Set) return new Set(Array.from(value, reveal))
  if (isTypedArray(value)) return value.slice()
  if (Array.isArray(value)) {
    const items = value.map(reveal)
    return Object.freeze(
      items.every((item, index) => Object.is(item, value[index])) ? value : items,
    )
  }
  const entries = Object.entries(value)
  const revealed = entries.map(([key, item]) => [key, reveal(item)] as const)
  const same = revealed.every(([, item], index) => Object.is(item, entries[index]?.[1]))
  if (same) return Object.freeze(value)
  const copy: object = Object.create(Object.getPrototypeOf(value))
  return Object.freeze(Object.assign(copy, Object.fromEntries(revealed)))
}

export function badValue(path: string, problem: string): SessionError {
  return new SessionError(
    'session-bad-value',
    `The session cannot keep ${quote(path)}: it ${problem}. Put plain objects, arrays, strings, numbers, bigints, booleans, null, Date, Map, Set or typed arrays.`,
  )
}

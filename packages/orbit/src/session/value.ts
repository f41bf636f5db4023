import { SessionError } from '../errors.ts'

const deepest = 100

/**
 * A frozen copy of a value that the session can keep: null, undefined, booleans, numbers, strings,
 * bigints, plain objects, arrays, Date, Map, Set and typed arrays, nested as you like.
 *
 * @throws {SessionError} `session-bad-value`, naming the key, for anything that would not come back
 * as it was: functions, symbols, class instances, invalid dates, cycles.
 */
export function keep(value: unknown, path: string, ancestors: readonly object[] = []): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw cannotKeep(path, value)
  if (typeof value !== 'object' || value === null) return value
  if (ancestors.includes(value)) throw badValue(path, 'refers back to itself')
  if (ancestors.length >= deepest) throw badValue(path, `is nested deeper than ${deepest} levels`)
  const within = [...ancestors, value]

  if (isExactly(value, Date)) {
    if (Number.isNaN(value.getTime())) throw badValue(path, 'is an invalid Date')
    return new Date(value)
  }
  if (isExactly(value, Map)) {
    return new Map(
      Array.from(value, ([key, item], index) => [
        keep(key, `${path}.keys[${index}]`, within),
        keep(item, `${path}[${index}]`, within),
      ]),
    )
  }
  if (isExactly(value, Set)) {
    return new Set(Array.from(value, (item, index) => keep(item, `${path}[${index}]`, within)))
  }
  if (isTypedArray(value)) return value.slice()
  if (isExactly(value, Array<unknown>)) {
    return Object.freeze(
      Array.from(value, (item, index) => keep(item, `${path}[${index}]`, within)),
    )
  }
  if (isPlain(value)) {
    if (Object.getOwnPropertySymbols(value).length > 0)
      throw badValue(path, 'has a symbol as a key')
    if (Object.hasOwn(value, '__proto__')) throw badValue(path, 'has a nested key "__proto__"')
    const copy: object = Object.create(Object.getPrototypeOf(value))
    return Object.freeze(
      Object.assign(
        copy,
        Object.fromEntries(
          Object.entries(value).map(([key, item]) => [key, keep(item, `${path}.${key}`, within)]),
        ),
      ),
    )
  }
  throw cannotKeep(path, value)
}

/**
 * What a reader gets of a kept or decoded value: objects and arrays frozen, deep; Date, Map, Set
 * and typed arrays, which cannot be frozen, as copies. Only what contains such a copy is copied.
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

type TypedArray = Uint8Array

function isTypedArray(value: object): value is TypedArray {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return false
  // A Buffer is a subclass: it would come back as a Uint8Array, so it is not taken as one.
  return Object.getPrototypeOf(Object.getPrototypeOf(value)) === TypedArrayPrototype
}

const TypedArrayPrototype: unknown = Object.getPrototypeOf(Uint8Array.prototype)

function isExactly<T>(value: object, type: new () => T): value is T & object {
  return Object.getPrototypeOf(value) === type.prototype
}

export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function cannotKeep(path: string, value: unknown): SessionError {
  const what =
    typeof value === 'object' ? `an instance of ${value?.constructor?.name}` : typeof value
  return badValue(path, `is ${what}`)
}

export function badValue(path: string, problem: string): SessionError {
  return new SessionError(
    'session-bad-value',
    `The session cannot keep "${path}": it ${problem}. Put plain objects, arrays, strings, numbers, bigints, booleans, null, Date, Map, Set or typed arrays.`,
  )
}

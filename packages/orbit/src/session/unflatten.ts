import { Buffer } from 'node:buffer'
import { makeTypedArray } from './kind.ts'
import { deepest } from './value.ts'

/** The objects around a value in a payload, and the buffer of a typed array. */
const around = 4

/** The maximum length of a bigint in a session: 9,865 digits and a sign. */
const longestBigInt = 9_866

/** Replaces an object after its parent has taken it. */
const taken = Symbol('taken')

/**
 * Builds a value from the format of devalue's `stringify`: a list of parts, in which an object refers to its
 * content by position. This uses up the list.
 *
 * `put` copies values, so each object in a payload has exactly one reference, from an object before it. Only
 * such a list is accepted, and it is read from end to start. So time and memory are proportional to its
 * length, even if an attacker wrote it. In the general format, a few hundred bytes can grow beyond the memory
 * (shared references, sparse arrays), contain cycles, or be nested too deep to walk.
 *
 * @throws {TypeError | RangeError} for a list that `put` cannot have made
 */
export function unflatten(flattened: unknown): unknown {
  if (!Array.isArray(flattened)) throw impossible()
  return new Unflattening(flattened).root()
}

class Unflattening {
  readonly #parts: unknown[]
  /** The nesting of each object, including its own level. */
  readonly #heights: number[]
  #place: number
  /** The nesting of the content of the object at this position. */
  #height = 0
  /** The number of objects that no parent has taken yet. */
  #loose = 0

  constructor(parts: unknown[]) {
    this.#parts = parts
    this.#place = parts.length
    this.#heights = new Array(parts.length).fill(0)
  }

  root(): unknown {
    const parts = this.#parts
    while (this.#place > 0) {
      this.#place -= 1
      const part = parts[this.#place]
      if (typeof part !== 'object' || part === null) continue
      this.#height = 0
      const value = Array.isArray(part) ? this.#list(part) : this.#entries(part)
      if (this.#height > deepest + around) throw impossible()
      parts[this.#place] = value
      this.#heights[this.#place] = this.#height + 1
      if (typeof value === 'object') this.#loose += 1
    }
    if (this.#loose !== 1) throw impossible()
    return parts[0]
  }

  #entries(part: object): object {
    const object: Record<string, unknown> = { ...part }
    for (const key of Object.keys(object)) {
      if (key === '__proto__') throw impossible()
      object[key] = this.#take(object[key])
    }
    return object
  }

  #list(part: unknown[]): unknown {
    switch (part[0]) {
      case 'Date':
        return readDate(part[1])
      case 'BigInt':
        return readBigInt(part[1])
      case 'ArrayBuffer':
        return new Bytes(part[1])
      case 'Map': {
        const map = new Map()
        for (let i = 1; i < part.length; i += 2) {
          map.set(this.#take(part[i]), this.#take(part[i + 1]))
        }
        return map
      }
      case 'Set': {
        const set = new Set()
        for (let i = 1; i < part.length; i += 1) set.add(this.#take(part[i]))
        return set
      }
      case 'null': {
        const object: Record<string, unknown> = Object.create(null)
        for (let i = 1; i < part.length; i += 2) {
          object[String(part[i])] = this.#take(part[i + 1])
        }
        return object
      }
      default:
        if (typeof part[0] === 'string') return this.#typedArray(part)
        for (let i = 0; i < part.length; i += 1) part[i] = this.#take(part[i])
        return part
    }
  }

  #typedArray([name, reference, ...more]: unknown[]): unknown {
    const buffer = this.#takeObject(reference)
    if (!(buffer instanceof Bytes) || more.length > 0) throw impossible()
    return makeTypedArray(String(name), buffer.buffer)
  }

  /** The value that a reference points to. */
  #take(reference: unknown): unknown {
    if (typeof reference !== 'number') throw impossible()
    if (reference < 0) return constantOf(reference)
    const part = this.#parts[reference]
    if (typeof part === 'object' && part !== null) {
      if (part instanceof Bytes) throw impossible()
      return this.#takeObject(reference)
    }
    // Numbers, strings and bigints are stored once, however often they occur.
    if (part === undefined || part === taken) throw impossible()
    return part
  }

  /** An object belongs to the first part that refers to it. */
  #takeObject(reference: unknown): unknown {
    const parts = this.#parts
    if (typeof reference !== 'number') throw impossible()
    const part = parts[reference]
    if (reference <= this.#place) {
      // An earlier part may already refer to the same bigint.
      if (!Array.isArray(part) || part[0] !== 'BigInt') throw impossible()
      parts[reference] = readBigInt(part[1])
      return parts[reference]
    }
    parts[reference] = taken
    this.#loose -= 1
    this.#height = Math.max(this.#height, this.#heights[reference] ?? 0)
    return part
  }
}

function constantOf(reference: number): number | undefined {
  switch (reference) {
    case -1:
      return undefined
    case -3:
      return Number.NaN
    case -4:
      return Number.POSITIVE_INFINITY
    case -5:
      return Number.NEGATIVE_INFINITY
    case -6:
      return -0
    default:
      // -2 and -7 are the marks of sparse arrays.
      throw impossible()
  }
}

function readDate(time: unknown): Date {
  const date = new Date(typeof time === 'string' ? time : Number.NaN)
  if (Number.isNaN(date.getTime())) throw impossible()
  return date
}

function readBigInt(digits: unknown): bigint {
  if (typeof digits !== 'string' || digits.length > longestBigInt) throw impossible()
  return BigInt(digits)
}

/** The buffer of a typed array. It is not a value itself. */
class Bytes {
  readonly buffer: ArrayBuffer

  constructor(base64: unknown) {
    if (typeof base64 !== 'string') throw impossible()
    this.buffer = Uint8Array.from(Buffer.from(base64, 'base64')).buffer
  }
}

function impossible(): TypeError {
  return new TypeError('The payload is not one that this library writes.')
}

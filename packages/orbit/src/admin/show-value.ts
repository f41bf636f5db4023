import { inspect } from 'node:util'

/** A value as a readable string, cut to about one screen. */
export function shownValue(value: unknown): string {
  return inspect(value, { depth: 8, breakLength: 100, maxArrayLength: 100, maxStringLength: 2_000 })
}

/** A value as JSON. A value that JSON cannot represent becomes a string, or a list of its entries. */
export function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint' || value === undefined) return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (value instanceof Map || value instanceof Set) return Array.from<unknown>(value).map(jsonValue)
  if (Array.isArray(value)) return value.map(jsonValue)
  if (ArrayBuffer.isView(value)) return Array.from(Object.values(value), jsonValue)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonValue(item)]))
}

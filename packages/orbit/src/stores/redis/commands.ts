import { isError } from '../../thrown.ts'

/** What the driver asks of a client, whatever package it is of. */
export interface RedisCommands {
  get(key: string): Promise<unknown>
  /** Runs a script on one key, by its digest (EVALSHA) or by its text (EVAL). */
  run(by: 'digest' | 'text', script: string, key: string, args: string[]): Promise<unknown>
  /** SCAN: a function that takes a cursor, one for each node that must be asked. */
  scans(pattern: string): ((cursor: string) => Promise<unknown>)[]
  /** The server's maxmemory-policy, if one may ask. */
  policy(): Promise<unknown>
}

/** So many keys one step of a SCAN looks at. */
export const scanCount = 500

/** Calls a method of a client. Which ones there are has been checked. */
export async function call(client: object, method: string, ...args: unknown[]): Promise<unknown> {
  const found: unknown = Reflect.get(client, method)
  return typeof found === 'function' ? found.apply(client, args) : undefined
}

export function has(client: unknown, ...methods: string[]): client is object {
  if (typeof client !== 'object' || client === null) return false
  return methods.every((name) => typeof Reflect.get(client, name) === 'function')
}

/** What an error says, or the first of several: each address of a host has its own failure. */
export function messageOf(error: unknown): string {
  if (!isError(error)) return String(error)
  const first: unknown = 'errors' in error && Array.isArray(error.errors) && error.errors[0]
  return first ? messageOf(first) : error.message
}

import { isError } from '../../thrown.ts'

/** The commands that the driver needs, independent of the package. */
export interface RedisCommands {
  get(key: string): Promise<unknown>
  /** Runs a script with one key, by its digest (EVALSHA) or as a whole (EVAL). */
  run(by: 'digest' | 'text', script: string, key: string, args: string[]): Promise<unknown>
  /** SCAN: one function for each node that must be scanned. It takes a cursor. */
  scans(pattern: string): ((cursor: string) => Promise<unknown>)[]
  /** The maxmemory-policy of the server, if the user may read it. */
  policy(): Promise<unknown>
}

/** The number of keys in one step of a SCAN. */
export const scanCount = 500

/** Calls a method of a client. The methods were checked before. */
export async function call(client: object, method: string, ...args: unknown[]): Promise<unknown> {
  const found: unknown = Reflect.get(client, method)
  return typeof found === 'function' ? found.apply(client, args) : undefined
}

export function has(client: unknown, ...methods: string[]): client is object {
  if (typeof client !== 'object' || client === null) return false
  return methods.every((name) => typeof Reflect.get(client, name) === 'function')
}

/** The message of an error, or of the first of several: each address of a host may fail with its own error. */
export function messageOf(error: unknown): string {
  if (!isError(error)) return String(error)
  const first: unknown = 'errors' in error && Array.isArray(error.errors) && error.errors[0]
  return first ? messageOf(first) : error.message
}

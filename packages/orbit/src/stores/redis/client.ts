import { SessionConfigError } from '../../errors.ts'

/** What a script works on: one key, so that it works on a Cluster too, and its arguments. */
interface RedisScriptInput {
  keys: string[]
  arguments: string[]
}

/**
 * The commands that we use. `sendCommand` differs between a single client, a Cluster and a Sentinel
 * pool; these have one signature on all three, and find their node by their key.
 */
export interface RedisCommands {
  /** GET: loads a record. */
  get(key: string): Promise<unknown>
  /** SET with NX: keeps the secret that came first. */
  set(key: string, value: string, options: { condition: 'NX' }): Promise<unknown>
  /** EXISTS: whether an entry of an owner's index still has its record. */
  exists(key: string): Promise<unknown>
  /** ZRANGE: the sessions of an owner. */
  zRange(key: string, start: number, stop: number): Promise<unknown>
  /** ZREM: takes what is over out of an owner's index. */
  zRem(key: string, members: string[]): Promise<unknown>
  /** EVAL: a script that the server does not know yet. */
  eval(script: string, input: RedisScriptInput): Promise<unknown>
  /** EVALSHA: a script by its digest. */
  evalSha(sha1: string, input: RedisScriptInput): Promise<unknown>
}

/** A client of the `redis` package: what `createClient`, `createCluster` and `createSentinel` return. */
export interface RedisClient extends RedisCommands {
  /** Whether `connect` has been called. */
  readonly isOpen: boolean
  /** Whether commands would be sent at once. */
  readonly isReady: boolean
  /** Connects. It is called where the app has not. */
  connect(): Promise<unknown>
  /** Hears of a connection that was made or lost. */
  on(event: 'error' | 'ready', listener: (error?: unknown) => void): unknown
  /** Hears of it no more. */
  off(event: 'error' | 'ready', listener: (error?: unknown) => void): unknown
  /** The same client with a time limit for what waits in its queue, and answers as plain values. */
  withCommandOptions(options: { timeout: number; typeMapping: object }): RedisCommands
  /** SCRIPT LOAD, which a single client has: sends all scripts after connecting. */
  scriptLoad?(script: string): Promise<unknown>
  /** CONFIG GET, which a single client has: whether the server drops sessions when it is full. */
  configGet?(parameter: string): Promise<unknown>
}

const methods = [
  ...['get', 'set', 'exists', 'zRange', 'zRem', 'eval', 'evalSha'],
  ...['connect', 'on', 'off', 'withCommandOptions'],
]

/**
 * Refuses what is not a client of the package `redis` as we need it.
 *
 * @throws {SessionConfigError}
 */
export function checkClient(client: RedisClient, what = 'session.redis.client'): void {
  const given = Object(client)
  const missing = methods.filter((name) => typeof Reflect.get(given, name) !== 'function')
  if (!('isReady' in given)) missing.push('isReady')
  if (missing.length === 0) return
  throw new SessionConfigError(
    `${what} is not a client of the package "redis", version 5 or later: it has no ${missing.join(', ')}. Hand over what createClient, createCluster or createSentinel returns (npm i redis), not a promise of it. You need no createClientPool, because one client carries overlapping commands.`,
  )
}

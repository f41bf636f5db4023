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
  get(key: string): Promise<unknown>
  set(key: string, value: string, options: { condition: 'NX' }): Promise<unknown>
  exists(key: string): Promise<unknown>
  zRange(key: string, start: number, stop: number): Promise<unknown>
  zRem(key: string, members: string[]): Promise<unknown>
  eval(script: string, input: RedisScriptInput): Promise<unknown>
  evalSha(sha1: string, input: RedisScriptInput): Promise<unknown>
}

/** A client of the `redis` package: what `createClient`, `createCluster` and `createSentinel` return. */
export interface RedisClient extends RedisCommands {
  readonly isOpen: boolean
  readonly isReady: boolean
  connect(): Promise<unknown>
  on(event: 'error' | 'ready', listener: (error?: unknown) => void): unknown
  off(event: 'error' | 'ready', listener: (error?: unknown) => void): unknown
  withCommandOptions(options: { timeout: number; typeMapping: object }): RedisCommands
  scriptLoad?(script: string): Promise<unknown>
  configGet?(parameter: string): Promise<unknown>
}

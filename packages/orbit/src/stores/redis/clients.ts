import { SessionConfigError, SessionError } from '../../errors.ts'
import { call, scanCount as count, has, messageOf, type RedisCommands } from './commands.ts'
import { upstash } from './upstash.ts'

/**
 * A client of the app: of `redis` (createClient, createClientPool, createCluster, createSentinel), of
 * `ioredis` (Redis, Cluster), of Bun (Bun.redis, RedisClient) or of `@upstash/redis` (Redis).
 */
export type RedisClient = { get(key: string): Promise<unknown> } & (
  | { withCommandOptions: unknown }
  | { evalsha: unknown; status: string }
  | { send: unknown; connected: boolean }
  | { evalsha: unknown; createScript: unknown }
)

const policyName = 'maxmemory-policy'

export const nodeRedis = (client: object): RedisCommands => ({
  get: (key) => call(client, 'get', key),
  run: (by, script, key, args) =>
    call(client, by === 'text' ? 'eval' : 'evalSha', script, { keys: [key], arguments: args }),
  scans: (MATCH) => [(cursor) => call(client, 'scan', cursor, { MATCH, COUNT: count })],
  policy: async () => policyIn(await call(client, 'configGet', policyName)),
})

const ioredis = (client: object): RedisCommands => ({
  get: (key) => call(client, 'get', key),
  run: (by, script, key, args) =>
    call(client, by === 'text' ? 'eval' : 'evalsha', script, 1, key, ...args),
  scans: (match) =>
    mastersOf(client).map((node) => (at) => call(node, 'scan', at, 'MATCH', match, 'COUNT', count)),
  policy: async () => policyIn(await call(client, 'config', 'GET', policyName)),
})

/** Every version of Bun's client has `send`. With it, the commands are the same as for ioredis. */
function bun(client: object): RedisCommands {
  const [get, evaluate, evalsha, scan, config] = ['GET', 'EVAL', 'EVALSHA', 'SCAN', 'CONFIG'].map(
    (name) =>
      (...args: unknown[]) =>
        call(client, 'send', name, args.map(String)),
  )
  return ioredis({ get, eval: evaluate, evalsha, scan, config })
}

function policyIn(reply: unknown): unknown {
  return Array.isArray(reply) ? reply[1] : Object(reply)[policyName]
}

function mastersOf(client: object): object[] {
  return has(client, 'nodes') ? Reflect.get(client, 'nodes').call(client, 'master') : [client]
}

/**
 * The commands of a client that is not from the package `redis`.
 *
 * @param timeoutMs the time limit of a call
 * @throws {SessionConfigError} that lists the accepted clients
 */
export function recognized(client: unknown, timeoutMs: number): RedisCommands {
  if (has(client, 'send', 'get') && 'connected' in client) return bun(client)
  if (has(client, 'get', 'eval', 'evalsha', 'scan')) {
    if ('status' in client) return ioredis(client)
    const requester: unknown = Reflect.get(client, 'client')
    if (has(client, 'createScript') && has(requester, 'request'))
      return upstash(requester, timeoutMs)
  }
  throw new SessionConfigError(
    'redis.client is not a client that can keep sessions. Pass a client of the package "redis" (version 6.3 or later) from createClient, createCluster or createSentinel, a Redis or Cluster of "ioredis", Bun.redis, or a Redis of "@upstash/redis": the client itself, not its options, and not a promise.',
  )
}

/** The prefix that the client itself adds to each key. */
export function keyPrefixOf(client: unknown): string {
  return String(Object(Object(client).options).keyPrefix ?? '')
}

/** A client of the package `redis`. */
export interface NodeRedis {
  readonly isOpen: boolean
  connect(): Promise<unknown>
  on(event: 'error' | 'ready', listener: (error?: unknown) => void): unknown
  withCommandOptions(options: { timeout: number; typeMapping: object }): object
}

export function isNodeRedis(client: unknown): client is NodeRedis {
  return has(client, 'get', 'eval', 'evalSha', 'scan', 'connect', 'on', 'withCommandOptions')
}

/**
 * Throws the error for an app without the package `redis`. Apps install it only for this driver. Call this function in
 * a `catch` right after the `import()`: there, bundlers treat a missing package as optional.
 */
export function refuseMissing(error: unknown): never {
  const reason = messageOf(error)
  // Node, Bun and Deno quote the missing name. Another name is that of a package that "redis" needs.
  const isMissing = /(?:find|import).*['"]redis['"]/i.test(reason)
  const remedy = isMissing
    ? 'Install it: npm i redis'
    : `It cannot be loaded: ${reason}. If you bundle the app, exclude the package (esbuild: --external:redis) and install it where the app runs.`
  throw new SessionConfigError(`session.driver "redis" needs the package "redis". ${remedy}`, {
    cause: error,
  })
}

/** The commands that the driver and its script send. */
const needed = 'get set del eval evalsha'

/** Turns an error of Redis into our error. It is a `SessionConfigError` if waiting does not help. */
export function explained(error: unknown, prefix: string): unknown {
  const message = messageOf(error)
  if (/\bOOM\b/.test(message)) {
    return new SessionError(
      'session-store-full',
      `Redis has no memory left for sessions (${message.split(' script:')[0]}) Raise maxmemory.`,
      { cause: error },
    )
  }
  const remedy = remedyFor(message, prefix)
  if (remedy === undefined) return error
  // For a script, Redis adds its digest and a line number, which do not help the user.
  const problem = message.replace(/ script: .*/, '')
  return new SessionConfigError(`Redis cannot keep sessions: ${problem}. ${remedy}`)
}

function remedyFor(message: string, prefix: string): string | undefined {
  if (/\bNOPERM\b|ACL failure in script|user executing the script/.test(message)) {
    const rights = needed.replaceAll(/\w+/g, '+$&')
    return `Allow the Redis user the commands that sessions need: ACL SETUSER <name> ~${prefix}* ${rights}`
  }
  if (/unknown (?:redis )?command/i.test(message)) {
    return `Sessions need the commands ${needed}: use Redis 6.2 or later or Valkey, without renamed commands, and no proxy that refuses them.`
  }
  if (/\b(?:MOVED|ASK|CROSSSLOT) /.test(message)) {
    return 'The URL belongs to one node of a Redis Cluster. Pass a client of the Cluster: redis: { client: createCluster({ rootNodes: [{ url }] }) } of the package "redis".'
  }
  if (/DB index|SELECT is not allowed/.test(message)) {
    return 'At the end of redis.url or REDIS_URL, use the number of a database that exists on the server, such as 0: redis://host:6379/0'
  }
  return undefined
}

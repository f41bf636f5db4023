import { createHash } from 'node:crypto'
import { CacheError } from '../errors.ts'
import { type Connection, connectionTo } from './redis-connection.ts'
import type { CacheStore, ReservedSpace } from './store.ts'

/** A cache that processes and machines share, on Redis or Valkey through the `redis` package. */
export interface RedisCacheOptions {
  /** In Redis or Valkey; needs the package `redis`. */
  driver: 'redis'
  /**
   * `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. Default: `REDIS_URL`
   * of the environment, else `redis://127.0.0.1:6379`.
   */
  url?: string | undefined
  /** Milliseconds that a call may take before it fails. Default 1000. */
  timeoutMs?: number | undefined
}

const add = script(`
  local text = redis.call('GET', KEYS[1])
  local by = tonumber(ARGV[1])
  if not text then
    if ARGV[2] == '0' then redis.call('SET', KEYS[1], ARGV[1])
    else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
    return ARGV[1]
  end
  if not string.match(text, '^-?%d+$') then return false end
  local sum = tonumber(text) + by
  if sum > 9007199254740991 or sum < -9007199254740991 then return false end
  local result = string.format('%.0f', sum)
  redis.call('SET', KEYS[1], result, 'KEEPTTL')
  return result
`)

const compareAndSet = script(`
  local text = redis.call('GET', KEYS[1])
  if ARGV[1] == '1' then
    if text ~= ARGV[2] then return 0 end
  elseif text then
    return 0
  end
  if ARGV[3] == '0' then redis.call('DEL', KEYS[1])
  elseif ARGV[5] == '0' then redis.call('SET', KEYS[1], ARGV[4])
  else redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5]) end
  return 1
`)

/**
 * @param base what every key begins with: the app's entries are under `<base>:data:`, the reserved
 * spaces under `<base>:reserved:`. It has no ":" but between its own parts, so neither reaches the
 * other.
 */
export function redisStore(
  options: { url: string; timeoutMs: number },
  base: string,
  warn: (message: string) => void,
): CacheStore {
  const connection = connectionTo(options, warn)
  const call = (...words: string[]) => connection.call((client) => client.sendCommand(words))
  const data = (key: string) => `${base}:data:${key}`
  const expiry = (ttlMs: number | undefined) => (ttlMs === undefined ? [] : ['PX', String(ttlMs)])

  async function swap(
    key: string,
    expected: string | undefined,
    next: string | undefined,
    ttlMs: number | undefined,
  ): Promise<boolean> {
    if (expected === undefined && next !== undefined) {
      return (await call('SET', key, next, 'NX', ...expiry(ttlMs))) === 'OK'
    }
    const words = [...optional(expected), ...optional(next), String(ttlMs ?? 0)]
    return (await run(connection, compareAndSet, key, words)) === 1
  }

  return {
    get: async (key) => textOf(await call('GET', data(key))),
    has: async (key) => (await call('EXISTS', data(key))) === 1,
    async set(key, text, ttlMs) {
      await call('SET', data(key), text, ...expiry(ttlMs))
    },
    add: async (key, text, ttlMs) =>
      (await call('SET', data(key), text, 'NX', ...expiry(ttlMs))) === 'OK',
    delete: async (key) => (await call('UNLINK', data(key))) === 1,
    take: async (key) => textOf(await call('GETDEL', data(key))),
    async increment(key, by, ttlMs) {
      const sum = textOf(await run(connection, add, data(key), [String(by), String(ttlMs ?? 0)]))
      return sum === undefined ? undefined : Number(sum)
    },
    compareAndSet: (key, expected, next, ttlMs) => swap(data(key), expected, next, ttlMs),
    async clear() {
      let cursor = '0'
      do {
        const page = await call('SCAN', cursor, 'MATCH', data('*'), 'COUNT', '1000')
        const [next, keys] = pageOf(page)
        if (keys.length > 0) await call('UNLINK', ...keys)
        cursor = next
      } while (cursor !== '0')
    },
    reserve(namespace): ReservedSpace {
      connection.warnOfEviction()
      const within = (key: string) => `${base}:reserved:${namespace}:${key}`
      return {
        get: async (key) => textOf(await call('GET', within(key))),
        compareAndSet: (key, expected, next, { ttlMs } = {}) =>
          swap(within(key), expected, next, ttlMs && Math.ceil(ttlMs)),
        onConnect: (listener) => connection.onConnect(listener),
      }
    },
    ready: () => connection.ready(),
    close: () => connection.close(),
  }
}

interface Script {
  readonly text: string
  readonly digest: string
}

function script(text: string): Script {
  return { text, digest: createHash('sha1').update(text).digest('hex') }
}

/** Runs a script that touches one key; sends its text where the server does not know it (any more). */
async function run(
  connection: Connection,
  { text, digest }: Script,
  key: string,
  words: string[],
): Promise<unknown> {
  return connection.call(async (client) => {
    try {
      return await client.sendCommand(['EVALSHA', digest, '1', key, ...words])
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return client.sendCommand(['EVAL', text, '1', key, ...words])
    }
  })
}

/** Whether there is one, and which: Lua gets no difference between nothing and an empty text. */
function optional(text: string | undefined): [string, string] {
  return text === undefined ? ['0', ''] : ['1', text]
}

function textOf(reply: unknown): string | undefined {
  if (typeof reply === 'string') return reply
  if (reply === null || reply === undefined) return undefined
  throw strangeReply()
}

function pageOf(reply: unknown): [string, string[]] {
  if (!Array.isArray(reply) || !Array.isArray(reply[1])) throw strangeReply()
  return [String(reply[0]), reply[1].map(String)]
}

function strangeReply(): CacheError {
  return new CacheError(
    'cache-unavailable',
    'The cache server gave an answer of an unknown kind. Is it a Redis or Valkey server, 6.2 or later?',
  )
}

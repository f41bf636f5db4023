import { connectionTo } from './redis-connection.ts'
import { runScript, scanned, script, strangeReply } from './redis-script.ts'
import { reservedOnRedis } from './reserved-redis.ts'
import type { CacheStore } from './store.ts'

/** A cache in Redis or Valkey, which processes and machines can share. It uses the `redis` package. */
export interface RedisCacheOptions {
  /** Stores the entries in Redis or Valkey. Needs the package `redis`. */
  driver: 'redis'
  /**
   * `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. Default: the `REDIS_URL`
   * variable, or `redis://127.0.0.1:6379`.
   */
  url?: string | undefined
  /** Time limit of a call in milliseconds. Default 1000. */
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
 * Creates a Redis store.
 *
 * @param base the prefix of all keys. The app's entries are under `<base>:data:`, and the reserved spaces are
 * under `<base>:reserved:`. Its parts contain no ":", so a key of one kind cannot be a key of the other kind.
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
    return (await runScript(connection, compareAndSet, key, words)) === 1
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
      const words = [String(by), String(ttlMs ?? 0)]
      const sum = textOf(await runScript(connection, add, data(key), words))
      return sum === undefined ? undefined : Number(sum)
    },
    compareAndSet: (key, expected, next, ttlMs) => swap(data(key), expected, next, ttlMs),
    async clear() {
      for await (const keys of scanned(connection, data(''))) {
        if (keys.length > 0) await call('UNLINK', ...keys)
      }
    },
    reserve: (namespace) => reservedOnRedis(connection, `${base}:reserved:${namespace}:`),
    ready: () => connection.ready(),
    close: () => connection.close(),
  }
}

/** Returns two arguments for an optional string, because in Lua a missing string and an empty one would look the same. */
function optional(text: string | undefined): [string, string] {
  return text === undefined ? ['0', ''] : ['1', text]
}

function textOf(reply: unknown): string | undefined {
  if (typeof reply === 'string') return reply
  if (reply === null || reply === undefined) return undefined
  throw strangeReply()
}

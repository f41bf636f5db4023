import { createHash } from 'node:crypto'
import process from 'node:process'
import { SessionConfigError } from '../errors.ts'
import { onOneLine } from '../quote.ts'
import { newMark } from '../session/marks.ts'
import { decodeRecord, encodeRecord, isPresent } from './envelope.ts'
import { checkedSection, factoryOptions } from './factory-options.ts'
import { explained, keyPrefixOf, type RedisClient } from './redis/clients.ts'
import { messageOf, type RedisCommands } from './redis/commands.ts'
import { type Connection, givenConnection, ownConnection } from './redis/connection.ts'
import { type CheckedStore, type SessionRecord, unreadable, type WalkableStore } from './store.ts'

export type { RedisClient } from './redis/clients.ts'

/** Options of the `redis` driver. */
export interface RedisStoreOptions {
  /**
   * The URL of the server: `redis://user:password@host:6379/0`, or `rediss://` for TLS. Default `REDIS_URL` of
   * the environment or, if it is not set, `redis://127.0.0.1:6379`.
   */
  url?: string | undefined
  /**
   * Your own client instead: a client of `redis` (`createClient`, `createCluster`, `createSentinel`), of `ioredis`,
   * `Bun.redis`, or of `@upstash/redis`. It must read only from masters, because a replica may be stale. The
   * store does not close it: close it yourself.
   */
  client?: RedisClient | undefined
  /** The prefix of all keys. Default `orbit:`. Apps with different cookie names may share it. */
  prefix?: string | undefined
  /** Time limit of a call in milliseconds, including the time to connect. Default 1000. */
  timeoutMs?: number | undefined
}

/** Represents an absent record. It is not a version. */
const absent = '!'

/**
 * The atomic method. ARGV: the time; the expected version; the next string, or '' to remove the record; its time
 * to live, or ''. It reads the string as `decodeRecord` does. A string of a newer format has no version here. If the
 * next string is already stored, the client has sent the command twice, because the first response was lost.
 */
const script = `
local value = redis.pcall('GET', KEYS[1])
if type(value) == 'table' and not string.find(value.err, 'WRONGTYPE', 1, true) then return value end
local version = '${absent}'
if value then
  local text = type(value) == 'string' and value or ''
  local read, expires = string.match(text, '^orbit1:([%w_-]+):(%d*):e?:')
  if read and #read <= 64 then
    local isPast = expires ~= '' and tonumber(expires) <= tonumber(ARGV[1])
    version = isPast and '${absent}' or read
  else
    if (tonumber(string.match(text, '^orbit(%d+):')) or 0) > 1 then return 0 end
    version = ''
  end
end
if ARGV[3] ~= '' and value == ARGV[3] then return 1 end
if version ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('DEL', KEYS[1])
elseif ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[3])
else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
return 1`.trim()
const digest = createHash('sha1').update(script).digest('hex')

/**
 * Keeps sessions in Redis or Valkey, with one string per record. The server removes expired records. A read is one
 * GET, and a write is one script. Each call uses one key, so the nodes of a Cluster can share the keys.
 *
 * @throws {SessionConfigError} for a URL or a client that cannot work; from `ready()`, if the package `redis`
 * cannot be loaded or the server refuses a command that sessions need
 * @example
 * app.use(session({ store: redisStore({ url: 'redis://10.0.0.7:6379' }) }))
 */
export function redisStore(
  options: RedisStoreOptions & {
    now?: (() => number) | undefined
    warn?: (message: string) => void
  } = {},
): CheckedStore & WalkableStore {
  const { client } = factoryOptions('redis', options)
  const address = client ? undefined : process.env.REDIS_URL || undefined
  const given = { ...options, url: options.url ?? address }
  const { url, prefix, timeoutMs, now, warn } = checkedSection('redis', given)
  const redis =
    client === undefined ? ownConnection(url, timeoutMs) : givenConnection(client, timeoutMs)
  const run: Connection['run'] = (work) =>
    redis.run(work).catch((error: unknown) => {
      throw explained(error, prefix)
    })
  /** Whether EVALSHA works. A proxy may refuse it or close the connection. */
  let usesDigest: boolean | undefined

  async function load(key: string): Promise<SessionRecord | undefined> {
    const text = await run((commands) =>
      commands.get(prefix + key).catch((error: unknown) => {
        // The value is a list or a hash, which GET does not read.
        if (messageOf(error).includes('WRONGTYPE')) return false
        throw error
      }),
    )
    if (text === null || text === undefined) return undefined
    const record = typeof text === 'string' ? decodeRecord(text) : unreadable
    return isPresent(record, now()) ? record : undefined
  }

  /** Sends the digest of the script if the server may have the script, otherwise the whole script. */
  async function runScript(commands: RedisCommands, key: string, args: string[]): Promise<unknown> {
    if (usesDigest !== false) {
      try {
        const result = await commands.run('digest', digest, key, args)
        usesDigest = true
        return result
      } catch (error) {
        const message = messageOf(error)
        const isUnknown = message.includes('NOSCRIPT')
        usesDigest ||= isUnknown
        if (!isUnknown && !/(?:unknown command|no permissions).*evalsha/i.test(message)) throw error
      }
    }
    return commands.run('text', script, key, args)
  }

  async function compareAndSet(
    key: string,
    version: string | undefined,
    next: SessionRecord | undefined,
  ): Promise<boolean> {
    const time = now()
    const text = next ? encodeRecord(next) : ''
    const expiresAt = next?.expiresAt
    const ttl = expiresAt === undefined ? '' : String(Math.max(1, expiresAt - time))
    const args = [String(time), version ?? absent, text, ttl]
    return Number(await run((commands) => runScript(commands, prefix + key, args))) === 1
  }

  /** Runs every operation once that sessions need, so that errors of the server are found at boot, not at a sign-in. */
  async function tryOut(): Promise<void> {
    // With this number of keys, several nodes are involved if the server is part of a Cluster.
    const keys = Array.from({ length: 32 }, newMark)
    await Promise.all(keys.map(load))
    const [key = ''] = keys
    const record = { version: newMark(), payload: '', expiresAt: now() + 60_000 }
    // The whole script must work, too. The server may already know its digest from another process.
    usesDigest = false
    await compareAndSet(key, undefined, record)
    usesDigest = undefined
    await compareAndSet(key, record.version, { ...record, version: key })
    await compareAndSet(key, key, undefined)
  }

  return {
    load,
    compareAndSet,
    async ready() {
      try {
        await tryOut()
        const policy = await redis.run((commands) => commands.policy()).catch(() => undefined)
        if (typeof policy === 'string' && policy !== 'noeviction') warn(evicts(policy))
      } catch (error) {
        if (error instanceof SessionConfigError) throw error
        warn(notNow(messageOf(error)))
      }
    },
    async *keys() {
      const start = keyPrefixOf(client) + prefix
      const pattern = `${start.replace(/[\\*?[\]]/g, '\\$&')}*`
      for (const scan of await run(async (commands) => commands.scans(pattern))) {
        let cursor = '0'
        do {
          const page = await run(() => scan(cursor))
          // The package `redis` returns an object, the others an array.
          const [next, found] = Array.isArray(page)
            ? page
            : [Object(page).cursor, Object(page).keys]
          for (const name of found) {
            const key = String(name).slice(start.length)
            // The prefix of another store may start with this prefix.
            if (/^[\w-]{1,64}$/.test(key)) yield key
          }
          cursor = String(next)
        } while (cursor !== '0')
      }
    },
    close: () => redis.close(),
  }
}

function evicts(policy: string): string {
  return `Redis may drop sessions when its memory is full (maxmemory-policy ${policy}). Set maxmemory-policy noeviction on the server`
}

function notNow(problem: string): string {
  return `Redis cannot keep sessions now: ${onOneLine(problem).replace(/\.$/, '')}. Requests that use the session get a 503 until it can.`
}

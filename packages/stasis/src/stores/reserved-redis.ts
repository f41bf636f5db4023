import { CacheError } from '../errors.ts'
import { type Connection, reasonOf } from './redis-connection.ts'
import { runScript, scanned, script } from './redis-script.ts'
import type { ReservedEntry, ReservedSpace } from './store.ts'

/** Raise this number when the format of the string changes. An older release then refuses to change it. */
const format = 1
const readable = /^stasis1:([\w-]{1,64}):(\d*):(e?):/
const unreadable: ReservedEntry = Object.freeze({ version: '', payload: '' })
/** Stands for a missing entry. It cannot be a version. */
const absent = '!'

/**
 * ARGV: the time; the expected version; the next string, or '' to remove the entry; its time to live, or '' if it does
 * not expire. The script reads the stored string in the same way as `decode`. It never changes a string of a newer
 * format.
 */
const compareAndSet = script(`
  local value = redis.pcall('GET', KEYS[1])
  if type(value) == 'table' and not string.find(value.err, 'WRONGTYPE', 1, true) then return value end
  local version = '${absent}'
  if value then
    local text = type(value) == 'string' and value or ''
    local read, expires = string.match(text, '^stasis1:([%w_-]+):(%d*):e?:')
    if read and #read <= 64 then
      local isPast = expires ~= '' and tonumber(expires) <= tonumber(ARGV[1])
      version = isPast and '${absent}' or read
    else
      if (tonumber(string.match(text, '^stasis(%d+):')) or 0) > ${format} then return 0 end
      version = ''
    end
  end
  if version ~= ARGV[2] then return 0 end
  if ARGV[3] == '' then redis.call('DEL', KEYS[1])
  elseif ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[3])
  else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
  return 1
`)

/** A reserved space on a Redis server: one string per entry, under keys that begin with `start`. */
export function reservedOnRedis(connection: Connection, start: string): ReservedSpace {
  connection.warnOfEviction()
  return {
    async get(key, now) {
      const reply = await connection.call((client) =>
        client.sendCommand(['GET', start + key]).catch((error: unknown) => {
          // The value is a list or a hash, which GET cannot read.
          if (reasonOf(error).includes('WRONGTYPE')) return ''
          throw error
        }),
      )
      const entry = typeof reply === 'string' ? decode(reply) : undefined
      const isPast = entry?.expiresAt !== undefined && now >= entry.expiresAt
      return isPast ? undefined : entry
    },
    async compareAndSet(key, version, next, now) {
      const ttlMs =
        next?.expiresAt === undefined ? '' : Math.max(1, Math.ceil(next.expiresAt - now))
      const words = [String(now), version ?? absent, next ? encode(next) : '', String(ttlMs)]
      return (await runScript(connection, compareAndSet, start + key, words)) === 1
    },
    async *keys() {
      for await (const page of scanned(connection, start)) {
        for (const key of page) yield key.slice(start.length)
      }
    },
  }
}

function encode({ version, payload, expiresAt, evictable }: ReservedEntry): string {
  return `stasis${format}:${version}:${expiresAt ?? ''}:${evictable ? 'e' : ''}:${payload}`
}

/** @throws {CacheError} `cache-newer-format` */
function decode(text: string): ReservedEntry {
  const match = readable.exec(text)
  if (match) {
    const [head, version = '', expiresAt = '', mark] = match
    return {
      version,
      payload: text.slice(head.length),
      ...(expiresAt === '' ? {} : { expiresAt: Number(expiresAt) }),
      ...(mark === 'e' ? { evictable: true } : {}),
    }
  }
  const written = Number(/^stasis(\d+):/.exec(text)?.[1] ?? 0)
  if (written <= format) return unreadable
  throw new CacheError(
    'cache-newer-format',
    `A newer release wrote the entry in format ${written}. This release reads format ${format}. Finish the upgrade on every server.`,
  )
}

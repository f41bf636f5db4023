import process from 'node:process'
import { SessionConfigError } from '../errors.ts'
import { onOneLine } from '../quote.ts'
import type { RedisClient } from './redis/client.ts'
import { connection, isCluster } from './redis/connection.ts'
import { coverOf, timeToLive } from './redis/cover.ts'
import { fromStored, timesOf, toStored } from './redis/format.ts'
import { entryOf, layout } from './redis/layout.ts'
import { destroyOwner, list, texts, tidyUp } from './redis/owners.ts'
import { refusalIn } from './redis/refusal.ts'
import * as scripts from './redis/scripts.ts'
import { givenClient, ownClients } from './redis/source.ts'
import { tryOut } from './redis/trial.ts'
import { fromWord, toWord } from './redis/word.ts'
import type { SessionRecord, SessionStore } from './store.ts'

/** The `redis` driver. */
export interface RedisStoreOptions {
  /**
   * Where the server is: `redis://user:password@host:6379/0`, or `rediss://` for TLS. Default
   * `REDIS_URL` of the environment, else `redis://127.0.0.1:6379`.
   */
  url?: string | undefined
  /**
   * A client of the `redis` package instead: of `createClient`, `createCluster` or `createSentinel`.
   * It is connected if it has not been, and stays open: close it yourself. It must read from masters
   * only, since a replica may be behind. Give it `disableOfflineQueue: true`, so that nothing waits
   * while the server is away.
   */
  client?: RedisClient | undefined
  /** What every key begins with. Default `session:`; apps that share a server need one each. */
  prefix?: string | undefined
  /** Milliseconds that connecting and each command may take. Default 1000. */
  timeoutMs?: number | undefined
}

/**
 * Sessions in Redis or Valkey: one key per session, which the server removes in time; one atomic
 * script per verb, one plain GET to load. Reads cost one command, writes one more.
 *
 * @throws {SessionConfigError} for an address or a client that cannot work; from `ready()`, if the
 * package `redis` cannot be loaded, or if the server refuses what sessions need
 */
export function redisStore(
  options: RedisStoreOptions & {
    now?: (() => number) | undefined
    warn?: (message: string) => void
  } = {},
): SessionStore {
  const { client, prefix = 'session:', timeoutMs = 1000, now = () => Date.now() } = options
  const { url = process.env.REDIS_URL || 'redis://127.0.0.1:6379', warn = console.warn } = options
  if (typeof prefix !== 'string') {
    throw new SessionConfigError('session.redis.prefix must be a string, such as "session:".')
  }
  const at = layout(prefix)
  const source = client ? givenClient(client, timeoutMs) : ownClients(url, timeoutMs)
  let prepared: Promise<void> | undefined
  let checked: Promise<void> | undefined
  const listeners: (() => void)[] = []
  const refusal = (message: string) => refusalIn(message, prefix)
  const redis = connection(source, timeoutMs, at.secret, refusal, (ready, isRepeat) => {
    if (!isRepeat) {
      // Each time: a server that was restarted has forgotten the scripts.
      prepared = loadScripts(ready)
      checked ??= warnOfEviction(ready, warn)
    }
    for (const listener of listeners) listener()
  })

  async function load(key: string): Promise<SessionRecord | undefined> {
    const text = await redis.run((commands) => commands.get(at.record(key)))
    if (typeof text !== 'string') return undefined
    const record = fromStored(text)
    return record && now() < record.expiresAt ? record : undefined
  }

  async function put(key: string, value: string, ttl: string): Promise<'created' | 'exists'> {
    const outcome = await redis.script(scripts.create, at.record(key), String(now()), value, ttl)
    return outcome === 'created' ? 'created' : 'exists'
  }

  /**
   * First a record that nobody sees and that soon goes by itself, then its entry, then the record is
   * there. Whoever ends the owner's sessions in between takes the record away, and it never is. So
   * no crash and no lost answer leaves a session that lives without being listed.
   */
  async function signIn(key: string, record: SessionRecord, owner: string) {
    const pending = await put(key, toStored(record, true), String(scripts.underWay))
    if (pending === 'exists') return pending
    const entry = entryOf(key, record.birth)
    const ttl = timeToLive(coverOf(record), now())
    const entered = await redis.script(scripts.enter, at.owner(owner), entry, ttl)
    const overdue = texts(entered)
    const args = [toWord(record.version), timeToLive(record.expiresAt, now())]
    const outcome = await redis.script(scripts.confirm, at.record(key), ...args)
    // Nobody waits for this, and the next sign-in does what this one could not.
    if (overdue.length > 0) tidyUp(redis, at, owner, overdue).catch(() => {})
    return outcome === 'created' || outcome === 'exists' ? outcome : 'revoked'
  }

  /** What moves a record's end. Where the owner's index must stand longer for it, that comes first. */
  async function moveEnd(
    script: scripts.Script,
    key: string,
    version: string,
    expiresAt: number,
    rest: string[],
  ): Promise<unknown> {
    const time = now()
    const ends = [timeToLive(expiresAt, time), String(expiresAt)]
    const attempt = (isCovered: '0' | '1') =>
      redis.script(
        script,
        at.record(key),
        String(time),
        toWord(version),
        isCovered,
        ...ends,
        ...rest,
      )
    const outcome = await attempt('0')
    if (!Array.isArray(outcome)) return outcome
    const [owner = '', birth = '', until] = outcome.map(String)
    const entry = entryOf(key, fromWord(birth))
    const ttl = timeToLive(Number(until), now())
    await redis.script(scripts.enter, at.owner(fromWord(owner)), entry, ttl)
    return attempt('1')
  }

  const store: SessionStore = {
    load,
    create(key, record) {
      if (record.owner !== undefined) return signIn(key, record, record.owner)
      return put(key, toStored(record), timeToLive(record.expiresAt, now()))
    },
    async replace(key, record, version) {
      const { createdAt, expiresAt, successor } = record
      // A seal shortens the record's life; anything else never does.
      const stored = [String(createdAt), toStored(record), successor ? '' : timesOf(record)]
      const outcome = await moveEnd(scripts.replace, key, version, expiresAt, stored)
      return outcome === 'gone' || outcome === 'conflict' ? outcome : 'replaced'
    },
    async touch(key, version, lastActivityAt, expiresAt) {
      const times = timesOf({ lastActivityAt, expiresAt })
      return (await moveEnd(scripts.touch, key, version, expiresAt, [times])) === 'touched'
    },
    async destroy(key, version) {
      const only = version === undefined ? '' : toWord(version)
      const ended = await redis.script(scripts.destroy, at.record(key), String(now()), only, '')
      if (!Array.isArray(ended)) return false
      const [kind, birth = '', owner = ''] = ended.map(String)
      if (owner !== scripts.noOwner) {
        const entry = entryOf(key, fromWord(birth))
        // The session has ended; an entry that stays goes later, with a list or a sign-in.
        await redis.run((to) => to.zRem(at.owner(fromWord(owner)), [entry])).catch(() => {})
      }
      return kind !== 'absent'
    },
    list: (owner) => list(redis, at, owner, load),
    destroyOwner: (owner, except) => destroyOwner(redis, at, owner, except, now),
    async secret(proposal, unfit) {
      if (unfit !== undefined) await redis.script(scripts.swap, at.secret, unfit, proposal)
      const standing = await redis
        .run((commands) => commands.get(at.secret))
        .catch((error: Error) => {
          // Something else than a string stands there: no secret that would be fit.
          if (error.message.startsWith('WRONGTYPE')) return ''
          throw error
        })
      if (typeof standing === 'string') return standing
      await redis.run((commands) => commands.set(at.secret, proposal, { condition: 'NX' }))
      const agreed = await redis.run((commands) => commands.get(at.secret))
      if (typeof agreed === 'string') return agreed
      throw new Error('Redis did not keep the secret: it was emptied in the same moment.')
    },
    async ready() {
      const problem = await redis.open()
      if (problem !== undefined) {
        const lasting = refusal(problem)
        if (lasting) throw lasting
        return warn(notNow(problem))
      }
      await Promise.all([prepared, checked])
      await tryOut(store, redis, at).catch((error: Error) => {
        if (error instanceof SessionConfigError) throw error
        warn(notNow(error.message))
      })
    },
    onConnect(listener) {
      listeners.push(listener)
    },
    close: () => redis.close(),
  }
  return store
}

function notNow(problem: string): string {
  return `Redis cannot keep sessions at the moment: ${onOneLine(problem).replace(/\.$/, '')}. Requests that use the session get a 503 until it can.`
}

/** So that no verb has to send its script's text; one that must sends it by itself. */
async function loadScripts(client: RedisClient): Promise<void> {
  if (isCluster(client)) return
  const texts = Object.values(scripts).flatMap((one) => (typeof one === 'object' ? [one.text] : []))
  await Promise.allSettled(texts.map((text) => client.scriptLoad?.(text)))
}

/** Where nobody may ask, nothing is said. */
async function warnOfEviction(client: RedisClient, warn: (message: string) => void): Promise<void> {
  try {
    const name = 'maxmemory-policy'
    const reply: unknown = await client.configGet?.(name)
    const policy = typeof reply === 'object' && reply !== null && name in reply ? reply[name] : ''
    if (typeof policy !== 'string' || policy === '' || policy === 'noeviction') return
    warn(
      `Redis may throw sessions away when its memory is full (maxmemory-policy ${policy}). Give sessions a server with: maxmemory-policy noeviction`,
    )
  } catch {}
}

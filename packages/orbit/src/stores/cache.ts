import { clockOf } from '../clock.ts'
import { SessionConfigError, SessionError } from '../errors.ts'
import { quote } from '../quote.ts'
import { newMark } from '../session/marks.ts'
import { codeOf, isError } from '../thrown.ts'
import { cacheKey } from './options.ts'
import type { Awaitable, CheckedStore, SessionRecord, WalkableStore } from './store.ts'

/**
 * A part of a cache that belongs to the sessions. The app cannot reach it with its own keys, and no call of the app
 * empties it. `now` is the time of the sessions' clock. It decides which records have expired.
 */
export interface SessionCacheSpace {
  /** Returns the record under the key. If the cache cannot read it, its version is the empty string. */
  get(key: string, now: number): Awaitable<SessionRecord | undefined>
  /**
   * Replaces the record with `next` if it has this version, atomically. Returns whether it did. If `version` is
   * `undefined`, there must be no record. If `next` is `undefined`, the record is removed. When memory is short,
   * the cache may drop a record that is `evictable`, but no others.
   */
  compareAndSet(
    key: string,
    version: string | undefined,
    next: SessionRecord | undefined,
    now: number,
  ): Awaitable<boolean>
  /** The keys, if the cache can list them. */
  keys?(): AsyncIterable<string> | Iterable<string>
}

/** The methods of a cache that the sessions need. The cache of `@gravito/stasis` has them. */
export interface SessionCache {
  /** Returns the part of the cache for the sessions. */
  reserve(namespace: string): SessionCacheSpace
  /** Checks at boot for problems that do not resolve themselves. */
  ready?(): Awaitable<void>
}

/** Options of the cache store. */
export interface CacheStoreOptions {
  /** The clock that decides when records expire, in milliseconds since the epoch. Default `Date.now`. */
  now?: (() => number) | undefined
}

/** Errors of Redis that do not resolve themselves. */
const lasting = /NOPERM|ACL failure|user executing the script|unknown (?:redis )?command|MOVED/i

/**
 * Keeps sessions in a cache that the app already has, in a separate space that the cache's `clear()` does not empty.
 * They last as long as the cache: with its memory store, until the process ends. A read and a write are one call each.
 * The cache belongs to the app, so `close` does not close it.
 *
 * @throws {SessionConfigError} for a cache that cannot store sessions
 * @example
 * app.use(session({ store: cacheStore(createCache({ stores: { redis: { driver: 'redis' } } })) }))
 */
export function cacheStore(
  cache: SessionCache,
  options: CacheStoreOptions = {},
): CheckedStore & Partial<WalkableStore> {
  const now = clockOf('cacheStore: now', options.now)
  const space = spaceOf(cache)
  const keys = space.keys?.bind(space)

  async function load(key: string): Promise<SessionRecord | undefined> {
    try {
      return await space.get(key, now())
    } catch (error) {
      throw explained(error)
    }
  }

  async function compareAndSet(
    key: string,
    version: string | undefined,
    next: SessionRecord | undefined,
  ): Promise<boolean> {
    try {
      return await space.compareAndSet(key, version, next, now())
    } catch (error) {
      throw explained(error)
    }
  }

  /** Runs every operation once that sessions need, so that missing rights are found at boot. */
  async function tryOut(): Promise<void> {
    const key = `boot-${newMark()}`
    const record = { version: newMark(), payload: '', expiresAt: now() + 60_000 }
    await load(key)
    await compareAndSet(key, undefined, record)
    await compareAndSet(key, record.version, undefined)
  }

  return {
    load,
    compareAndSet,
    ...(keys && { keys }),
    async ready() {
      await cache.ready?.()
      await tryOut().catch((error: unknown) => {
        // An unavailable or full server may work later.
        if (!isError(error) || !lasting.test(error.message)) return
        throw new SessionConfigError(
          `The cache cannot keep sessions: ${error.message} Use Redis 6.2 or later or Valkey, not a single node of a Cluster, and allow its user the commands get, set, del, eval and evalsha on the keys of the cache.`,
          { cause: error },
        )
      })
    },
    close() {},
  }
}

/**
 * The cache that another orbit has installed in the app, for `driver: 'cache'`.
 *
 * @param config of the core, where `OrbitCache` stores the cache
 * @throws {SessionConfigError} if there is none yet
 */
export function installedCache(
  config: { get(key: string): unknown; has(key: string): boolean },
  name = cacheKey.default,
): SessionCache {
  const cache = config.get(`service:${name}`)
  // Its methods are checked when it is used.
  if (cache !== undefined) return cache as SessionCache
  const order = 'orbits: [new OrbitCache(), new OrbitSession()]'
  throw new SessionConfigError(
    config.has('cache')
      ? `session.driver is "cache", and config.cache is set, but no OrbitCache is installed under ${quote(name)} before OrbitSession. Orbits are installed in their order: ${order}`
      : `session.driver is "cache", but no cache is installed under ${quote(name)} before OrbitSession. Install @gravito/stasis (npm i @gravito/stasis) and put its OrbitCache first: ${order}. If it is already in the list, move it before OrbitSession`,
  )
}

/** @throws {SessionConfigError} for a cache that cannot store sessions */
function spaceOf(cache: SessionCache): SessionCacheSpace {
  const has = (of: unknown, name: string) => typeof Reflect.get(Object(of), name) === 'function'
  if (!has(cache, 'reserve')) {
    throw unfit('has no reserve(), so its clear() would sign out all users')
  }
  const space = cache.reserve('sessions')
  if (has(space, 'get') && has(space, 'compareAndSet')) return space
  throw unfit(
    'reserves a space without get and an atomic compareAndSet, so overlapping requests would lose writes',
  )
}

function unfit(problem: string): SessionConfigError {
  return new SessionConfigError(
    `The cache that session.driver "cache" found ${problem}. Use OrbitCache of @gravito/stasis, or another session.driver.`,
  )
}

/** Turns errors of the cache about space and formats into errors of the session. */
function explained(error: unknown): unknown {
  if (!isError(error)) return error
  // The log prints the cause after the message, so it should show the server's own error.
  const { message, cause = error } = error
  switch (codeOf(error)) {
    case 'cache-full':
      return new SessionError('session-store-full', message, { cause })
    case 'cache-newer-format':
      return new SessionError('session-newer-format', message, { cause })
    default:
      return error
  }
}

import { clockOf } from '../clock.ts'
import { SessionConfigError, SessionError } from '../errors.ts'
import { quote } from '../quote.ts'
import { newMark } from '../session/marks.ts'
import { codeOf, isError } from '../thrown.ts'
import { cacheKey } from './options.ts'
import type { Awaitable, CheckedStore, SessionRecord, WalkableStore } from './store.ts'

/**
 * A part of a cache that belongs to the sessions: no key of the app reaches it, and nothing that the
 * app calls empties it. `now` is the time by the clock of the sessions, by which records expire.
 */
export interface SessionCacheSpace {
  /** What stands under the key. A value that the cache cannot read has the empty version. */
  get(key: string, now: number): Awaitable<SessionRecord | undefined>
  /**
   * Puts `next` where a record of this version stands, atomically, and says whether it did. `version`
   * `undefined`: where nothing stands. `next` `undefined`: removes the record. When memory is short, an
   * `evictable` record may go before it expires. Others may not.
   */
  compareAndSet(
    key: string,
    version: string | undefined,
    next: SessionRecord | undefined,
    now: number,
  ): Awaitable<boolean>
  /** The keys, if the cache can tell them. */
  keys?(): AsyncIterable<string> | Iterable<string>
}

/** What the sessions need of a cache. The one of `@gravito/stasis` has it. */
export interface SessionCache {
  /** The sessions' own part of the cache. */
  reserve(namespace: string): SessionCacheSpace
  /** Checks at boot what can never work. */
  ready?(): Awaitable<void>
}

/** Options of the cache store. */
export interface CacheStoreOptions {
  /** The clock by which records expire, in milliseconds since the epoch. Default `Date.now`. */
  now?: (() => number) | undefined
}

/** What a Redis says that waiting does not mend. */
const lasting = /NOPERM|ACL failure|user executing the script|unknown (?:redis )?command|MOVED/i

/**
 * Sessions in a cache that the app has anyway, in a space of their own that its `clear()` leaves
 * alone. They last as long as the cache does: with its memory store as long as the process. A read and
 * a write are one call of the space each. The cache stays the app's: `close` leaves it open.
 *
 * @throws {SessionConfigError} for a cache that cannot keep sessions
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

  /** Does once what sessions need, so that what the server refuses is known at boot. */
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
        // A server that is away, or full, passes.
        if (!isError(error) || !lasting.test(error.message)) return
        throw new SessionConfigError(
          `The cache cannot keep sessions: ${error.message} Give its user the commands get, set, del, eval and evalsha on the keys of the cache, on a Redis 6.2 or later or Valkey that is not one node of a Cluster.`,
          { cause: error },
        )
      })
    },
    close() {},
  }
}

/**
 * The cache that another orbit has installed in the app: what `driver: 'cache'` takes.
 *
 * @param config of the core, where `OrbitCache` leaves the cache
 * @throws {SessionConfigError} if there is none yet
 */
export function installedCache(
  config: { get(key: string): unknown; has(key: string): boolean },
  name = cacheKey.default,
): SessionCache {
  const cache = config.get(`service:${name}`)
  // What it is able to do is checked where it is used.
  if (cache !== undefined) return cache as SessionCache
  const order = 'orbits: [new OrbitCache(), new OrbitSession()]'
  throw new SessionConfigError(
    config.has('cache')
      ? `session.driver is "cache", and config.cache is there, but no OrbitCache has been installed under ${quote(name)} before OrbitSession. Orbits are installed in their order: ${order}`
      : `session.driver is "cache", and no cache has been installed under ${quote(name)} before OrbitSession. Install @gravito/stasis (npm i @gravito/stasis) and put its OrbitCache first: ${order}. If it is in the list already, it stands after OrbitSession`,
  )
}

/** @throws {SessionConfigError} for a cache that cannot keep sessions */
function spaceOf(cache: SessionCache): SessionCacheSpace {
  const has = (of: unknown, name: string) => typeof Reflect.get(Object(of), name) === 'function'
  if (!has(cache, 'reserve')) {
    throw unfit('has no reserve(), so that its clear() would sign everybody out')
  }
  const space = cache.reserve('sessions')
  if (has(space, 'get') && has(space, 'compareAndSet')) return space
  throw unfit(
    'reserves a space without get and an atomic compareAndSet, so that overlapping requests would lose writes',
  )
}

function unfit(problem: string): SessionConfigError {
  return new SessionConfigError(
    `The cache that session.driver "cache" found ${problem}. Use OrbitCache of @gravito/stasis, or another session.driver.`,
  )
}

/** What the cache says about room and formats, as an error of the session. */
function explained(error: unknown): unknown {
  if (!isError(error)) return error
  // The log prints the cause after the message, so it gets what the server said.
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

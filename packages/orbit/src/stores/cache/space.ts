import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { SessionConfigError, SessionError } from '../../errors.ts'
import { codeOf, isError } from '../../thrown.ts'
import type { Awaitable } from '../store.ts'

/** A part of a cache that belongs to the sessions: no key of the app reaches it, nothing empties it. */
export interface SessionCacheSpace {
  /** What stands under the key. */
  get(key: string): Awaitable<string | undefined>
  /**
   * Puts `next` in the place of `expected`, atomically, and says whether it did. `undefined` is
   * nothing: as `expected`, nothing may stand there; as `next`, the entry is removed. An entry with
   * `mayDrop` may go before its `ttlMs` is over where memory is short; others may not.
   */
  compareAndSet(
    key: string,
    expected: string | undefined,
    next: string | undefined,
    options?: { ttlMs?: number; mayDrop?: boolean },
  ): Awaitable<boolean>
  /** Calls the listener whenever a connection to the cache's server has been made. */
  onConnect?(listener: () => void): void
}

/** What the sessions need of a cache; the one of `@gravito/stasis` has it. */
export interface SessionCache {
  /** The atomic compare-and-set that makes a cache fit to keep sessions. */
  compareAndSet(key: string, expected: unknown, next: unknown): Awaitable<boolean>
  /** The sessions' own part of the cache. */
  reserve(namespace: string): SessionCacheSpace
  /** Checks at boot what can never work. */
  ready?(): Awaitable<void>
}

/** @throws {SessionConfigError} for a cache that cannot keep sessions */
export function sessionSpace(cache: SessionCache): SessionCacheSpace {
  const verb = (of: unknown, name: string) => typeof Reflect.get(Object(of), name) === 'function'
  if (!verb(cache, 'compareAndSet')) {
    throw unfit('has no atomic compareAndSet, without which overlapping requests lose writes')
  }
  if (!verb(cache, 'reserve')) {
    throw unfit('has no reserve(), so that its clear() would sign everybody out')
  }
  const space = cache.reserve('sessions')
  if (verb(space, 'get') && verb(space, 'compareAndSet')) return telling(space)
  throw unfit('reserves a space without get and compareAndSet')
}

function unfit(problem: string): SessionConfigError {
  return new SessionConfigError(
    `The cache that session.driver "cache" found ${problem}. Use OrbitCache of @gravito/stasis, or another session.driver.`,
  )
}

/** The space, whose want of room is an error of the session that says so. */
function telling(space: SessionCacheSpace): SessionCacheSpace {
  return {
    get: (key) => space.get(key),
    onConnect: (listener) => space.onConnect?.(listener),
    async compareAndSet(key, expected, next, options) {
      try {
        return await space.compareAndSet(key, expected, next, options)
      } catch (cause) {
        if (!isError(cause) || codeOf(cause) !== 'cache-full') throw cause
        throw new SessionError('session-store-full', cause.message, { cause })
      }
    },
  }
}

/** A key of the space: as it is where it is a handle, else a digest, so that any text will do. */
export function keyIn(kind: 'session' | 'owner', key: string): string {
  if (/^[\w-]{1,64}$/.test(key)) return `${kind}:${key}`
  // UTF-16, because UTF-8 makes all lone surrogates one character.
  const digest = createHash('sha256').update(Buffer.from(key, 'utf16le')).digest('base64url')
  return `${kind}:sha256:${digest}`
}

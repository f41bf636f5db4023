import { refuse, shown } from '../checks.ts'
import type { KeylessEngine } from '../engine.ts'
import { SessionConfigError } from '../errors.ts'
import { find } from '../session/lookup.ts'
import type { OwnerId } from '../session/owner.ts'
import type { Sessions } from '../sessions.ts'
import { detailsOf, type SessionDetails, type SessionSummary, summaryOf } from './describe.ts'
import { endSession } from './end.ts'
import { isHandle, isWalkable, keysOf, lookAtAll, nextHandles } from './walk.ts'

/** The number of records in a store, by kind. */
export interface SessionCounts {
  /** Active sessions: the sum of `signedIn` and `notSignedIn`. */
  readonly sessions: number
  /** Active sessions of signed-in users. */
  readonly signedIn: number
  /** Active sessions of visitors who are not signed in, for whom the app has stored something. */
  readonly notSignedIn: number
  /** Old records of sessions that have a new id or have ended. They stay for a few seconds. */
  readonly moved: number
  /** Records that are no longer valid and not removed yet. */
  readonly expired: number
  /** Records that cannot be read, or that a newer release wrote. */
  readonly unreadable: number
  /** Lists of a user's sessions: one for each user with a session. */
  readonly lists: number
  /** Other records of the library, such as the kept secret. */
  readonly other: number
}

/** Which sessions `list` returns. */
export interface ListSessionsOptions {
  /** Only the sessions of this user, the most recently active first. It works on every store. */
  readonly owner?: OwnerId | undefined
  /** The key of the user, if the option `ownerKey` is a list. Default: the first key of the list. */
  readonly ownerKey?: string | undefined
  /** The maximum number of sessions to return. Default 100; at most 1000. */
  readonly limit?: number | undefined
  /** Continue after this handle: the `next` of the previous page. */
  readonly after?: string | undefined
}

/** A page of a list. */
export interface SessionPage {
  /** The sessions of the page. */
  readonly sessions: readonly SessionSummary[]
  /** Pass this as `after` to get the next page. `undefined` on the last page. */
  readonly next?: string | undefined
}

/** Options of `show`. */
export interface ShowSessionOptions {
  /** Whether to return the values of the data. Default `false`: only the keys and types. */
  readonly data?: boolean | undefined
}

/**
 * All sessions of an app and its users, for operators, jobs and admin pages. No method returns a session id. A handle
 * cannot be used to open a session.
 */
export interface AllSessions {
  /**
   * Counts the records of the store in one walk. It loads each record once, a few at a time. A record that moves to
   * another store during the walk may be counted twice.
   *
   * @throws {SessionConfigError} if the store cannot list its keys
   * @throws {SessionError} `session-unavailable` (503) if the store fails
   */
  count(): Promise<SessionCounts>
  /**
   * Returns a page of active sessions, in the order of their handles. Each page walks through all keys of the store.
   * With `owner`, it reads only the list of that user.
   *
   * @throws {SessionConfigError} if the store cannot list its keys, or if an option is not valid
   * @throws {SessionError} `session-unavailable` (503) if the store fails
   */
  list(options?: ListSessionsOptions): Promise<SessionPage>
  /**
   * Iterates over all active sessions in one walk, in the order of the store. A session may be returned twice if it
   * changes during the walk, or if it moves to another store during the walk.
   *
   * @throws {SessionConfigError} if the store cannot list its keys
   * @throws {SessionError} `session-unavailable` (503) if the store fails
   * @example
   * for await (const { handle, owner } of allSessions(sessions).walk()) console.log(handle, owner)
   */
  walk(): AsyncIterable<SessionSummary>
  /**
   * Returns the session with this handle, or the session that it has moved to. `undefined` if there is none.
   *
   * @throws {SessionError} `session-unavailable` (503) if the store fails
   */
  show(handle: string, options?: ShowSessionOptions): Promise<SessionDetails | undefined>
  /**
   * Ends the session with this handle, as `sessions.of(owner).end(name)` does: no request in flight restores it. If
   * the session has moved to a new id, the new one ends, unless it belongs to another user.
   *
   * @returns whether there was a session to end
   * @throws {SessionError} `session-unavailable` (503) if the store fails
   */
  end(handle: string): Promise<boolean>
  /**
   * Ends all sessions of a user. It works on every store and does the same as `sessions.of(owner, ownerKey).endAll()`.
   *
   * @returns the number of sessions that it ended
   * @throws {SessionError} `session-unavailable` (503) if the store fails or the list cannot be read
   */
  endOwner(owner: OwnerId, ownerKey?: string): Promise<number>
  /**
   * Removes expired records in small steps. The drivers do this automatically while the app runs.
   *
   * @returns the number of records that it removed
   * @throws {SessionConfigError} if the store has no `prune`, because it removes expired records itself, as Redis does
   */
  prune(): Promise<number>
  /** Whether the store can list its keys. `count`, `walk`, and `list` without an owner need this. */
  canWalk(): Promise<boolean>
}

/** The source of the sessions: `core.sessions`, `sessionsOf(store, options)`, or an object with `sessions`. */
export type SessionsSource =
  | Sessions
  /** What `session()` returned, or a Gravito core. */
  | {
      /** The sessions of users. */
      readonly sessions: Sessions
    }

const defaultLimit = 100
const mostListed = 1_000

/**
 * Returns the methods that count, list, show and end the sessions of an app, and that remove expired records.
 *
 * @param source what `session()` returned, a Gravito core, or `sessionsOf(store, options)` in a separate process
 * @throws {SessionConfigError} for anything else
 * @example
 * const sessions = session({ driver: 'redis' })
 * const { signedIn } = await allSessions(sessions).count()
 */
export function allSessions(source: SessionsSource): AllSessions {
  const engine = engineOf(source)
  const keys = async function* () {
    for (const store of await engine.drivers()) yield* keysOf(store)
  }

  return {
    async count() {
      const counts = { live: 0, moved: 0, expired: 0, unreadable: 0, list: 0, other: 0 }
      let signedIn = 0
      for await (const found of lookAtAll(engine, keys())) {
        counts[found.kind] += 1
        if (found.kind === 'live' && found.stored.record.owner !== undefined) signedIn += 1
      }
      const { live, moved, expired, unreadable, list: lists, other } = counts
      const notSignedIn = live - signedIn
      return { sessions: live, signedIn, notSignedIn, moved, expired, unreadable, lists, other }
    },

    async list({ owner, ownerKey, limit = defaultLimit, after = '' } = {}) {
      const isLimit = Number.isInteger(limit) && limit >= 1 && limit <= mostListed
      if (!isLimit) refuse('limit', `is ${shown(limit)}; it must be from 1 to ${mostListed}`)
      if (owner !== undefined) return listOfOwner(engine, { owner, ownerKey, limit, after })
      const sessions: SessionSummary[] = []
      const atOnce = Math.max(2 * limit, 200)
      for (let last = after; ; ) {
        const handles = await nextHandles(keys(), last, atOnce)
        for await (const found of lookAtAll(engine, handles)) {
          if (found.kind !== 'live') continue
          const next = sessions.at(-1)?.handle
          if (sessions.length === limit) return { sessions, ...(next && { next }) }
          sessions.push(summaryOf(engine, found.stored))
        }
        if (handles.length < atOnce) return { sessions }
        last = handles.at(-1) ?? last
      }
    },

    async *walk() {
      for await (const found of lookAtAll(engine, keys())) {
        if (found.kind === 'live') yield summaryOf(engine, found.stored)
      }
    },

    async show(handle, { data = false } = {}) {
      if (!isHandle(handle)) return undefined
      const found = await find(engine, handle)
      if (found.kind === 'live') return detailsOf(engine, found.stored, data, undefined)
      if (found.kind === 'moved') return detailsOf(engine, found.end, data, handle)
      return undefined
    },

    async end(handle) {
      return isHandle(handle) && endSession(engine, handle)
    },

    async endOwner(owner, ownerKey) {
      const hashed = engine.owners.hashOf(owner, ownerKey)
      return (await engine.index()).end(hashed, () => true)
    },

    async prune() {
      const stores = (await engine.drivers()).flatMap((store) => store.prune?.bind(store) ?? [])
      let removed = 0
      for (const prune of stores) removed += await prune()
      if (stores.length > 0) return removed
      throw new SessionConfigError(
        'This store has no prune(), because it removes expired records itself, as the memory store and Redis do. You do not need a scheduled job.',
      )
    },

    async canWalk() {
      return (await engine.drivers()).every(isWalkable)
    },
  }
}

async function listOfOwner(
  engine: KeylessEngine,
  options: { owner: OwnerId; ownerKey: string | undefined; limit: number; after: string },
): Promise<SessionPage> {
  const { owner, ownerKey, limit, after } = options
  const listed = await (await engine.index()).list(engine.owners.hashOf(owner, ownerKey))
  const all = listed
    .map((stored) => summaryOf(engine, stored))
    .sort((a, b) => b.lastActiveAt.getTime() - a.lastActiveAt.getTime())
  // If that session has ended, its position is unknown, so the list starts from the beginning.
  const start = all.findIndex(({ handle }) => handle === after) + 1
  const sessions = all.slice(start, start + limit)
  const next = start + limit < all.length ? sessions.at(-1)?.handle : undefined
  return { sessions, ...(next !== undefined && { next }) }
}

/** The app may have another copy of this package, so `instanceof` would not work. */
function engineOf(source: SessionsSource): KeylessEngine {
  const given: unknown = source
  for (const { engine } of [Object(given), Object(Object(given).sessions)]) {
    if (isEngine(engine)) return engine
  }
  return refuse(
    'allSessions()',
    'needs the sessions of an app: what session() returned, a Gravito core with OrbitSession, or sessionsOf(store, options)',
  )
}

function isEngine(value: unknown): value is KeylessEngine {
  return typeof Object(value).drivers === 'function' && typeof Object(value).index === 'function'
}

import { refuse } from './checks.ts'
import type { SessionOptions } from './config.ts'
import { type KeylessEngine, makeEngine } from './engine.ts'
import { resolveOptions } from './options.ts'
import type { SessionData, UserIdOf } from './session/declared.ts'
import type { Device } from './session/facts.ts'
import type { OwnerId, Owners } from './session/owner.ts'
import { silent } from './surroundings.ts'

/** The device of a session in the list of a user's sessions. */
export type SessionDevice = Device

/** A session in the list of a user's sessions. */
export interface SessionInfo {
  /** The public name of the session. Use it in a URL or form that ends it. It is random, not secret, and stays the same when the session gets a new id. */
  readonly name: string
  /** When the user signed in. */
  readonly createdAt: Date
  /** When the user last used it. Accurate to the touch interval. */
  readonly lastActiveAt: Date
  /** The device of the sign-in, if the app stores devices (option `devices`). */
  readonly device?: SessionDevice | undefined
  /** The `label` that the app passed to `signIn`. */
  readonly label?: string | undefined
  /** The `method` that the app passed to `signIn`. */
  readonly method?: string | undefined
  /** Whether it is the session of this request. Always `false` outside of requests. */
  readonly isCurrent: boolean
}

/** The request whose handler uses the sessions of a user. */
export interface RequestOfSessions {
  /** The name of the request's session in the list of its user. */
  current(): string | undefined
  /** The same, for `endOthers()`. It throws if the session of the request is not known. */
  spared(): string | undefined
  /** For a promise that the handler may not await: if it rejects, the process must not end. */
  watch<T>(promise: Promise<T>): Promise<T>
}

const noRequest: RequestOfSessions = {
  current: () => undefined,
  spared: () => undefined,
  watch: (promise) => promise,
}

/**
 * The sessions of a user, on all devices: `c.get('sessions').of(userId)` in handlers, and
 * `sessionsOf(store, options).of(userId)` in jobs and webhooks (ASVS 7.4.2, 7.5.2).
 */
export class OwnerSessions {
  readonly #engine: KeylessEngine
  readonly #owner: string
  readonly #request: RequestOfSessions

  /** @internal */
  constructor(engine: KeylessEngine, owner: string, request: RequestOfSessions) {
    this.#engine = engine
    this.#owner = owner
    this.#request = request
    Object.freeze(this)
  }

  /**
   * Returns the live sessions. The most recently active one comes first.
   *
   * @throws {SessionError} `session-unavailable` (503) if the store fails or the list cannot be read
   * @example
   * const devices = await c.get('sessions').of(userId).list()
   */
  list(): Promise<SessionInfo[]> {
    return this.#request.watch(this.#list())
  }

  async #list(): Promise<SessionInfo[]> {
    const current = this.#request.current()
    const found = await (await this.#engine.index()).list(this.#owner)
    return found
      .map(({ name, record, facts: { device, label, method } = {} }) => ({
        name,
        createdAt: new Date(record.createdAt),
        lastActiveAt: new Date(record.lastActivityAt),
        ...(device && { device }),
        ...(label !== undefined && { label }),
        ...(method !== undefined && { method }),
        isCurrent: name === current,
      }))
      .sort((a, b) => b.lastActiveAt.getTime() - a.lastActiveAt.getTime())
  }

  /**
   * Ends the session of this user that has this name. A name that is not in the user's list ends nothing,
   * so it may come from a URL.
   *
   * @returns whether there was such a session
   * @throws {SessionError} `session-unavailable` (503) if the store fails or the list cannot be read
   * @example
   * await c.get('sessions').of(userId).end(c.req.param('name'))
   */
  end(name: string): Promise<boolean> {
    const ended = this.#end((one) => one === name)
    return this.#request.watch(ended.then((count) => count > 0))
  }

  /**
   * Ends all sessions of this user except the current one, for example after a change of the password.
   * Outside of requests, and in the session of another user, it ends all of them.
   *
   * @returns how many it has ended
   * @throws {SessionError} `session-unavailable` (503) if the store fails or the list cannot be read
   * @example
   * await c.get('sessions').of(userId).endOthers()
   */
  endOthers(): Promise<number> {
    return this.#request.watch(this.#endOthers())
  }

  async #endOthers(): Promise<number> {
    const current = this.#request.spared()
    return this.#end((name) => name !== current)
  }

  /**
   * Ends all sessions of this user, also the current one. When it returns, no session of this user that
   * signed in before the call is accepted. A sign-in that overlaps the call may fail, be ended, or stay.
   * In a handler, the other changes of the request are dropped, because they belong to the ended session.
   *
   * @returns how many it has ended
   * @throws {SessionError} `session-unavailable` (503) if the store fails or the list cannot be read
   * @example
   * await sessionsOf(store, options).of(user.id).endAll()
   */
  endAll(): Promise<number> {
    return this.#request.watch(this.#end(() => true))
  }

  async #end(isMeant: (name: string) => boolean): Promise<number> {
    return (await this.#engine.index()).end(this.#owner, ({ name }) => isMeant(name))
  }
}

/** The sessions of users: `c.get('sessions')`, `core.sessions`, `sessionsOf(store, options)`. */
export class Sessions<Data extends object = SessionData> {
  readonly #engine: KeylessEngine
  readonly #request: RequestOfSessions

  /** @internal */
  constructor(engine: KeylessEngine, request: RequestOfSessions = noRequest) {
    this.#engine = engine
    this.#request = request
    Object.freeze(this)
  }

  /** @internal For `allSessions`. */
  get engine(): KeylessEngine {
    return this.#engine
  }

  /**
   * Returns the sessions of one user.
   *
   * @param owner the value that `signIn` got, or that the app put under `ownerKey`: `1` is not `'1'`
   * @param ownerKey the key, if the option `ownerKey` is a list. Default: the first of the list
   * @throws {SessionError} `session-bad-owner` for a value that cannot be a user's id, or a key that the
   * option does not name
   */
  of(owner: UserIdOf<Data>): OwnerSessions
  of(owner: OwnerId, ownerKey: string): OwnerSessions
  of(owner: OwnerId, ownerKey?: string): OwnerSessions {
    const { owners }: { owners: Owners } = this.#engine
    return new OwnerSessions(this.#engine, owners.hashOf(owner, ownerKey), this.#request)
  }
}

/**
 * The sessions of users in a process of its own, such as a job that ends the sessions of a deleted user.
 *
 * @param store a store on the same medium as that of the app's `session()`: the same file, or the same
 * server and prefix. While sessions move, two: `[to, from]`, as in the app. A store with another prefix finds no session, and `endAll` returns 0
 * @param options the options of the app's `session()`. Of these, `cookie.name`, `ownerKey` and the
 * timeouts matter
 * @throws {SessionConfigError} for options that cannot work, and without a store
 * @example
 * import { sessionsOf } from '@gravito/orbit'
 * import { redisStore } from '@gravito/orbit/redis'
 *
 * const store = redisStore() // at REDIS_URL, as driver: 'redis'
 * await sessionsOf(store, options).of('user-1').endAll()
 * await store.close() // else the process does not end
 */
export function sessionsOf(
  store: NonNullable<SessionOptions['store']>,
  options: Omit<SessionOptions, 'store' | 'driver'> = {},
): Sessions {
  // Without a store it would look in a memory of its own: no session ends there, and nobody is told.
  if (!store) {
    refuse(
      'sessionsOf()',
      'is given no store. Give it a store on the same medium as that of the app, such as redisStore({ url, prefix }) or sqliteStore({ path })',
    )
  }
  if (typeof store === 'function') {
    refuse(
      'sessionsOf()',
      'is given a function. Outside of requests there is no context to call it with: pass the store itself, such as d1Store(env.DB)',
    )
  }
  const settings = resolveOptions({ ...options, store, driver: undefined }, process.env)
  return new Sessions(makeEngine(settings, silent).keyless)
}

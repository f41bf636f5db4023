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

/** An active session of a user, as `list()` returns it. */
export interface SessionInfo {
  /**
   * The public name of the session. Use it in a URL or form that ends the session. It is random and not secret. It
   * stays the same when the session gets a new id. A new sign-in after a sign-out has a new name.
   */
  readonly name: string
  /** When the user signed in. */
  readonly createdAt: Date
  /** When the user last used the session, accurate to the touch interval. */
  readonly lastActiveAt: Date
  /** The device of the sign-in, if the option `devices` is set. */
  readonly device?: SessionDevice | undefined
  /** The `label` that the app passed to `signIn`. */
  readonly label?: string | undefined
  /** The `method` that the app passed to `signIn`. */
  readonly method?: string | undefined
  /** `true` for the session of this request. Always `false` outside of requests. */
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
 * The sessions of one user, on all devices (ASVS 7.4.2, 7.5.2). Get them with `c.get('sessions').of(userId)` in
 * handlers, and with `sessionsOf(store, options).of(userId)` in a separate process.
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
   * Returns the active sessions of the user. The most recently active session comes first.
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
   * Ends the session with this name. If this user has no such session, it does nothing, so the name may come from a
   * URL.
   *
   * @returns `true` if it has ended a session, `false` if this user has no such session
   * @throws {SessionError} `session-unavailable` (503) if the store fails or the list cannot be read
   * @example
   * await c.get('sessions').of(userId).end(c.req.param('name'))
   */
  end(name: string): Promise<boolean> {
    const ended = this.#end((one) => one === name)
    return this.#request.watch(ended.then((count) => count > 0))
  }

  /**
   * Ends all sessions of this user except the current one, for example after a password change. Outside of requests,
   * and if the current session belongs to another user, it ends all of them.
   *
   * @returns how many sessions it has ended
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
   * Ends all sessions of this user, including the current one. When it returns, no session that this user signed in to
   * before the call is accepted. A sign-in that overlaps the call may fail, be ended, or stay. If it ends the current
   * session, the other changes of the handler are dropped, because they belong to the ended session.
   *
   * @returns how many sessions it has ended
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

/** Finds the sessions of a user. Get it as `c.get('sessions')` or `core.sessions`, or from `sessionsOf`. */
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
   * @param owner the value that you passed to `signIn`, or put under `ownerKey`. The number `1` and the string `'1'`
   * are two different users
   * @param ownerKey the key, if the option `ownerKey` is a list. Default: the first key of the list
   * @throws {SessionError} `session-bad-owner` if the value cannot be the id of a user, or if `ownerKey` is not one of
   * the configured keys
   */
  of(owner: UserIdOf<Data>): OwnerSessions
  of(owner: OwnerId, ownerKey: string): OwnerSessions
  of(owner: OwnerId, ownerKey?: string): OwnerSessions {
    const { owners }: { owners: Owners } = this.#engine
    return new OwnerSessions(this.#engine, owners.hashOf(owner, ownerKey), this.#request)
  }
}

/**
 * Finds the sessions of users in a separate process, for example in a job that ends the sessions of a deleted user.
 * With another prefix or another `cookie.name` than the app, it finds no session, and `endAll` returns 0.
 *
 * @param store a store on the same medium as the store of the app: the same file, or the same server and prefix. While
 * sessions move, pass two stores, as in the app: `[to, from]`
 * @param options the options that the app passes to `session()`. Only `cookie.name`, `ownerKey` and the timeouts matter
 * @throws {SessionConfigError} if there is no store, or if the options cannot work
 * @example
 * import { sessionsOf } from '@gravito/orbit'
 * import { redisStore } from '@gravito/orbit/redis'
 *
 * const store = redisStore() // at REDIS_URL, as driver: 'redis'
 * await sessionsOf(store, options).of('user-1').endAll()
 * await store.close() // without it, the process does not exit
 */
export function sessionsOf(
  store: NonNullable<SessionOptions['store']>,
  options: Omit<SessionOptions, 'store' | 'driver'> = {},
): Sessions {
  // Without a store it would use a new memory store, where it finds no session, and the caller would not notice.
  if (!store) {
    refuse(
      'sessionsOf()',
      'got no store. Pass a store on the same medium as the store of the app, such as redisStore({ url, prefix }) or sqliteStore({ path })',
    )
  }
  if (typeof store === 'function') {
    refuse(
      'sessionsOf()',
      'got a function. Outside of requests, there is no context to call it with. Pass the store itself, such as d1Store(env.DB)',
    )
  }
  const settings = resolveOptions({ ...options, store, driver: undefined }, process.env)
  return new Sessions(makeEngine(settings, silent).keyless)
}

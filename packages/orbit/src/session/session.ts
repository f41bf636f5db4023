import { atOnce } from '../awaitable.ts'
import { noOwnerError, SessionError } from '../errors.ts'
import { isThenable } from '../synchronous.ts'
import { checkKey, notAssignable } from './data.ts'
import type {
  KeyOf,
  MadeFor,
  OptionalIfTrue,
  SessionData,
  SessionFlash,
  UserIdOf,
  ValueOf,
} from './declared.ts'
import type { SessionDraft } from './draft.ts'
import { handleOf } from './id.ts'
import { SessionMessages } from './messages.ts'
import { checkedSignIn, type SignInOptions, versionOf } from './sign-in-options.ts'
import type { EndedBecause } from './state.ts'
import type { UnitOfWork } from './unit.ts'

/**
 * The session of a request: `c.get('session')`.
 *
 * Reading and changing are synchronous. After the handler has returned, and before the response is sent, the
 * changes are re-applied to the latest stored data. A request that calls no method of the session gets no
 * cookie and writes nothing.
 */
export class Session<
  Data extends object = SessionData,
  Flash extends object = SessionFlash,
> extends SessionMessages<Data, Flash> {
  readonly #request: { readonly unit: UnitOfWork }

  /** @internal */
  constructor(request: { readonly unit: UnitOfWork }) {
    super()
    this.#request = request
    Object.freeze(this)
  }

  /** @internal Created at the first use. */
  protected override get unit(): UnitOfWork {
    return this.#request.unit
  }

  /**
   * The public name of the session, safe to log. Only the cookie has the secret id. The handle changes with
   * `regenerate()`, `invalidate()` and a change of user. Reading it does not count as use, and it also
   * works after the response, so you can log it.
   *
   * @example
   * app.use(async (c, next) => {
   *   await next()
   *   console.log(c.req.method, c.req.path, c.res.status, c.get('session').handle)
   * })
   */
  get handle(): string {
    return handleOf(this.unit.random)
  }

  /** The handle. Unlike `handle`, calling it counts as use of the session. */
  id(): string {
    this.unit.start()
    return this.handle
  }

  /**
   * The id of the signed-in user: the value that the app passed to `signIn` or put under `ownerKey`.
   * `undefined` if nobody is signed in.
   */
  get userId(): UserIdOf<Data> | undefined {
    return this.owners.idIn(this.contents()) as UserIdOf<Data> | undefined
  }

  /** @internal For JavaScript, where types do not refuse the assignment. */
  set userId(_: never) {
    throw notAssignable('userId', 'session.signIn(userId)')
  }

  /**
   * Signs a user in: sets the owner's key (`ownerKey`, default `userId`) and moves the session to a
   * new id and a new CSRF token, even if the same user signs in again (ASVS 7.2.4). Data that the visitor
   * has put before stays. If another user was signed in, that user's data is removed.
   *
   * @param options how long this session lives, and what the list of the user's sessions shows about it
   * @throws {SessionError} `session-bad-owner` for anything but a string that is not empty, a finite
   * number or a bigint; `session-bad-value` for options that cannot work, such as a time above
   * `maxAbsoluteTimeoutSeconds`
   * @example
   * app.post('/login', async (c) => {
   *   const user = await checkPassword(await c.req.json())
   *   c.get('session').signIn(user.id)
   *   return c.json({ ok: true })
   * })
   */
  signIn(userId: UserIdOf<Data>, options: SignInOptions = {}): void {
    const { owners, unit } = this
    const value = owners.checked(userId)
    const { times, now } = unit.engine
    const { label, method, lifetime, version } = checkedSignIn(options, times)
    const facts = { owner: owners.hashOf(value), confirmedAt: now(), label, method }
    this.change({ op: 'put', key: owners.key, value })
    this.change({ op: 'sign-in', facts, lifetime, version })
    unit.regenerate()
  }

  /**
   * Records that the user has just proved their identity, for example by entering the password again. A sign-in
   * does the same. A change of user removes it (ASVS 7.5.1, 7.5.3).
   *
   * @param options `ownerVersion`: as for `signIn`
   * @throws {SessionError} `session-no-owner` (401) if nobody is signed in
   * @example
   * if (await isPassword(session.userId, password)) session.confirm()
   */
  confirm(options: Pick<SignInOptions, 'ownerVersion'> = {}): void {
    const { unit, owners } = this
    const version = versionOf('confirm', options.ownerVersion)
    const owner = owners.of(this.contents())
    if (owner === undefined) throw noOwnerError()
    this.change({ op: 'confirm', owner, at: unit.engine.now(), version })
  }

  /**
   * Whether the user signed in or confirmed within the last `seconds` seconds. `false` if nobody is signed in.
   *
   * @example
   * if (!session.confirmedWithin(15 * 60)) return c.redirect('/confirm')
   */
  confirmedWithin(seconds: number): boolean {
    const at = this.unit.confirmedAt
    if (at === undefined) return false
    // A time in the future means that a clock is wrong.
    return Math.abs(this.unit.engine.now() - at) < seconds * 1000
  }

  /**
   * Why the cookie of the request has no session: `ended` if the user signed out or the session was ended, `expired` if a
   * timeout has passed, `moved` if it has a newer id and the old one may not read any more. `undefined` if there is a
   * session, or never was one. After `regenerateGraceSeconds`, but at least 10 seconds, `ended` becomes `expired`.
   *
   * @example
   * const notice = session.endedBecause === 'expired' ? 'You were away too long.' : undefined
   */
  get endedBecause(): EndedBecause | undefined {
    return this.unit.endedBecause
  }

  /** @internal For JavaScript, where types do not refuse the assignment. */
  set endedBecause(_: never) {
    throw notAssignable('endedBecause', 'session.invalidate()')
  }

  /**
   * Signs the user out: ends the session on the server, with all its data. No other running request brings it
   * back. The same as `invalidate()`.
   */
  signOut(): void {
    this.invalidate()
  }

  /** `true` once this request has used the session. Calling it does not count as use. */
  isStarted(): boolean {
    return this.unit.started
  }

  /**
   * When the session ends if nobody uses it again: after the idle timeout of this request, or at the absolute
   * timeout if that is earlier. It may live longer, up to the touch interval. `undefined` for a visitor, because
   * nothing is stored.
   *
   * @example
   * const end = session.expiresAt()
   * const warnInMs = end && end.getTime() - Date.now() - 2 * 60_000
   */
  expiresAt(): Date | undefined {
    const end = this.unit.endsAt
    return end === undefined ? undefined : new Date(end)
  }

  /**
   * Returns the value under the key. If there is none, stores and returns the result of `make`. If another
   * request stores a value in the meantime, that value stays.
   */
  remember<
    T = never,
    K extends KeyOf<Data, T> = KeyOf<Data, T>,
    V extends ValueOf<Data, K, T> = ValueOf<Data, K, T>,
  >(key: K, make: () => Promise<V>): Promise<MadeFor<Data, K, NoInfer<V>, NoInfer<T>>>
  remember<
    T = never,
    K extends KeyOf<Data, T> = KeyOf<Data, T>,
    V extends ValueOf<Data, K, T> = ValueOf<Data, K, T>,
  >(key: K, make: () => V): MadeFor<Data, K, NoInfer<V>, NoInfer<T>>
  remember(key: string, make: () => unknown): unknown {
    checkKey(key)
    if (this.has<unknown>(key)) return this.get<unknown>(key)
    const store = (made: unknown): unknown => {
      const value = this.keeping(made, key)
      this.owners.check(key, value)
      this.change({ op: 'put-if-absent', key, value })
      return this.get<unknown>(key)
    }
    const made = make()
    return isThenable(made)
      ? this.unit.failures.watch(Promise.resolve(made).then(store))
      : store(made)
  }

  /**
   * Moves the session to a new id and a new CSRF token, with its data (OWASP: renew the id after
   * any change of privilege). Requests with the old id can still read, for `regenerateGraceSeconds`. A
   * sign-in does the same. For a visitor it does nothing, because nothing is stored.
   */
  regenerate(): void
  regenerate(callback?: unknown): void {
    refuseCallback('regenerate', callback)
    this.unit.regenerate()
  }

  /**
   * Ends the session on the server, with all its data. No other running request brings it back. Data that you
   * put or flash afterwards starts a new session.
   */
  invalidate(): void {
    this.unit.invalidate()
    this.forgetNow()
  }

  /** The same as `invalidate`. Gravito uses this name. */
  destroy(): void
  destroy(callback?: unknown): void {
    refuseCallback('destroy', callback)
    this.invalidate()
  }

  /**
   * Commits the changes so far, for example before a long computation. Later changes are committed
   * at the end, as always.
   *
   * With `within`, the changes become durable together with what your own transaction writes: if it
   * commits, they are stored, and if it rolls back, they are not. If `save` throws, they are not stored either.
   * `sqlStore` and the driver `sqlite` can do it. Only plain changes can be saved so: no sign-in and no new id.
   *
   * @param options `within`: the transaction that you have begun: the `tx` of `sql.begin`, or the client after
   * `BEGIN`
   * @throws {SessionError} `session-moved` (409) if the session has moved to a new id,
   * `session-busy` or `session-unavailable` (503) if the store could not store the changes. With `within`
   * also `session-ended` (409), and `session-not-transactional` if the store, the transaction or the
   * changes do not allow it. Errors of your transaction are thrown as they are
   * @example
   * await sql.begin(async (tx) => {
   *   await tx`insert into orders (user_id) values (${userId})`
   *   session.forget('cart')
   *   await session.save({ within: tx })
   * })
   */
  save(options?: { within: object }): Promise<void>
  save(options?: unknown): Promise<void> {
    refuseCallback('save', options)
    return this.unit.failures.watch(this.unit.save(options))
  }

  /**
   * Runs `fn` on the latest data and commits at once. If another request was faster, it runs `fn` again
   * on the new data. Each of several overlapping requests sees the results of those before it, so
   * exactly one is the first. `fn` must be pure and synchronous.
   *
   * @returns the return value of the run that was committed
   * @throws {SessionError} `session-moved` or `session-ended` (409) if the session has moved or ended
   * @example
   * const ok = await session.atomically((data) => data.increment('attempts') <= 5)
   */
  atomically<T>(
    fn: (data: SessionDraft<Data>) => T & (T extends PromiseLike<unknown> ? never : unknown),
  ): Promise<T> {
    return this.unit.failures.watch(this.#atomically<T>(fn))
  }

  async #atomically<T>(fn: (data: SessionDraft<Data>) => T): Promise<T> {
    let result: { readonly value: T } | undefined
    await this.unit.saveAtOnce({
      op: 'run',
      fn: (contents) => {
        const { engine } = this.unit
        const { value, changes } = atOnce(engine.work()).runDraft(contents, engine, fn)
        result = { value }
        return changes
      },
    })
    if (!result) throw new TypeError('The commit did not run the function.')
    return result.value
  }

  /**
   * Gets a value and removes it. Of several overlapping requests, exactly one gets it. For one-time
   * codes and OAuth's `state`.
   *
   * @throws {SessionError} as `atomically`
   */
  take<T = never, K extends KeyOf<Data, T> = KeyOf<Data, T>>(
    key: K,
  ): Promise<ValueOf<Data, K, NoInfer<T>> | undefined>
  take(key: string): Promise<unknown> {
    return this.atomically((data) => data.pull<unknown>(key))
  }

  /**
   * Sets a key that has no value yet. Of several overlapping requests, exactly one gets `true`. For coupons and
   * for work that must happen only once.
   *
   * @throws {SessionError} as `atomically`
   */
  claim<T = never, K extends KeyOf<Data, T> = KeyOf<Data, T>>(
    key: K,
    ...value: OptionalIfTrue<ValueOf<Data, NoInfer<K>, NoInfer<T>>>
  ): Promise<boolean>
  claim(key: string, value: unknown = true): Promise<boolean> {
    return this.atomically((data) => {
      checkKey(key)
      if (data.has<unknown>(key)) return false
      data.put<unknown>(key, value)
      return true
    })
  }
}

/** In express-session these methods have a callback. Orbit would never call it, and the request would hang. */
function refuseCallback(method: string, callback: unknown): void {
  if (typeof callback !== 'function') return
  throw new SessionError(
    'session-bad-value',
    method === 'save'
      ? 'session.save() has no callback. It returns a promise: await session.save().'
      : `session.${method}() has no callback. It works at once, and the change is stored before the response is sent.`,
  )
}

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
 * changes are re-applied to the latest stored data. A request that calls none of these methods gets no cookie and
 * writes nothing.
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
   * The public name of the session, a string that is safe to log. Only the cookie contains the secret id. The handle
   * changes with `regenerate()`, `invalidate()`, a sign-in and any other change of user. Reading it does not count as
   * use, and it also works after the response.
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

  /** Returns the handle. Unlike `handle`, it counts as use of the session. */
  id(): string {
    this.unit.start()
    return this.handle
  }

  /**
   * The id of the signed-in user: the value that the app passed to `signIn` or put under `ownerKey`. It is
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
   * Signs a user in. It sets `ownerKey` (default `userId`) and moves the session to a new id and a new CSRF token, even
   * if the same user signs in again (ASVS 7.2.4). Data from before the sign-in stays, unless another user was
   * signed in: then the data of that user is removed.
   *
   * @param userId a string that is not empty, a finite number or a bigint
   * @param options the timeouts of this session, and what the list of the user's sessions shows about it
   * @throws {SessionError} `session-bad-owner` for any other `userId`, and `session-bad-value` for options that cannot
   * work, such as a time above `maxAbsoluteTimeoutSeconds`
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
   * Records that the user has just proved their identity, for example by entering the password again. A sign-in does
   * this too. A change of user removes it (ASVS 7.5.1, 7.5.3).
   *
   * @param options `ownerVersion`, the same as for `signIn`
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
   * Returns `true` if the user signed in or confirmed within this number of seconds. Returns `false` if nobody is
   * signed in.
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
   * Why the cookie of the request has no session:
   *
   * - `ended`: the user signed out, or the session was ended.
   * - `moved`: the session has a newer id, and the old id can no longer read it.
   * - `expired`: a timeout has passed, or the session ended or moved longer ago than the store remembers.
   * - `undefined`: there is a session, or there never was one.
   *
   * The store remembers an end or a move for `regenerateGraceSeconds`, and for at least 10 seconds. After that,
   * the value is `expired`. It becomes `undefined` when a request stores something in a new session.
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
   * Signs the user out. It ends the session on the server and removes all its data, and no request that is in flight
   * restores it. Does the same as `invalidate()`.
   */
  signOut(): void {
    this.invalidate()
  }

  /** Returns `true` once this request has used the session. Calling it does not count as use. */
  isStarted(): boolean {
    return this.unit.started
  }

  /**
   * Returns when the session expires if nobody uses it again: after the idle timeout, counted from this request, or at
   * the absolute timeout if that is earlier. The session may stay active longer, up to the touch interval. Returns
   * `undefined` if nothing is stored or put yet.
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
   * Returns the value under the key. If there is no value, stores and returns the result of `make`, or returns a
   * promise of it if `make` returns a promise. If another request stores a value in the meantime, that value stays.
   *
   * @throws {SessionError} `session-bad-value` for a value that the session cannot store
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
   * Moves the session and its data to a new id and a new CSRF token. Use it when a user gets more rights (OWASP: renew
   * the id after any change of privilege). Requests with the old id can still read for `regenerateGraceSeconds`. A
   * sign-in does this too. For a visitor it does nothing, because nothing is stored.
   */
  regenerate(): void
  regenerate(callback?: unknown): void {
    refuseCallback('regenerate', callback)
    this.unit.regenerate()
  }

  /**
   * Ends the session on the server and removes all its data. No request that is in flight restores it. Data that you
   * put or flash afterwards starts a new session.
   */
  invalidate(): void {
    this.unit.invalidate()
    this.forgetNow()
  }

  /** Does the same as `invalidate`. Gravito uses this name. */
  destroy(): void
  destroy(callback?: unknown): void {
    refuseCallback('destroy', callback)
    this.invalidate()
  }

  /**
   * Commits the changes so far, for example before a long computation. Later changes are committed after the handler.
   *
   * With `within`, the changes are stored together with your own transaction. If the transaction commits, they are
   * stored. If it rolls back, or if `save` throws, they are not stored. `within` works with `sqlStore` and the driver
   * `sqlite`, and only for plain changes: no sign-in, no new id, no end of the session.
   *
   * @param options `within`: your open transaction, such as the `tx` of `sql.begin`, or the client after `BEGIN`
   * @throws {SessionError} the errors of a commit: `session-moved` or `session-wrong-type` (409), `session-busy`,
   * `session-unavailable` or `session-store-full` (503), `session-too-large` (500). With `within` also `session-ended`
   * (409), and `session-not-transactional` (500) if the store, the transaction or the changes do not allow it. Errors
   * of your transaction are thrown unchanged
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
   * Runs `fn` on the latest data and commits at once. If another request commits first, it runs `fn` again on the new
   * data. So overlapping requests run one after the other, and each one sees the results of the earlier ones. `fn` must
   * be pure and synchronous.
   *
   * @returns a promise of the return value of the run that was committed
   * @throws {SessionError} `session-moved` or `session-ended` (409) if the session has moved or ended,
   * `session-not-sync` (500) if `fn` returns a promise, and the errors of `save`
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
   * Removes a value and returns a promise of it. If requests overlap, exactly one gets the value. Use it for one-time
   * codes, the challenge of a passkey and the `state` of OAuth.
   *
   * @throws {SessionError} `session-moved` or `session-ended` (409), and the errors of `save`
   * @example
   * const state = await session.take<string>('oauthState')
   */
  take<T = never, K extends KeyOf<Data, T> = KeyOf<Data, T>>(
    key: K,
  ): Promise<ValueOf<Data, K, NoInfer<T>> | undefined>
  take(key: string): Promise<unknown> {
    return this.atomically((data) => data.pull<unknown>(key))
  }

  /**
   * Sets a key that has no value yet. If requests overlap, exactly one gets `true`. Use it for work that must happen
   * only once, such as redeeming a coupon.
   *
   * @throws {SessionError} `session-moved` or `session-ended` (409), and the errors of `save`
   * @example
   * if (!(await session.claim('couponUsed'))) return c.text('You have already used this coupon.', 409)
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

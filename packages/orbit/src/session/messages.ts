import type { Change } from './changes.ts'
import type { Contents } from './contents.ts'
import { checkKey, keysOf, SessionValues } from './data.ts'
import type {
  FallbackOf,
  KeyList,
  KeyOf,
  OptionalIfTrue,
  SessionData,
  SessionFlash,
  Storable,
  ValueOf,
  ValueOr,
} from './declared.ts'
import { type FormErrors, type FormInput, fieldsOf, formErrors, formInput } from './form.ts'
import { newMark } from './marks.ts'
import type { Owners } from './owner.ts'
import type { UnitOfWork } from './unit.ts'
import { reveal } from './value.ts'

/** The flash keys for the input of a form and its errors. */
const [oldInput, errorMessages] = ['_old_input', '_errors']

/** The methods for messages to the next page: flash messages, the input of a form, and its errors. */
export abstract class SessionMessages<
  Data extends object = SessionData,
  Flash extends object = SessionFlash,
> extends SessionValues<Data> {
  #now: Map<string, unknown> | undefined

  /** @internal */
  protected abstract readonly unit: UnitOfWork

  /** @internal */
  protected override get owners(): Owners {
    return this.unit.engine.owners
  }

  /** @internal */
  protected override get maxBytes(): number {
    return this.unit.engine.maxBytes
  }

  /** @internal */
  protected override currentTime(): number {
    return this.unit.engine.now()
  }

  /** @internal */
  protected override contents(): Contents {
    return this.unit.contents()
  }

  /** @internal */
  protected override change(change: Change): void {
    this.unit.change(change)
    if (change.op === 'clear') this.#now = undefined
  }

  /**
   * Keeps a value for the next request that uses the session. Redirects and error pages that do not read the value, and
   * prefetches, do not count as that request.
   *
   * @throws {SessionError} `session-bad-value` for a value that cannot be stored unchanged
   * @example
   * session.flash('success', 'Saved')
   * return c.redirect('/profile', 303)
   */
  flash<T = never, K extends KeyOf<Flash, T> = KeyOf<Flash, T>>(
    key: K,
    ...value: OptionalIfTrue<ValueOf<Flash, NoInfer<K>, NoInfer<T>>>
  ): void
  flash(key: string, value: unknown = true): void {
    this.keepFlash(key, this.keeping(value, key))
  }

  /** @internal */
  protected keepFlash(key: string, value: unknown): void {
    checkKey(key)
    this.change({ op: 'flash', key, entry: { mark: newMark(), value } })
  }

  /** Sets a message for this request only. `getFlash` returns it. Nothing is stored. */
  now<T = never, K extends KeyOf<Flash, T> = KeyOf<Flash, T>>(
    key: K,
    ...value: OptionalIfTrue<ValueOf<Flash, NoInfer<K>, NoInfer<T>>>
  ): void
  now(key: string, value: unknown = true): void {
    checkKey(key)
    this.unit.begin()
    const values = this.#now ?? new Map()
    this.#now = values.set(key, this.keeping(value, key))
  }

  /**
   * Returns the value that the previous request flashed. If there is no value, returns the fallback, or `undefined`
   * without one. You can call it several times in one request.
   */
  getFlash<T = never, K extends KeyOf<Flash, T> = KeyOf<Flash, T>>(
    key: K,
  ): ValueOf<Flash, K, NoInfer<T>> | undefined
  getFlash<
    T = never,
    K extends KeyOf<Flash, T> = KeyOf<Flash, T>,
    Fallback extends Storable = FallbackOf<T>,
  >(key: K, fallback: Fallback): ValueOr<Flash, K, Fallback, NoInfer<T>>
  getFlash(key: string, fallback?: unknown): unknown {
    return this.#incoming(key, fallback, false)
  }

  /** Returns the same value as `getFlash`, but does not count as reading the message. */
  peekFlash<T = never, K extends KeyOf<Flash, T> = KeyOf<Flash, T>>(
    key: K,
  ): ValueOf<Flash, K, NoInfer<T>> | undefined
  peekFlash<
    T = never,
    K extends KeyOf<Flash, T> = KeyOf<Flash, T>,
    Fallback extends Storable = FallbackOf<T>,
  >(key: K, fallback: Fallback): ValueOr<Flash, K, Fallback, NoInfer<T>>
  peekFlash(key: string, fallback?: unknown): unknown {
    return this.#incoming(key, fallback, true)
  }

  #incoming(key: string, fallback: unknown, peek: boolean): unknown {
    checkKey(key)
    const entry = this.unit.incomingFlash(key, peek)
    if (this.#now?.has(key)) return reveal(this.#now?.get(key))
    return entry ? reveal(entry.value) : fallback
  }

  /**
   * Flashes these messages, including those of `now`, for one more request. Without keys, it flashes all messages. You
   * can also pass a list of keys.
   *
   * @example
   * session.keep('success', 'warning')
   */
  keep<T = never>(...keys: KeyList<KeyOf<Flash, T>>): void {
    this.contents()
    const kept = keys.length > 0 ? keysOf(keys) : this.#flashed()
    for (const key of kept) {
      const entry = this.unit.incomingFlash(key, true)
      if (this.#now?.has(key)) this.keepFlash(key, this.#now?.get(key))
      else if (entry) this.keepFlash(key, entry.value)
    }
  }

  #flashed(): ReadonlySet<string> {
    return new Set([...this.unit.flash.keys(), ...(this.#now?.keys() ?? [])])
  }

  /** Flashes all messages of this request, including those of `now`, for one more request. */
  reflash(): void {
    this.keep()
  }

  /** @internal Flash messages of this request do not outlive the end of the session. */
  protected forgetNow(): void {
    this.#now = undefined
  }

  /**
   * Keeps the fields of a form for the next page, as strings, so that users do not have to type them again. It leaves
   * out files, fields whose names look secret (passwords, tokens, one-time codes, card numbers), fields whose names
   * have more than 128 characters, and fields that do not fit into a quarter of `maxBytes`.
   *
   * @param input the result of `parseBody()`, a `FormData`, or an object. Nested fields get names with a dot
   * @param options `except`: the names of more fields to leave out
   * @example
   * session.flashInput(await c.req.parseBody())
   * return back(c, '/profile')
   */
  flashInput(input: FormInput, { except = [] }: { except?: readonly string[] } = {}): void {
    const kept = formInput(input, except, this.maxBytes / 4)
    this.keepFlash(oldInput, this.keeping(kept, 'flashInput(…)'))
  }

  /**
   * Returns what the user typed into the field, as a string. If there are several values, returns the first one.
   *
   * @param fallback the value to return if there is nothing, such as the value in the database. Default: `undefined`
   * @example
   * <input name="email" value={session.old('email', user.email)} />
   */
  old(name: string): string | undefined
  old(name: string, fallback: string): string
  old(name: string, fallback?: string): string | undefined {
    return this.oldList(name)[0] ?? fallback
  }

  /** Returns all values of a field that may have several values, such as checkboxes with the same name. */
  oldList(name: string): readonly string[] {
    return this.#listIn(oldInput, name)
  }

  /**
   * Keeps the errors of a form for the next page. If the name of a field looks secret, its message does not contain the
   * input. Errors use at most a quarter of `maxBytes`.
   *
   * @param errors the issues of zod, Valibot, ArkType or any other Standard Schema library, an object that has them as
   * `issues`, or messages by field: `{ email: 'is taken' }`, `{ email: ['is taken'] }`
   * @example
   * const checked = profile.safeParse(input)
   * if (!checked.success) session.flashErrors(checked.error)
   */
  flashErrors(errors: FormErrors): void {
    this.keepFlash(
      errorMessages,
      this.keeping(formErrors(errors, this.maxBytes / 4), 'flashErrors(…)'),
    )
  }

  /**
   * Returns the messages that the previous request passed to `flashErrors`: the list of one field, or without a name an
   * object with the lists of all fields. Errors that belong to no field are under the empty name. Nested fields have
   * names with a dot: `address.city`.
   */
  errors(): Readonly<Record<string, readonly string[]>>
  errors(name: string): readonly string[]
  errors(name?: string): Readonly<Record<string, readonly string[]>> | readonly string[] {
    if (name !== undefined) return this.#listIn(errorMessages, name)
    return Object.fromEntries(this.#fieldsIn(errorMessages))
  }

  #listIn(message: string, name: string): readonly string[] {
    checkKey(name)
    return this.#fieldsIn(message).get(name) ?? []
  }

  #fieldsIn(message: string): ReadonlyMap<string, readonly string[]> {
    return fieldsOf(this.#incoming(message, [], false))
  }
}

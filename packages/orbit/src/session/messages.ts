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

/** The part of a session for the next page: flash messages, the input of a form, and its errors. */
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
   * Keeps a value for the next request that uses the session, and only for that request. Redirects and
   * error pages that do not read it, and prefetches, do not count as that request.
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

  /** Sets a flash message for this request only. `getFlash` returns it, and it is not stored. */
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

  /** Returns the value that the previous request flashed. If there is none, the fallback, or `undefined`. */
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

  /** The same as `getFlash`, but it does not count as having read the message. */
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
   * Flashes messages of this request, and those of `now`, for one more request. Without keys it flashes
   * all of them. Keys may be a list.
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

  /** Flashes all messages of this request, and those of `now`, for one more request. */
  reflash(): void {
    this.keep()
  }

  /** @internal Flash messages of this request do not outlive the end of the session. */
  protected forgetNow(): void {
    this.#now = undefined
  }

  /**
   * Keeps the input of a form for the next page, so that users do not have to type it again. It leaves out files, and fields
   * that look secret by their names: passwords, tokens, one-time codes, card numbers. Input that takes more than a
   * quarter of `maxBytes` is left out field by field.
   *
   * @param input what `parseBody()` returns, a `FormData`, or an object. Fields of objects inside get names with a dot
   * @param options in `except`, the names of more fields to leave out
   * @example
   * session.flashInput(await c.req.parseBody())
   * return back(c, '/profile')
   */
  flashInput(input: FormInput, { except = [] }: { except?: readonly string[] } = {}): void {
    const kept = formInput(input, except, this.maxBytes / 4)
    this.keepFlash(oldInput, this.keeping(kept, 'flashInput(…)'))
  }

  /**
   * Returns what the user typed into a field of the form before, as a string: the first value if there are several.
   *
   * @param fallback the value to show if there is none, such as the value in the database
   * @example
   * <input name="email" value={session.old('email', user.email)} />
   */
  old(name: string): string | undefined
  old(name: string, fallback: string): string
  old(name: string, fallback?: string): string | undefined {
    return this.oldList(name)[0] ?? fallback
  }

  /** Returns all values of a field that may have several, such as checkboxes with the same name. */
  oldList(name: string): readonly string[] {
    return this.#listIn(oldInput, name)
  }

  /**
   * Keeps the errors of a form for the next page.
   *
   * @param errors the issues of zod, Valibot, ArkType and every other library of Standard Schema; an object with
   * `issues`; or messages by field: `{ email: 'is taken' }`, `{ email: ['is taken'] }`
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
   * Returns the messages that the previous request passed to `flashErrors`: by field, or those of one field. Errors that belong to
   * no field are under the empty name. A field inside another one has a name with a dot: `address.city`.
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

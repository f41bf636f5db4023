import { shown } from '../checks.ts'
import { SessionError } from '../errors.ts'
import { quote } from '../quote.ts'
import { type Change, refuseAsync } from './changes.ts'
import type { Contents } from './contents.ts'
import type {
  FallbackOf,
  ItemOf,
  KeyList,
  KeyOf,
  KeyOfKind,
  MadeFor,
  SessionData,
  Storable,
  ValueOf,
  ValueOr,
  Values,
} from './declared.ts'
import { isPlain } from './kind.ts'
import type { Owners } from './owner.ts'
import { badValue, keep, reveal } from './value.ts'

/** In seconds, a hundred years. */
const longestLife = 100 * 365 * 86_400

/** Options of `put`. */
export interface PutOptions {
  /** The value is removed after this number of seconds. Default: it stays as long as the session. */
  readonly expiresInSeconds?: number | undefined
}

/**
 * The methods that read and write data. `Session` and the draft of `atomically` have them in common. They are
 * synchronous. A dot in a key has no special meaning. Objects and arrays that you get are frozen. A Date, Map, Set or
 * typed array is a copy. To change a value, use `put`, `update` or `push`.
 */
export abstract class SessionValues<Data extends object = SessionData> {
  /** @internal */
  protected abstract contents(): Contents
  /** @internal */
  protected abstract change(change: Change): void
  /** @internal */
  protected abstract readonly owners: Owners
  /** @internal */
  protected abstract readonly maxBytes: number

  /** @internal */
  protected abstract currentTime(): number

  /** @internal A copy that only the session can change. */
  protected keeping(value: unknown, key: string): unknown {
    return keep(value, key, this.maxBytes)
  }

  /**
   * Returns the value under the key. If there is no value, returns the fallback, or `undefined` without one. `null` is
   * a value.
   *
   * @example
   * const visits = session.get('visits', 0)
   */
  get<T = never, K extends KeyOf<Data, T> = KeyOf<Data, T>>(
    key: K,
  ): ValueOf<Data, K, NoInfer<T>> | undefined
  get<
    T = never,
    K extends KeyOf<Data, T> = KeyOf<Data, T>,
    Fallback extends Storable = FallbackOf<T>,
  >(key: K, fallback: Fallback): ValueOr<Data, K, Fallback, NoInfer<T>>
  get(key: string, fallback?: unknown): unknown {
    checkKey(key)
    const { data } = this.contents()
    return data.has(key) ? reveal(data.get(key)) : fallback
  }

  /** Returns `true` if there is a value under every key. You can also pass a list of keys. `null` is a value. */
  has<T = never>(...keys: KeyList<KeyOf<Data, T>>): boolean {
    const { data } = this.contents()
    return keysOf(keys).every((key) => data.has(key))
  }

  /** Returns `true` if there is no value under any of the keys. You can also pass a list of keys. */
  missing<T = never>(...keys: KeyList<KeyOf<Data, T>>): boolean {
    const { data } = this.contents()
    return !keysOf(keys).some((key) => data.has(key))
  }

  /** Returns all data, without flash messages. For JSON, write `c.json(session.all())`. */
  all(): Values<Data>
  all(): object {
    return this.#pick(() => true)
  }

  /** Returns the data under these keys. Keys without a value are left out. You can also pass a list of keys. */
  only<T = never, K extends KeyOf<Data, T> = KeyOf<Data, T>>(
    ...keys: KeyList<K>
  ): Values<Pick<Data, K & keyof Data>, T>
  only(...keys: KeyList): object {
    const wanted = keysOf(keys)
    return this.#pick((key) => wanted.includes(key))
  }

  /** Returns all data except the values under these keys. You can also pass a list of keys. */
  except<T = never, K extends KeyOf<Data, T> = KeyOf<Data, T>>(
    ...keys: KeyList<K>
  ): Values<Omit<Data, K>, T>
  except(...keys: KeyList): object {
    const unwanted = keysOf(keys)
    return this.#pick((key) => !unwanted.includes(key))
  }

  #pick(wanted: (key: string) => boolean): object {
    const entries = [...this.contents().data].filter(([key]) => wanted(key))
    return Object.freeze(Object.fromEntries(entries.map(([key, value]) => [key, reveal(value)])))
  }

  /**
   * Sets a value, or every value of a plain object. If you set `ownerKey` (default `userId`) to another value, that is
   * a sign-in: the session moves to a new id.
   *
   * @param options `expiresInSeconds`: the value is removed after that time
   * @throws {SessionError} `session-bad-value` for a value that cannot be stored unchanged, and `session-bad-owner` for
   * a value under `ownerKey` that cannot be the id of a user
   * @example
   * session.put('code', code, { expiresInSeconds: 600 })
   */
  put<T = never, K extends KeyOf<Data, T> = KeyOf<Data, T>>(
    key: K,
    value: ValueOf<Data, NoInfer<K>, NoInfer<T>>,
    options?: PutOptions,
  ): void
  put<T = never>(values: Values<Data, NoInfer<T>>): void
  put(
    keyOrValues: string | Record<string, unknown>,
    value?: unknown,
    { expiresInSeconds }: PutOptions = {},
  ): void {
    if (typeof keyOrValues !== 'object' || keyOrValues === null || Array.isArray(keyOrValues)) {
      checkKey(keyOrValues)
    } else if (!isPlain(keyOrValues)) {
      throw badValue('put(…)', 'takes a key and a value, or a plain object')
    }
    const entries =
      typeof keyOrValues === 'string'
        ? [[keyOrValues, value] as const]
        : Object.entries(keyOrValues)
    const until = this.#endOf(
      entries.map(([key]) => key),
      expiresInSeconds,
    )
    const kept = entries.map(
      ([key, item]) => ({ op: 'put', key, value: this.keeping(item, key), until }) as const,
    )
    for (const change of kept) this.owners.check(change.key, change.value)
    for (const change of kept) this.change(change)
  }

  /** The time at which values that are stored now expire. */
  #endOf(keys: readonly string[], seconds: unknown): number | undefined {
    if (seconds === undefined) return undefined
    const owner = keys.find((key) => this.owners.names(key))
    if (owner !== undefined) {
      throw badValue(
        owner,
        'identifies the signed-in user, so it cannot expire before the session. Use the option absoluteTimeoutSeconds of signIn()',
      )
    }
    if (typeof seconds === 'number' && seconds > 0 && seconds <= longestLife) {
      return this.currentTime() + seconds * 1000
    }
    throw badValue(
      `expiresInSeconds of put(${quote(String(keys[0]))}, …)`,
      `must be a number above 0 and at most ${longestLife}, a hundred years`,
    )
  }

  /** Does the same as `put`. Gravito uses this name. */
  set<T = never, K extends KeyOf<Data, T> = KeyOf<Data, T>>(
    key: K,
    value: ValueOf<Data, NoInfer<K>, NoInfer<T>>,
    options?: PutOptions,
  ): void
  set<T = never>(values: Values<Data, NoInfer<T>>): void
  set(keyOrValues: string | Record<string, unknown>, value?: unknown, options?: PutOptions): void {
    if (typeof keyOrValues === 'string') this.put<unknown>(keyOrValues, value, options)
    else this.put<unknown>(keyOrValues)
  }

  /** Removes the values under these keys. You can also pass a list of keys. To sign a user out, call `signOut()`. */
  forget<T = never>(...keys: KeyList<KeyOf<Data, T>>): void {
    for (const key of keysOf(keys)) this.change({ op: 'forget', key })
  }

  /** Removes all data and all flash messages. To sign a user out, call `signOut()` instead. */
  clear(): void {
    this.change({ op: 'clear' })
  }

  /** Does the same as `clear`. Laravel and Gravito use this name. */
  flush(): void {
    this.clear()
  }

  /**
   * Returns a value and removes it. Two overlapping requests may both get it. If only one request may get it, use
   * `take`.
   */
  pull<T = never, K extends KeyOf<Data, T> = KeyOf<Data, T>>(
    key: K,
  ): ValueOf<Data, K, NoInfer<T>> | undefined
  pull<
    T = never,
    K extends KeyOf<Data, T> = KeyOf<Data, T>,
    Fallback extends Storable = FallbackOf<T>,
  >(key: K, fallback: Fallback): ValueOr<Data, K, Fallback, NoInfer<T>>
  pull(key: string, fallback?: unknown): unknown {
    checkKey(key)
    if (!this.has<unknown>(key)) return fallback
    const value = this.get<unknown>(key)
    this.change({ op: 'forget', key })
    return value
  }

  /**
   * Appends to the array under the key. If there is no value, it creates an array. If requests overlap, every call
   * takes effect.
   *
   * @throws {SessionError} `session-wrong-type` if the value is not an array, and `session-bad-value` for an item that
   * cannot be stored unchanged
   */
  push<
    T = never,
    K extends KeyOfKind<Data, readonly unknown[], T> = KeyOfKind<Data, readonly unknown[], T>,
  >(key: K, value: ItemOf<Data, NoInfer<K>, NoInfer<T>>): void
  push(key: string, value: unknown): void {
    checkKey(key)
    this.contents()
    this.owners.check(key, [value])
    this.change({ op: 'push', key, value: this.keeping(value, key) })
  }

  /**
   * Adds to the number under the key and returns the sum as this request sees it. If there is no value, it starts at 0.
   * If requests overlap, every call takes effect.
   *
   * @throws {SessionError} `session-wrong-type` if the value is not a number, and `session-bad-value` if `by` is not a
   * finite number
   */
  increment<T = never>(key: KeyOfKind<Data, number, T>, by = 1): number {
    return this.#add('increment', key, by)
  }

  /** Subtracts from the number under the key, in the same way as `increment` adds. */
  decrement<T = never>(key: KeyOfKind<Data, number, T>, by = 1): number {
    return this.#add('decrement', key, by)
  }

  #add(method: 'increment' | 'decrement', key: string, by: unknown): number {
    checkKey(key)
    if (typeof by !== 'number' || !Number.isFinite(by)) throw notFinite(method, key, by)
    this.contents()
    this.change({ op: 'add', key, amount: method === 'increment' ? by : -by })
    return Number(this.contents().data.get(key))
  }

  /**
   * Replaces the value under the key with `fn(value)` and returns the new value. `fn` must be pure and synchronous,
   * because it runs again on the latest value if another request has written in the meantime.
   *
   * @throws {SessionError} `session-not-sync` if `fn` returns a promise, and `session-bad-value` if its result cannot
   * be stored unchanged
   * @example
   * session.update('theme', (theme) => (theme === 'dark' ? 'light' : 'dark'))
   */
  update<
    T = never,
    K extends KeyOf<Data, T> = KeyOf<Data, T>,
    V extends ValueOf<Data, K, T> = ValueOf<Data, K, T>,
  >(key: K, fn: (value: V | undefined) => V): MadeFor<Data, K, NoInfer<V>, NoInfer<T>>
  update(key: string, fn: (value: never) => unknown): unknown {
    checkKey(key)
    this.contents()
    const checked = (value: unknown) => {
      const result = fn(value as never)
      refuseAsync(result, `update(${quote(key)}, …)`)
      this.owners.check(key, result)
      return this.keeping(result, key)
    }
    this.change({ op: 'update', key, fn: checked })
    return this.get<unknown>(key)
  }
}

/** The prototype of all sessions. It refuses assignments, because an assigned value would not be stored. */
const refusing = new Proxy(
  {},
  {
    set(_, name) {
      throw notAssignable(String(name), `session.put(${quote(String(name))}, …)`)
    },
  },
)
Object.setPrototypeOf(SessionValues.prototype, refusing)

/** For an assignment to a session. */
export function notAssignable(name: string, instead: string): SessionError {
  return new SessionError(
    'session-bad-value',
    `The session does not store an assignment to ${quote(name)}. Call ${instead} instead.`,
  )
}

function notFinite(method: string, key: string, by: unknown): SessionError {
  const advice = typeof by === 'number' ? '' : ' Convert it first: Number(…).'
  return new SessionError(
    'session-bad-value',
    `${method}(${quote(key)}, …) takes a finite number, but this is ${shown(by)}.${advice}`,
  )
}

/** The keys of a list, one by one. */
export function keysOf(list: KeyList): readonly string[] {
  const keys = list.flat()
  for (const key of keys) checkKey(key)
  return keys
}

/** Refuses keys that TypeScript would refuse. Such a key would silently find nothing. */
export function checkKey(key: unknown): void {
  if (typeof key === 'string') return
  const type = Array.isArray(key) ? 'an array' : key === null ? 'null' : `of type ${typeof key}`
  throw new SessionError(
    'session-bad-value',
    `A key of the session must be a string, but this one is ${type}. Only has, missing, only, except, forget and keep accept lists of keys.`,
  )
}

/** A value or a promise of it. A store in the same process does not need promises. */
export type Awaitable<T> = T | Promise<T>

/** What a store keeps under one key: a session, the index of an owner, or the secret of the app. */
export interface SessionRecord {
  /**
   * Random, and new at each write: 1 to 64 letters, digits, `-` and `_`. Store the version that you get. Do not
   * replace it with a counter: a late write must never match a record that was removed and created again.
   */
  readonly version: string
  /**
   * A string that the store returns unchanged: well-formed Unicode without control characters. At least 256 KiB must
   * fit.
   */
  readonly payload: string
  /**
   * When the record expires, in milliseconds since the epoch. From this moment on, the record is absent. Without this
   * time, the record never expires.
   */
  readonly expiresAt?: number
  /** Whether a store with a size limit may drop this record when it is full. It never drops other records. */
  readonly evictable?: boolean
  /**
   * The id of the signed-in user, as a string. Only a store with `keepsOwner` gets it, and only with a session
   * that is in use: visitors, old ids, ended sessions and the records of the library have no owner.
   */
  readonly owner?: string
}

/**
 * A store for sessions: a map with one atomic method. Keys are 1 to 64 letters, digits, `-` and `_`, and
 * they are case-sensitive. No call uses two keys.
 *
 * "Not found" is not an error. A store that fails throws. An expired record is absent in every call,
 * even if it is still stored.
 */
export interface SessionStore {
  /**
   * Returns the record under the key, or `undefined` if there is none. For a value that it cannot read, the store
   * returns `unreadable`, so that the value can be replaced. For a value that a newer release of the store
   * has written, it throws.
   *
   * @throws {SessionError} `session-newer-format`
   */
  load(key: string): Awaitable<SessionRecord | undefined>

  /**
   * Stores `next` if the record under the key has this version, and returns whether it did. If `version` is
   * `undefined`, there must be no record. If `next` is `undefined`, the record is removed. It must be atomic: if
   * several calls with the same version overlap, in any number of processes, exactly one of them returns `true`.
   *
   * @throws {SessionError} `session-store-full` if there is no room. Removing always works
   */
  compareAndSet(
    key: string,
    version: string | undefined,
    next: SessionRecord | undefined,
  ): Awaitable<boolean>

  /** Closes connections and timers. It may be called twice. */
  close(): Awaitable<void>
}

/** The record that a store returns for a value that it cannot read. */
export const unreadable: SessionRecord = Object.freeze({ version: '', payload: '' })

/** A store that can check at boot whether it can work. */
export interface CheckedStore extends SessionStore {
  /**
   * Checks what the store needs: a writable folder, a package, rights on a server. It does not throw if a
   * server is currently unavailable.
   *
   * @throws {SessionConfigError} for problems that do not resolve themselves
   */
  ready(): Awaitable<void>
}

/** A store that can remove expired records on request. */
export interface PrunableStore extends SessionStore {
  /** Removes expired records in small steps, and returns the number of removed records. */
  prune(): Awaitable<number>
}

/** A store that can list its keys, for example to count the sessions. */
export interface WalkableStore extends SessionStore {
  /**
   * Returns the keys, each at least once. The keys of records that are created, removed or expire at the same time may
   * be among them. Keys of sessions have 43 characters. Other keys belong to the library.
   */
  keys(): AsyncIterable<string> | Iterable<string>
}

/** What a store does within a transaction of the app. */
export type RecordsWithin = Pick<SessionStore, 'load' | 'compareAndSet'>

/**
 * A store whose records can change within a transaction of the app, so that `session.save({ within })` commits
 * together with what the app itself writes.
 */
export interface TransactionalStore extends SessionStore {
  /**
   * Returns the same records, through a transaction that the app has begun and will end. What is written is visible
   * to others once the app commits, and never if it rolls back. `load` returns the latest version, even if the
   * transaction began before that version was written. Errors of the transaction are thrown unchanged, because the
   * app uses them to decide whether to try again.
   *
   * @throws {SessionError} `session-not-transactional` for anything except a transaction on the data of this store
   */
  within(transaction: object): Awaitable<RecordsWithin>
}

/** A store whose `load` and `compareAndSet` return no promises while `isSynchronous` is `true`. */
export interface SynchronousStore extends SessionStore {
  /** Whether `load` and `compareAndSet` return no promises now. */
  readonly isSynchronous: boolean
}

/** A store that keeps the user of each session in the clear, for example in a column that others can query. */
export interface OwnerKeepingStore extends SessionStore {
  /** Whether the store wants `owner` in its records. It stores and returns the `owner` that it gets, or no `owner`. */
  readonly keepsOwner: boolean
}

/** A store, with the optional methods that it may have. */
export type AbleStore = SessionStore &
  Partial<CheckedStore & OwnerKeepingStore & PrunableStore & SynchronousStore & WalkableStore>

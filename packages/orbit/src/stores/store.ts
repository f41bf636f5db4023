/** A value now or later: a store in the same process need not make promises. */
export type Awaitable<T> = T | Promise<T>

/** What a store keeps of one session. Times are milliseconds since the epoch. */
export interface SessionRecord {
  /** Drawn afresh at each write. Not a counter: two writers can never have drawn the same one. */
  readonly version: string
  /** Drawn when the record is created and kept by every `replace`. */
  readonly birth: string
  /** Opaque to the store. */
  readonly payload: string
  /** When the session began, for the absolute timeout. */
  readonly createdAt: number
  /** When it was last used, to the touch interval. */
  readonly lastActivityAt: number
  /** From this moment on the record counts as absent. */
  readonly expiresAt: number
  /** The hashed owner. Never changes while the record lives. */
  readonly owner?: string
  /** Set when the session has moved on: where to, and the birth mark of the record there. */
  readonly successor?: {
    /** The key of the record that it moved to. */
    readonly key: string
    /** The birth mark of that record. */
    readonly birth: string
  }
}

/** The times of a record that only moves forward. */
export function laterTimes(a: Times, b: Times): Times {
  return {
    lastActivityAt: Math.max(a.lastActivityAt, b.lastActivityAt),
    expiresAt: Math.max(a.expiresAt, b.expiresAt),
  }
}

type Times = Pick<SessionRecord, 'lastActivityAt' | 'expiresAt'>

/**
 * Where sessions live. Every verb is atomic in the store: no other verb on the same key happens in
 * the middle of it, in whatever process. 'Not found' is no error; a store that cannot answer throws.
 * An expired record counts as absent in every verb, even before it has been removed.
 *
 * Keys are made of handles (base64url, 43 characters); a store may put a prefix before them. It
 * stores records as they come and knows nothing of flash, cookies or owners' names.
 */
export interface SessionStore {
  /** The record under the key, sealed or not. */
  load(key: string): Awaitable<SessionRecord | undefined>

  /**
   * Stores the record where there is none. `exists` if there is one. `revoked` if `destroyOwner`
   * ran for the record's owner between the entry in the index, which comes first, and the record.
   */
  create(key: string, record: SessionRecord): Awaitable<'created' | 'exists' | 'revoked'>

  /**
   * Stores the record where `version` stands; `gone` if nothing does, `conflict` if another. The two
   * times of a record that stays unsealed only move forward: of a touch since the load, the later
   * `lastActivityAt` and `expiresAt` stay.
   */
  replace(
    key: string,
    record: SessionRecord,
    version: string,
  ): Awaitable<'replaced' | 'conflict' | 'gone'>

  /**
   * Moves the two times forward, never back, where `version` stands; changes neither data nor
   * version. Says whether the version stood.
   */
  touch(key: string, version: string, lastActivityAt: number, expiresAt: number): Awaitable<boolean>

  /** Removes the record, or only where `version` stands. Says whether it did. */
  destroy(key: string, version?: string): Awaitable<boolean>

  /** The owner's live sessions, without the sealed ones. Lacks none, whatever runs beside it. */
  list(owner: string): Awaitable<ReadonlyArray<{ key: string; record: SessionRecord }>>

  /**
   * Removes all of the owner's records, sealed ones too, but for the key `except`. When it returns,
   * none is left that was created before it began. Says how many live sessions it ended.
   */
  destroyOwner(owner: string, except?: string): Awaitable<number>

  /**
   * Only where there is something to check at boot: a folder that cannot be written to, a package
   * that is missing. A server that is away for the moment is no reason to throw.
   *
   * @throws {SessionConfigError} for what cannot work
   */
  ready?(): Awaitable<void>

  /**
   * Only for stores on a server: calls the listener whenever a connection has been made, since the
   * server may have lost its data meanwhile.
   */
  onConnect?(listener: () => void): void

  /** Gives back connections and timers. The store is not used afterwards. */
  close(): Awaitable<void>

  /**
   * Only for stores that outlive a process: the secret that signs the ids when the app configures
   * none. Stores `proposal` if there is no secret yet, or if the one that stands is `unfit`, and
   * returns the one that stands then. Kept apart from what the app can clear. A store without this
   * verb gets a secret of the process.
   */
  secret?(proposal: string, unfit?: string): Awaitable<string>
}

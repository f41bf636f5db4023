import { newMark } from '../../session/marks.ts'
import type { Awaitable, SessionRecord, SessionStore } from '../../stores/store.ts'

/** The functions of a test runner that the suite needs. */
export interface ContractRunner {
  /** Groups tests under a name. */
  describe(name: string, body: () => void): unknown
  /** Declares one test. */
  it(name: string, body: () => Promise<void>): unknown
}

/** What the suite passes to `open`. */
export interface ContractContext {
  /** The clock that decides what has expired, in milliseconds since the epoch. */
  readonly now: () => number
}

/** The stores that the suite tests. */
export interface StoresUnderTest {
  /**
   * Two stores on one empty medium. If the medium is the process itself, pass the same store twice. The suite writes
   * with one store and reads with the other.
   */
  readonly stores: readonly [SessionStore, SessionStore]
  /**
   * Puts a value that the store cannot read under the key, as a faulty disk would. Without it, the test of unreadable
   * values checks nothing.
   */
  readonly spoil?: ((key: string) => Awaitable<void>) | undefined
  /**
   * Begins a transaction on the medium, as an app does for `session.save({ within })`. Without it, the tests of a
   * `TransactionalStore` check nothing.
   */
  readonly begin?: (() => Awaitable<TransactionUnderTest>) | undefined
  /** Closes the stores and removes what they stored. */
  readonly close: () => Awaitable<void>
}

/** An open transaction. */
export interface TransactionUnderTest {
  /** The value that is passed to the store as `within`. */
  readonly within: object
  /** Commits it. */
  readonly commit: () => Awaitable<unknown>
  /** Rolls it back. */
  readonly rollback: () => Awaitable<unknown>
}

/** Creates the stores for one test, on an empty medium. */
export type OpenStores = (context: ContractContext) => Awaitable<StoresUnderTest>

/** What a test uses: the stores, and a clock that it moves. */
export interface Setting {
  readonly store: SessionStore
  readonly other: SessionStore
  readonly clock: { time: number }
  /** A record that expires in a minute. */
  readonly record: (fields?: Partial<SessionRecord>) => SessionRecord
  readonly spoil: StoresUnderTest['spoil']
  readonly begin: StoresUnderTest['begin']
}

/** A test of the contract: opens the stores before it and closes them after it. */
export function withStores(
  open: OpenStores,
  test: (setting: Setting) => Promise<void>,
): () => Promise<void> {
  return async () => {
    // Starts at the real time: a medium may remove long-expired records with its own clock.
    const clock = { time: Date.now() }
    const { stores, spoil, begin, close } = await open({ now: () => clock.time })
    const [store, other] = stores
    const record = (fields: Partial<SessionRecord> = {}): SessionRecord => ({
      version: newMark(),
      payload: 'payload',
      expiresAt: clock.time + 60_000,
      ...fields,
    })
    try {
      await test({ store, other, clock, record, spoil, begin })
    } finally {
      await close()
    }
  }
}

let keys = 0

/** A new key like those of sessions: 43 characters of base64url. */
export function newKey(): string {
  keys += 1
  return `${newMark()}${newMark()}${keys.toString(36).padStart(11, '0')}`
}

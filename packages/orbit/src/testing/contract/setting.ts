import { newMark } from '../../session/marks.ts'
import type { Awaitable, SessionRecord, SessionStore } from '../../stores/store.ts'

/** What the suite needs of a test runner. */
export interface ContractRunner {
  /** Groups tests under a name. */
  describe(name: string, body: () => void): unknown
  /** One test. */
  it(name: string, body: () => Promise<void>): unknown
}

/** What the stores under test are made with. */
export interface ContractContext {
  /** The clock by which the stores decide what has expired, in milliseconds since the epoch. */
  readonly now: () => number
}

/** Two stores on one medium. If the medium is the process itself, the same store twice. */
export interface StoresUnderTest {
  /** The suite writes with one and reads with the other. */
  readonly stores: readonly [SessionStore, SessionStore]
  /**
   * Puts a value under the key that the store cannot read, as a faulty disk would. Without it, the test of
   * unreadable values checks nothing.
   */
  readonly spoil?: ((key: string) => Awaitable<void>) | undefined
  /**
   * Begins a transaction on the medium, as an app does for `session.save({ within })`. Without it, the tests of
   * a `TransactionalStore` check nothing.
   */
  readonly begin?: (() => Awaitable<TransactionUnderTest>) | undefined
  /** Closes the stores and removes what they kept. */
  readonly close: () => Awaitable<void>
}

/** A transaction that an app has begun. */
export interface TransactionUnderTest {
  /** What `within` of the store gets. */
  readonly within: object
  /** Commits it. */
  readonly commit: () => Awaitable<unknown>
  /** Rolls it back. */
  readonly rollback: () => Awaitable<unknown>
}

/** Makes the stores for one test, on a medium that is empty. */
export type OpenStores = (context: ContractContext) => Awaitable<StoresUnderTest>

/** What a test works with: the stores, and a clock that it moves. */
export interface Setting {
  readonly store: SessionStore
  readonly other: SessionStore
  readonly clock: { time: number }
  /** A record that lives for a minute from now. */
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
    // The real time: a medium may collect by a clock of its own what has long expired.
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

/** A key as the engine makes them for sessions: 43 characters of base64url, never the same. */
export function newKey(): string {
  keys += 1
  return `${newMark()}${newMark()}${keys.toString(36).padStart(11, '0')}`
}

import { SessionError } from '../errors.ts'
import type { Awaitable } from '../stores/store.ts'
import { Backoff } from './backoff.ts'
import { newMark } from './marks.ts'
import { decodeEntries, type Entries, encodeEntries } from './owner-index.ts'
import type { IndexEngine } from './store-engine.ts'

/** The index as last read or written. */
export interface Index {
  readonly version: string | undefined
  readonly entries: Entries
}

/** The indexes of owners in the store. Within a process, changes wait for each other. Between processes, they retry. */
export class IndexStore {
  readonly #engine: IndexEngine

  constructor(engine: IndexEngine) {
    this.#engine = engine
  }

  /**
   * Changes the index. It retries while other requests are faster.
   *
   * @param known the index as last read, which saves a load
   */
  change(
    owner: string,
    change: (entries: Entries) => Awaitable<Entries>,
    ifUnreadable: 'throw' | 'replace' = 'throw',
    known?: Index,
  ): Promise<Index> {
    return this.#engine.queue.run(keyOf(owner), async () => {
      const backoff = new Backoff()
      for (let index = known; ; index = undefined) {
        const { version, entries } = index ?? (await this.load(owner, ifUnreadable))
        const next = await change(entries)
        const isNothing = next.length === 0 && version === undefined
        if (next === entries || isNothing) return { version, entries: next }
        const done = await this.set(owner, version, next)
        if (done) return { version: done, entries: next }
        await backoff.pause()
      }
    })
  }

  /** Replaces the entries if the index has this version. Returns the new version if it did. */
  async set(
    owner: string,
    version: string | undefined,
    entries: Entries,
  ): Promise<string | undefined> {
    const { store } = this.#engine
    const next = {
      version: newMark(),
      payload: encodeEntries(entries),
      // The index stays as long as the session with the longest lifetime.
      expiresAt: Math.max(0, ...entries.map(({ endsAt }) => endsAt)),
    }
    const isEmpty = entries.length === 0
    const done = await store.compareAndSet(keyOf(owner), version, isEmpty ? undefined : next)
    return done ? next.version : undefined
  }

  /**
   * An index that cannot be read does not mean that there are no sessions. So it throws, and does not report that
   * all sessions have ended. A sign-in starts a new index, with an event.
   *
   * @throws {SessionError} `session-unavailable`, `session-newer-format`
   */
  async load(owner: string, ifUnreadable: 'throw' | 'replace' = 'throw'): Promise<Index> {
    const key = keyOf(owner)
    const record = await this.#engine.store.load(key)
    if (!record) return { version: undefined, entries: [] }
    const entries = decodeEntries(record)
    if (entries) return { version: record.version, entries }
    if (ifUnreadable === 'throw') throw unreadableError(key)
    this.#engine.emit({ type: 'session:corrupt', handle: key })
    return { version: record.version, entries: [] }
  }
}

/** The key of an owner's index. */
function keyOf(owner: string): string {
  return `owner-${owner}`
}

function unreadableError(key: string): SessionError {
  return new SessionError(
    'session-unavailable',
    `The list of this user's sessions cannot be read, so they cannot be listed or ended. Check what changed the record ${key} in the session store. A sign-in in another browser, or after a sign-out, replaces it. Older sessions are not in the new list and end at their timeouts.`,
  )
}

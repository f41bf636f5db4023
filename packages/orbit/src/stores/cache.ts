import { clockOf } from '../clock.ts'
import { decode, encode, SeenTexts, type Stored, type Tombstone } from './cache/entry.ts'
import { type Entry, type Membership, OwnersIndex } from './cache/owners.ts'
import { keyIn, type SessionCache, sessionSpace } from './cache/space.ts'
import { tryOut } from './cache/trial.ts'
import { laterTimes, type SessionRecord, type SessionStore } from './store.ts'

export { installedCache } from './cache/installed.ts'
export type { SessionCache, SessionCacheSpace } from './cache/space.ts'

/** Options of the cache store. */
export interface CacheStoreOptions {
  /** The clock by which records expire, in milliseconds since the epoch. Default `Date.now`. */
  now?: (() => number) | undefined
}

/** What was found under a key, and the text to compare with. */
interface Found {
  readonly text: string | undefined
  /** Only a record that lives. */
  readonly stored?: Stored | undefined
}

/** By how much the cache keeps what has expired: clocks may differ a little, and step. */
const slackMs = 60_000
/** How long a revoke holds off a record that is just being made: far longer than that takes. */
const tombstoneMs = 60_000

/**
 * Sessions in a cache that the app has anyway, in a space of their own that its `clear()` leaves
 * alone. They last as long as the cache does: with its memory store as long as the process.
 *
 * A record is one text, changed by compare-and-set. Of the cache's verbs no other one is used, so
 * each verb here is as atomic as that one. The cache stays the app's: `close` leaves it open.
 *
 * @throws {SessionConfigError} for a cache that cannot keep sessions
 * @example
 * app.use(session({ store: cacheStore(createCache({ stores: { redis: { driver: 'redis' } } })) }))
 */
export function cacheStore(cache: SessionCache, options: CacheStoreOptions = {}): SessionStore {
  const now = clockOf('cacheStore: now', options.now)
  const space = sessionSpace(cache)
  const index = new OwnersIndex(space, now)
  const texts = new SeenTexts()

  function read(text: string | undefined): Found {
    const content = text === undefined ? undefined : decode(text)
    const lives = content && 'record' in content && now() < content.record.expiresAt
    return { text, stored: lives ? content : undefined }
  }

  async function look(key: string): Promise<Found> {
    const text = await space.get(keyIn('session', key))
    texts.see(key, text)
    return read(text)
  }

  /** What stands there, as far as this process knows, if it is that version; else what does stand. */
  async function expect(key: string, version: string | undefined): Promise<Found> {
    const known = version === undefined ? undefined : read(texts.seen(key))
    return known?.stored?.record.version === version && known ? known : look(key)
  }

  async function swap(
    key: string,
    expected: string | undefined,
    next: Stored | Tombstone | undefined,
    ttlMs = tombstoneMs,
  ): Promise<boolean> {
    const text = next && encode(next)
    const mayDrop =
      next !== undefined &&
      'record' in next &&
      (next.record.owner === undefined || next.record.successor !== undefined)
    texts.see(key, undefined)
    const done = await space.compareAndSet(keyIn('session', key), expected, text, {
      ttlMs,
      mayDrop,
    })
    if (done) texts.see(key, text)
    return done
  }

  function put(key: string, expected: string | undefined, stored: Stored): Promise<boolean> {
    const left = Math.max(stored.record.expiresAt - now(), 0)
    return swap(key, expected, stored, left + slackMs)
  }

  /** Puts the record where none lives. */
  async function putNew(key: string, stored: Stored): Promise<'created' | 'exists' | 'revoked'> {
    for (let found: Found = { text: undefined }; ; found = await look(key)) {
      if (found.stored) return 'exists'
      const remains = found.text === undefined ? undefined : decode(found.text)
      if (remains && 'revoked' in remains && remains.revoked === stored.entry?.mark) {
        return 'revoked'
      }
      if (await put(key, found.text, stored)) return 'created'
    }
  }

  /** Puts `next` where that version lives, however often it is touched meanwhile. */
  async function change(
    key: string,
    version: string,
    next: (current: SessionRecord) => SessionRecord,
  ): Promise<'replaced' | 'conflict' | 'gone'> {
    for (let found = await expect(key, version); ; found = await look(key)) {
      const { stored, text } = found
      if (!stored) return 'gone'
      if (stored.record.version !== version) return 'conflict'
      const record = next(stored.record)
      const entry = await membership(stored, record.expiresAt)
      if (entry === 'revoked') return 'gone'
      if (await put(key, text, { record, entry })) return 'replaced'
    }
  }

  /** The record's entry, kept for longer where the record would outlive it. */
  async function membership(
    { record, entry }: Stored,
    expiresAt: number,
  ): Promise<Membership | undefined | 'revoked'> {
    if (!entry || record.owner === undefined || expiresAt < entry.until) return entry
    return (await index.extend(record.owner, entry.mark, expiresAt)) ?? 'revoked'
  }

  /** Removes the record of that entry, whatever is being written to it; says whether it was a live session. */
  async function removeEntered(key: string, mark: string): Promise<boolean> {
    for (;;) {
      const { text, stored } = await look(key)
      const content = text === undefined ? undefined : decode(text)
      if (!content) {
        // Whoever is about to make it must not any more.
        if (await swap(key, text, { revoked: mark })) return false
      } else {
        if (!('record' in content) || content.entry?.mark !== mark) return false
        if (await swap(key, text, undefined)) {
          return stored !== undefined && stored.record.successor === undefined
        }
      }
    }
  }

  /** The records of an owner's entries, sealed ones too. */
  async function recordsOf(owner: string, entries: readonly Entry[]) {
    const keys = [...new Set(entries.map(({ key }) => key))]
    const found = await Promise.all(
      keys.map(async (key) => {
        const { stored } = read(await space.get(keyIn('session', key)))
        return stored?.record.owner === owner ? [{ key, record: stored.record }] : []
      }),
    )
    return found.flat()
  }

  return {
    load: async (key) => (await look(key)).stored?.record,

    async create(key, record) {
      const { owner } = record
      if (owner === undefined) return putNew(key, { record })
      const entry = await index.enter(owner, key, record.expiresAt, async (other) => {
        const { stored } = read(await space.get(keyIn('session', other)))
        return stored?.entry && { mark: stored.entry.mark, expiresAt: stored.record.expiresAt }
      })
      const { mark, until } = entry
      const outcome = await putNew(key, { record, entry: { mark, until } })
      if (outcome === 'created') {
        if (await index.has(owner, mark)) return outcome
        await removeEntered(key, mark)
        return 'revoked'
      }
      await index.remove(owner, [mark])
      return outcome
    },

    replace: (key, record, version) =>
      change(key, version, (current) =>
        record.successor ? record : { ...record, ...laterTimes(current, record) },
      ),

    async touch(key, version, lastActivityAt, expiresAt) {
      const touched = (current: SessionRecord) => ({
        ...current,
        ...laterTimes(current, { lastActivityAt, expiresAt }),
      })
      return (await change(key, version, touched)) === 'replaced'
    },

    async destroy(key, version) {
      for (let found = await expect(key, version); ; found = await look(key)) {
        const { stored, text } = found
        if (!stored) return false
        if (version !== undefined && stored.record.version !== version) return false
        if (!(await swap(key, text, undefined))) continue
        const { record, entry } = stored
        if (record.owner !== undefined && entry) {
          // It is done; an entry that stays behind names nothing, and goes in time.
          await index.remove(record.owner, [entry.mark]).catch(() => {})
        }
        return true
      }
    },

    async list(owner) {
      let before: readonly Entry[] | undefined
      for (;;) {
        const entries = await index.entries(owner)
        const records = await recordsOf(owner, entries)
        // A session that moved between the two reads is under a key that the first one lacked.
        const hasMoved = records.some(
          ({ record: { successor } }) =>
            successor && !entries.some(({ key }) => key === successor.key),
        )
        const isNew = before?.length !== entries.length || !sameMarks(before, entries)
        if (!hasMoved || !isNew) return records.filter(({ record }) => !record.successor)
        before = entries
      }
    },

    async destroyOwner(owner, except) {
      let ended = 0
      for (;;) {
        const dead = await index.condemn(owner, except)
        if (dead.length === 0) return ended
        const wereLive = await Promise.all(dead.map(({ key, mark }) => removeEntered(key, mark)))
        ended += wereLive.filter(Boolean).length
        await index.remove(
          owner,
          dead.map(({ mark }) => mark),
        )
      }
    },

    async secret(proposal, unfit) {
      for (;;) {
        const standing = await space.get('secret')
        if (standing !== undefined && standing !== unfit) return standing
        if (await space.compareAndSet('secret', standing, proposal)) return proposal
      }
    },

    onConnect: (listener) => space.onConnect?.(listener),
    async ready() {
      await cache.ready?.()
      await tryOut(space)
    },

    close() {},
  }
}

function sameMarks(one: readonly Entry[] | undefined, other: readonly Entry[]): boolean {
  return other.every(({ mark }, index) => one?.[index]?.mark === mark)
}

import { newMark } from '../../session/record.ts'
import { keyIn, type SessionCacheSpace } from './space.ts'

/** An owner's session in the index. A record carries the mark of its own entry. */
export interface Entry {
  readonly key: string
  readonly mark: string
  /** When the record expires, as far as the index has been told. */
  readonly expiresAt: number
  /** Until when the index keeps the entry without being told again. */
  readonly until: number
  /** Set by `destroyOwner`: the record is being destroyed, or must not be made. */
  readonly dead?: true
}

/** What a record keeps of its entry. */
export type Membership = Pick<Entry, 'mark' | 'until'>

/** Lists up to here are not looked through for entries whose records are gone. */
const tidy = 16
/** The most entries that a sign-in looks at; it adds one, so the list shrinks. */
const lookedAt = 4
const day = 24 * 60 * 60 * 1000

/**
 * The index of owners: one list per owner, changed by compare-and-set. Entries are written before
 * their records and removed after them, so a list may name records that are not there, and lacks
 * none that is. An entry outlives its record's expiry by far, so that a touch is one command.
 */
export class OwnersIndex {
  readonly #space: SessionCacheSpace
  readonly #now: () => number

  constructor(space: SessionCacheSpace, now: () => number) {
    this.#space = space
    this.#now = now
  }

  async entries(owner: string): Promise<readonly Entry[]> {
    return decode(await this.#space.get(keyIn('owner', owner)))
  }

  /**
   * Enters a record that is about to be made.
   *
   * @param membershipOf of the record under a key, and its expiry, to find out which are gone
   */
  async enter(
    owner: string,
    key: string,
    expiresAt: number,
    membershipOf: (key: string) => Promise<{ mark: string; expiresAt: number } | undefined>,
  ): Promise<Membership> {
    const entry = { key, mark: newMark(), expiresAt, until: this.#horizon(expiresAt) }
    const entries = await this.#change(owner, (all) => [...all, entry])
    if (entries.length > tidy) await this.#tidy(owner, entries, membershipOf)
    return entry
  }

  /** Whether the entry is there, and not dead. */
  async has(owner: string, mark: string): Promise<boolean> {
    return (await this.entries(owner)).some((entry) => entry.mark === mark && !entry.dead)
  }

  /** Keeps the entry for longer, as its record lives longer; `undefined` if it is gone or dead. */
  async extend(owner: string, mark: string, expiresAt: number): Promise<Membership | undefined> {
    const until = this.#horizon(expiresAt)
    const entries = await this.#change(owner, (all) =>
      all.map((entry) => (entry.mark === mark ? { ...entry, expiresAt, until } : entry)),
    )
    const isThere = entries.some((entry) => entry.mark === mark && !entry.dead)
    return isThere ? { mark, until } : undefined
  }

  /** Marks all but those of one key dead, and returns them. */
  async condemn(owner: string, except: string | undefined): Promise<readonly Entry[]> {
    const entries = await this.#change(owner, (all) =>
      all.map((entry) => (entry.key === except || entry.dead ? entry : { ...entry, dead: true })),
    )
    return entries.filter(({ key }) => key !== except)
  }

  async remove(owner: string, marks: readonly string[]): Promise<void> {
    await this.#change(owner, (all) => all.filter(({ mark }) => !marks.includes(mark)))
  }

  /** Takes out entries whose records expired and are gone, a few at a time. */
  async #tidy(
    owner: string,
    entries: readonly Entry[],
    membershipOf: Parameters<OwnersIndex['enter']>[3],
  ): Promise<void> {
    const time = this.#now()
    const doubtful = entries.filter(({ expiresAt }) => time >= expiresAt).slice(0, lookedAt)
    const gone: string[] = []
    const alive = new Map<string, number>()
    for (const { key, mark } of doubtful) {
      const found = await membershipOf(key)
      if (found?.mark === mark) alive.set(mark, found.expiresAt)
      else gone.push(mark)
    }
    await this.#change(owner, (all) =>
      all
        .filter(({ mark }) => !gone.includes(mark))
        .map((entry) => ({ ...entry, expiresAt: alive.get(entry.mark) ?? entry.expiresAt })),
    )
  }

  /** Changes the list, however often others are faster; `change` is pure. */
  async #change(
    owner: string,
    change: (entries: readonly Entry[]) => readonly Entry[],
  ): Promise<readonly Entry[]> {
    const key = keyIn('owner', owner)
    for (;;) {
      const text = await this.#space.get(key)
      const time = this.#now()
      const entries = change(decode(text).filter(({ until }) => time < until))
      const next = entries.length > 0 ? encode(entries) : undefined
      if (next === text) return entries
      const until = Math.max(...entries.map((entry) => entry.until))
      const ttlMs = Math.max(until - time, 0) + day
      if (await this.#space.compareAndSet(key, text, next, { ttlMs })) return entries
    }
  }

  /** Beyond the default absolute lifetime of seven days, so that by default it is never extended. */
  #horizon(expiresAt: number): number {
    return this.#now() + Math.max(8 * day, 4 * (expiresAt - this.#now()))
  }
}

function encode(entries: readonly Entry[]): string {
  return JSON.stringify(entries)
}

function decode(text: string | undefined): readonly Entry[] {
  const entries: unknown = text === undefined ? [] : JSON.parse(text)
  if (Array.isArray(entries)) return entries
  throw new TypeError('The index of an owner in the cache is not one of ours.')
}

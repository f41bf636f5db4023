import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers'
import { SessionError } from '../errors.ts'
import type { EndReason } from '../events.ts'
import { Backoff } from './backoff.ts'
import { decode } from './encoding.ts'
import { endUnder, isFull } from './ending.ts'
import type { SignInFacts } from './facts.ts'
import { type Index, IndexStore } from './index-store.ts'
import { find, type Lookup, type Stored } from './lookup.ts'
import { newMark } from './marks.ts'
import {
  confirm,
  doubtful,
  type Entries,
  type Entry,
  enter,
  enterMove,
  mark,
  remove,
  settled,
  takeBack,
} from './owner-index.ts'
import { isExpired, type StoredSession } from './record.ts'
import type { IndexEngine } from './store-engine.ts'
import { withoutLimits } from './times.ts'

/** The maximum number of sessions of an owner, and what a sign-in above this limit does. */
export interface OwnerLimit {
  readonly most: number
  readonly over: 'end-oldest' | 'refuse'
}

/** A session whose entry in the index of its owner is not confirmed yet. */
export interface Entering {
  readonly owner: string
  readonly name: string
  readonly key: string
  readonly index: Index
  /** Entries that are removed when this one is confirmed. */
  readonly removing: ReadonlySet<string>
  /** Whether no live session of the owner has signed in with this device. */
  readonly isNewDevice: boolean
}

/** A session in the list of its owner. */
export interface Listed {
  readonly name: string
  /** The key of its record, which is its handle. */
  readonly key: string
  readonly record: StoredSession
  readonly facts: SignInFacts | undefined
}

/** The number of possibly expired entries that a sign-in checks. It adds only one entry, so the list shrinks. */
const lookedAt = 3
/** The number of records that are loaded at the same time. */
const atOnce = 25

/** The sessions of owners, from their indexes and records. `owner-index.ts` explains how it works. */
export class OwnerIndex {
  readonly #engine: IndexEngine
  /**
   * Uses only the times in the records, not the time limits of this process. An end must reach every session
   * that another process with longer limits still accepts.
   */
  readonly #standing: Lookup
  readonly #index: IndexStore
  readonly #limit: OwnerLimit

  constructor(engine: IndexEngine, limit: OwnerLimit) {
    this.#engine = engine
    this.#standing = { ...engine, times: withoutLimits(engine.times) }
    this.#index = new IndexStore(engine)
    this.#limit = limit
  }

  /**
   * Adds the entry of a session that is about to be created.
   *
   * @throws {SessionError} `session-limit` if the owner has too many sessions and the option is `refuse`
   */
  async enter(
    owner: string,
    key: string,
    session: StoredSession,
    device?: string,
  ): Promise<Entering> {
    const { name = newMark(), endsAt, expiresAt } = session
    const removing = new Set<string>()
    let isEntered = false
    let isNewDevice = false
    const known = device === undefined ? undefined : digestOf(device)
    const change = async (entries: Entries) => {
      const now = this.#engine.now()
      removing.clear()
      const { living, dead } = await this.#withoutDead(owner, entries, now)
      for (const entry of dead) removing.add(entry)
      const kept = this.#makeRoom(living)
      isEntered = true
      isNewDevice = !(await this.#hasDevice(owner, living, known, now))
      const times = { now, signedInAt: now, endsAt, livesUntil: expiresAt }
      return enter(kept, { name, key, device: known, ...times })
    }
    try {
      const index = await this.#index.change(owner, change, 'replace')
      const marked = index.entries.filter(({ isMarked }) => isMarked)
      await inSteps(marked, async (entry) => {
        if (await this.#endIfKnown(owner, entry)) removing.add(entry.name)
      })
      return { owner, name, key, index, removing, isNewDevice }
    } catch (error) {
      // Remove the waiting entry, so that a repeated sign-in has as much room as this one had.
      if (isEntered) await this.takeBack({ owner, name, key }).catch(() => {})
      throw error
    }
  }

  /** Adds the key that a session is about to move to. `undefined` if the session has been ended. */
  async enterMove(
    owner: string,
    name: string,
    from: string,
    key: string,
    { endsAt, expiresAt: livesUntil }: StoredSession,
    device?: string,
  ): Promise<Entering | undefined> {
    let isThere = true
    let isNewDevice = false
    const known = device === undefined ? undefined : digestOf(device)
    const index = await this.#index.change(owner, async (entries) => {
      const now = this.#engine.now()
      isNewDevice = !(await this.#hasDevice(owner, entries, known, now))
      const next = enterMove(entries, { name, from, key, now, endsAt, livesUntil, device: known })
      isThere = next !== undefined
      return next ?? entries
    })
    const removing = new Set<string>()
    return isThere ? { owner, name, key, index, removing, isNewDevice } : undefined
  }

  /** Whether a live session has signed in with the device. If not, it checks a few of the expired ones. */
  async #hasDevice(
    owner: string,
    entries: Entries,
    device: string | undefined,
    now: number,
  ): Promise<boolean> {
    if (device === undefined) return true
    const same = entries.filter((entry) => entry.device === device && !entry.isMarked)
    if (same.some(({ livesUntil }) => now < livesUntil)) return true
    const newest = same.slice(-lookedAt)
    return (await this.#lookAt(owner, newest)).some(([, stored]) => stored !== undefined)
  }

  /** Confirms the entry, now that the record exists. `false` if the session has been ended in the meantime. */
  async confirm({ owner, name, index, removing }: Entering): Promise<boolean> {
    let isThere = true
    const change = (entries: Entries) => {
      const rest = remove(entries, removing)
      const next = confirm(rest, name)
      isThere = next !== undefined
      return next ?? rest
    }
    await this.#index.change(owner, change, 'throw', index)
    return isThere
  }

  /** Removes the entry, or the key that a session did not move to. */
  async takeBack({ owner, name, key }: Pick<Entering, 'owner' | 'name' | 'key'>): Promise<void> {
    await this.#index.change(owner, (entries) => takeBack(entries, name, key))
  }

  /** Removes the entry of a session that no longer belongs to its owner. If that fails, a later sign-in removes it. */
  async leave(owner: string | undefined, name: string | undefined): Promise<void> {
    if (owner === undefined || name === undefined) return
    const removed = this.#index.change(owner, (entries) => remove(entries, new Set([name])))
    await removed.catch(() => {})
  }

  /** The live sessions with their names. It reads again until it has seen every entry. */
  async list(owner: string): Promise<readonly Listed[]> {
    const seen = new Set<string>()
    const found = new Map<string, Stored>()
    for (;;) {
      const { entries } = await this.#index.load(owner)
      const unseen = entries.filter(({ name, keys }) => !seen.has([name, ...keys].join()))
      if (unseen.length === 0) {
        const { times, now } = this.#engine
        return [...found].filter(([, { record }]) => !isExpired(record, times, now())).map(listed)
      }
      for (const { name, keys } of unseen) seen.add([name, ...keys].join())
      for (const [entry, stored] of await this.#lookAt(owner, unseen)) {
        if (stored) found.set(entry.name, stored)
      }
    }
  }

  /** Ends the sessions that `isMeant` selects. Returns how many of them were live. */
  async end(owner: string, isMeant: (entry: Entry) => boolean): Promise<number> {
    let index: Index
    try {
      index = await this.#index.change(owner, (entries) => mark(entries, isMeant))
    } catch (error) {
      if (!isFull(error)) throw error
      return this.#endWithoutRoom(owner, isMeant)
    }
    const meant = index.entries.filter(isMeant)
    const ended = await this.#endEntries(owner, meant)
    const names = new Set(meant.map(({ name }) => name))
    if (names.size > 0) await this.#index.change(owner, (entries) => remove(entries, names))
    return ended
  }

  /** A full store cannot mark entries, but it can remove: first the records, then the index if it is unchanged. */
  async #endWithoutRoom(owner: string, isMeant: (entry: Entry) => boolean): Promise<number> {
    const backoff = new Backoff()
    let ended = 0
    for (;;) {
      const { version, entries } = await this.#index.load(owner)
      const meant = entries.filter(isMeant)
      ended += await this.#endEntries(owner, meant)
      const rest = remove(entries, new Set(meant.map(({ name }) => name)))
      if (
        version === undefined ||
        (await this.#index.set(owner, version, rest).catch(ignoreFull))
      ) {
        return ended
      }
      await backoff.pause()
    }
  }

  /** If one session cannot be ended, it ends all others, and then throws. */
  async #endEntries(owner: string, entries: Entries): Promise<number> {
    const failures: unknown[] = []
    const ended = await inSteps(entries, (entry) =>
      this.#endEntry(owner, entry, 'ended').catch((error: unknown) => void failures.push(error)),
    )
    if (failures.length > 0) throw failures[0]
    return ended.filter(Boolean).length
  }

  /** `false` if a newer release wrote the record. A sign-in must not fail because of that. */
  async #endIfKnown(owner: string, entry: Entry): Promise<boolean> {
    const ended = this.#endEntry(owner, entry, 'over-limit')
    return ended.then(() => true).catch(ignoreNewer)
  }

  async #endEntry(owner: string, { keys }: Entry, reason: EndReason): Promise<boolean> {
    let hasEnded = false
    for (const key of keys) {
      hasEnded = (await endUnder(this.#engine, this.#standing, owner, key, reason)) || hasEnded
    }
    return hasEnded
  }

  /**
   * The entries without those of dead sessions. At the limit it checks all doubtful entries. If it may have to
   * refuse the sign-in, it also checks the other entries: a sign-out may have failed to remove its entry.
   */
  async #withoutDead(owner: string, entries: Entries, now: number) {
    const { most, over } = this.#limit
    const isAtLimit = entries.length >= most
    const unsure = isAtLimit && over === 'refuse' ? settled(entries, now) : doubtful(entries, now)
    const unmarked = unsure.filter(({ isMarked }) => !isMarked)
    const checked = isAtLimit ? unmarked : unmarked.slice(0, lookedAt)
    const looked = await inSteps(checked, async (entry) => {
      const stored = await this.#liveOf(owner, entry).catch(ignoreNewer)
      return [entry, stored] as const
    })
    const dead = new Set<string>()
    const until = new Map<Entry, number>()
    for (const [entry, stored] of looked) {
      if (stored) until.set(entry, stored.record.expiresAt)
      else if (stored === undefined) dead.add(entry.name)
    }
    const living = remove(entries, dead).map((entry) => {
      const livesUntil = until.get(entry)
      return livesUntil === undefined ? entry : { ...entry, livesUntil }
    })
    return { living, dead }
  }

  /**
   * Makes room for a sign-in. Marked entries do not count: this sign-in ends their sessions, even if another end has
   * stopped halfway.
   *
   * @throws {SessionError} `session-limit`
   */
  #makeRoom(entries: Entries): Entries {
    const { most, over } = this.#limit
    const staying = entries.filter(({ isMarked }) => !isMarked)
    const excess = staying.length - most + 1
    if (excess <= 0) return entries
    if (over === 'refuse') throw limitError(most)
    const oldest = staying.sort((a, b) => a.signedInAt - b.signedInAt).slice(0, excess)
    return mark(entries, (entry) => oldest.includes(entry))
  }

  /** The live record of each entry, if it has one. */
  async #lookAt(owner: string, entries: Entries): Promise<[Entry, Stored | undefined][]> {
    return inSteps(entries, async (entry) => [entry, await this.#liveOf(owner, entry)])
  }

  async #liveOf(owner: string, { name, keys }: Entry): Promise<Stored | undefined> {
    // The last key comes first, because the session is probably there.
    for (const key of [...keys].reverse()) {
      const found = await find(this.#standing, key)
      const stored =
        found.kind === 'live' ? found.stored : found.kind === 'moved' ? found.end : undefined
      if (stored?.record.name === name && stored.record.owner === owner) return stored
    }
    return undefined
  }
}

/**
 * Runs a few at a time. All at once would overload the store, and one by one would take too long. Between the
 * steps, other requests get their turn, because a synchronous store would otherwise block them.
 */
async function inSteps<A, B>(items: readonly A[], run: (item: A) => Promise<B>): Promise<B[]> {
  const done: B[] = []
  for (let start = 0; start < items.length; start += atOnce) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve))
    done.push(...(await Promise.all(items.slice(start, start + atOnce).map(run))))
  }
  return done
}

function listed([name, { key, record, contents }]: readonly [string, Stored]): Listed {
  const { facts } = contents ?? decode(record.data) ?? {}
  return { name, key, record, facts: facts?.owner === record.owner ? facts : undefined }
}

/** Long enough to distinguish the devices of one user. */
function digestOf(device: string): string {
  return hash('sha256', device, 'base64url').slice(0, 8)
}

function ignoreFull(error: unknown): true {
  if (isFull(error)) return true
  throw error
}

function ignoreNewer(error: unknown): false {
  if (error instanceof SessionError && error.code === 'session-newer-format') return false
  throw error
}

function limitError(most: number): SessionError {
  return new SessionError(
    'session-limit',
    `This user already has ${most} sessions, the maximum (maxSessionsPerOwner). Sign out on another device first.`,
  )
}

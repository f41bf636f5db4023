import { Buffer } from 'node:buffer'
import { tokenOf } from './csrf/token.ts'
import type { Keyring, Keys } from './keys.ts'
import { handleOf, type Id, looksLikeAnId, readId } from './session/id.ts'
import type { Stored } from './session/lookup.ts'

/** How many ids of one request are looked up. Each costs a command of the store, and anybody can collect ids that we signed. */
export const mostIds = 4

/** Sessions with more characters of data are not remembered. */
const longestRemembered = 1_024

/** What a cookie that we signed says, and what follows from it. */
export class KnownId {
  readonly id: Id
  /** Whether the current secret signed it, and no older one. */
  readonly isCurrent: boolean
  /** The session of a stored id, as this process last saw it. */
  stored: Stored | undefined
  readonly #keys: Keys
  #handle: string | undefined
  #token: string | undefined

  /** @param keys the current ones */
  constructor(id: Id, isCurrent: boolean, keys: Keys) {
    this.id = id
    this.isCurrent = isCurrent
    this.#keys = keys
  }

  /** Remembers the session if it is small: thousands of large ones would fill the memory. */
  remember(stored: Stored | undefined): void {
    const isSmall = stored !== undefined && stored.record.data.length <= longestRemembered
    this.stored = isSmall ? stored : undefined
  }

  get handle(): string {
    this.#handle ??= handleOf(this.id.random)
    return this.#handle
  }

  /** The CSRF token that belongs to it. */
  get token(): string {
    this.#token ??= tokenOf(this.id.random, this.#keys)
    return this.#token
  }
}

/** How many cookies it remembers, in each of two generations. */
const generation = 5_000
/** How many cookies it can tell to have seen once; a power of two. */
const marks = 65_536

/**
 * Reads ids, and remembers those that come again: a signature costs more than the rest of an unused session.
 * It remembers only ids that were verified, and at most so many that nobody can fill the memory. The first
 * time it only marks the id: with a million people, most ids do not come back before they are forgotten.
 *
 * The look-up takes the text as it came, without a digest of it. A Map compares a text only with texts that
 * have the same hash. So the time that it takes tells nothing about a part of a cookie.
 */
export class KnownIds {
  readonly #keyring: Keyring
  #recent = new Map<string, KnownId>()
  #older = new Map<string, KnownId>()
  /** Of each cookie that was verified lately, some of its random bits. Made when there is one. */
  #seen: Int32Array | undefined

  constructor(keyring: Keyring) {
    this.#keyring = keyring
  }

  /** Nothing for a cookie that we did not sign. */
  read(text: string): KnownId | undefined {
    const recent = this.#recent.get(text)
    if (recent) return recent
    const older = this.#older.get(text)
    if (older) return this.#remember(text, older)
    if (!looksLikeAnId(text)) return undefined
    // A part of a string keeps the whole in memory, here a header that may be as long as the sender likes.
    const own = Buffer.from(text, 'latin1').toString('latin1')
    const known = this.#verify(own)
    return known && this.#isSeen(known) ? this.#remember(own, known) : known
  }

  #verify(text: string): KnownId | undefined {
    const [current] = this.#keyring
    const read = readId(text, this.#keyring)
    return read && new KnownId(read.id, read.keys === current, current)
  }

  /** Whether it was here before, as far as the marks tell. */
  #isSeen({ id }: KnownId): boolean {
    this.#seen ??= new Int32Array(marks)
    const bits = Buffer.from(id.random, 'base64url')
    const [place, mark] = [bits.readUInt32LE(0) & (marks - 1), bits.readInt32LE(4)]
    if (this.#seen[place] === mark) return true
    this.#seen[place] = mark
    return false
  }

  #remember(text: string, known: KnownId): KnownId {
    if (this.#recent.size >= generation) {
      // An id takes little room, a session may take more.
      for (const one of this.#recent.values()) one.remember(undefined)
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(text, known)
    return known
  }
}

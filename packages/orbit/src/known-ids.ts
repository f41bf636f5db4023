import { Buffer } from 'node:buffer'
import { tokenOf } from './csrf/token.ts'
import type { Keyring, Keys } from './keys.ts'
import { handleOf, type Id, looksLikeAnId, readId } from './session/id.ts'
import type { Stored } from './session/lookup.ts'

/**
 * The maximum number of ids of one request that are looked up. Each costs a store command, and anyone can collect
 * ids that we signed.
 */
export const mostIds = 4

/** Sessions with more characters of data are not remembered. */
const longestRemembered = 1_024

/** A verified cookie, and the values derived from it. */
export class KnownId {
  readonly id: Id
  /** Whether the current secret signed it. */
  readonly isCurrent: boolean
  /** The session of a stored id, as this process last saw it. */
  stored: Stored | undefined
  readonly #keys: Keys
  #handle: string | undefined
  #token: string | undefined

  /** @param keys the current keys */
  constructor(id: Id, isCurrent: boolean, keys: Keys) {
    this.id = id
    this.isCurrent = isCurrent
    this.#keys = keys
  }

  /** Remembers the session if it is small. Thousands of large sessions would fill the memory. */
  remember(stored: Stored | undefined): void {
    const isSmall = stored !== undefined && stored.record.data.length <= longestRemembered
    this.stored = isSmall ? stored : undefined
  }

  get handle(): string {
    this.#handle ??= handleOf(this.id.random)
    return this.#handle
  }

  /** The CSRF token of this id. */
  get token(): string {
    this.#token ??= tokenOf(this.id.random, this.#keys)
    return this.#token
  }
}

/** The number of cookies in each of the two generations that are remembered. */
const generation = 5_000
/** The number of marks for cookies that were seen once. A power of two. */
const marks = 65_536

/**
 * Reads ids and caches those that come again, because checking a signature costs more than all other work for
 * an unused session. It caches only verified ids, and their number is limited, so nobody can fill the memory. The
 * first time, it only marks the id: with a million users, most ids leave the cache before they come back.
 *
 * The look-up uses the whole string, without a digest. A Map compares a string only with strings of the same
 * hash, so the time does not reveal a part of a cookie.
 */
export class KnownIds {
  readonly #keyring: Keyring
  #recent = new Map<string, KnownId>()
  #older = new Map<string, KnownId>()
  /** For each recently verified cookie, some of its random bits. Created at the first one. */
  #seen: Int32Array | undefined

  constructor(keyring: Keyring) {
    this.#keyring = keyring
  }

  /** Returns `undefined` for a cookie that we did not sign. */
  read(text: string): KnownId | undefined {
    const recent = this.#recent.get(text)
    if (recent) return recent
    const older = this.#older.get(text)
    if (older) return this.#remember(text, older)
    if (!looksLikeAnId(text)) return undefined
    // A substring keeps the whole original string in memory, here a header whose length the client chooses.
    const own = Buffer.from(text, 'latin1').toString('latin1')
    const known = this.#verify(own)
    return known && this.#isSeen(known) ? this.#remember(own, known) : known
  }

  #verify(text: string): KnownId | undefined {
    const [current] = this.#keyring
    const read = readId(text, this.#keyring)
    return read && new KnownId(read.id, read.keys === current, current)
  }

  /** Whether the id was probably read before. */
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
      // An id needs little memory, but a session may need more.
      for (const one of this.#recent.values()) one.remember(undefined)
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(text, known)
    return known
  }
}

import { hash } from 'node:crypto'
import { tokenOf } from './csrf/token.ts'
import type { Keyring } from './keys.ts'
import { handleOf, type Id, readId } from './session/id.ts'

/** What a cookie that we signed says, and what follows from it. */
export interface KnownId {
  readonly id: Id
  readonly handle: string
  /** The CSRF token that belongs to it. */
  readonly token: string
  /** Whether the current secret signed it, and no older one. */
  readonly isCurrent: boolean
}

/** How many cookies it remembers, in each of two generations. */
const generation = 5_000

/**
 * Reads ids, and remembers those it has read: on Node a signature costs more than the rest of a
 * signed-in read. It remembers under the digest of the cookie, so the look-up compares no secret; only
 * what was verified; and so many that nobody can fill the memory.
 */
export class KnownIds {
  readonly #keyring: Keyring
  #recent = new Map<string, KnownId>()
  #older = new Map<string, KnownId>()

  constructor(keyring: Keyring) {
    this.#keyring = keyring
  }

  /** Nothing for a cookie that we did not sign. */
  read(text: string): KnownId | undefined {
    const digest = hash('sha256', text, 'base64')
    const recent = this.#recent.get(digest)
    if (recent) return recent
    const known = this.#older.get(digest) ?? this.#verify(text)
    if (known) this.#remember(digest, known)
    return known
  }

  #verify(text: string): KnownId | undefined {
    const read = readId(text, this.#keyring)
    if (!read) return undefined
    const { id, keys } = read
    const [current] = this.#keyring
    const { random } = id
    return {
      id,
      handle: handleOf(random),
      token: tokenOf(random, current),
      isCurrent: keys === current,
    }
  }

  #remember(digest: string, known: KnownId): void {
    if (this.#recent.size >= generation) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(digest, known)
  }
}

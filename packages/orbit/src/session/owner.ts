import { hash } from 'node:crypto'
import { SessionError } from '../errors.ts'
import type { Contents } from './contents.ts'

/** Who a session belongs to, by the value under the configured key. */
export class Owners {
  readonly #key: string

  constructor(key: string) {
    this.#key = key
  }

  /** Refuses what cannot name an owner, if the key is the owner's. */
  check(key: string, value: unknown): void {
    if (key === this.#key && !isOwner(value) && value !== null && value !== undefined) {
      throw new SessionError(
        'session-bad-owner',
        `"${key}" says who is signed in (option ownerKey): it must be a string, a finite number or a bigint, or null for nobody.`,
      )
    }
  }

  /** Gives some contents the owner of others. */
  copy(from: Contents, to: Contents): void {
    to.data.set(this.#key, from.data.get(this.#key))
  }

  /** The hashed owner, nothing if nobody is signed in. `1` and `'1'` are different owners. */
  of(contents: Contents): string | undefined {
    const value = contents.data.get(this.#key)
    return isOwner(value) ? hashOwner(value) : undefined
  }
}

function hashOwner(owner: string | number | bigint): string {
  return hash('sha256', `gravito-orbit owner ${typeof owner} ${owner}`, 'base64url')
}

function isOwner(value: unknown): value is string | number | bigint {
  return (
    typeof value === 'string' ||
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isFinite(value))
  )
}

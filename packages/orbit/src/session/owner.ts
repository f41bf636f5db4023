import { hash } from 'node:crypto'
import { shown } from '../checks.ts'
import { SessionError } from '../errors.ts'
import { lengthPrefixed } from '../keys.ts'
import { quote } from '../quote.ts'
import type { Contents } from './contents.ts'

/** The id of a user. `1` and `'1'` are different users. */
export type OwnerId = string | number | bigint

/** A user, and the session key that contains the user's id. */
export interface User {
  readonly id: OwnerId
  readonly key: string
}

/** The maximum number of hashed owners in memory. */
const mostHashes = 1_000

/** The owner of a session, from the values under the configured keys. The first key that has a value is used. */
export class Owners {
  readonly #keys: readonly [string, ...string[]]
  readonly #cookieName: string
  /** A commit needs the same hash several times. */
  readonly #hashes = new Map<string, Map<OwnerId, string>>()

  /** @param cookieName part of the hashed owner, so that two apps on one store do not share users */
  constructor(keys: readonly [string, ...string[]], cookieName: string) {
    this.#keys = keys
    this.#cookieName = cookieName
  }

  /** The key that `signIn` sets. */
  get key(): string {
    return this.#keys[0]
  }

  /** Whether the key identifies the signed-in user. */
  names(key: string): boolean {
    return this.#keys.includes(key)
  }

  /** Refuses a value that cannot be a user's id, if the key is an owner key. */
  check(key: string, value: unknown): void {
    if (!this.#keys.includes(key) || value === null || value === undefined) return
    if (!isOwner(value)) throw badOwner(key, value, 'a string')
  }

  /** For a sign-in: refuses `null`, and the empty string of a lost id. */
  checked(value: unknown): OwnerId {
    if (isOwner(value) && value !== '') return value
    throw badOwner(this.key, value, 'a string that is not empty')
  }

  /** Copies the owner from one contents to another. */
  copy(from: Contents, to: Contents): void {
    const key = this.#keyIn(from)
    if (key !== undefined) to.data.set(key, from.data.get(key))
  }

  /** The user's id as the app stored it. `undefined` if no user is signed in. */
  idIn(contents: Contents): OwnerId | undefined {
    return this.userIn(contents)?.id
  }

  /** The same, with its key. */
  userIn(contents: Contents): User | undefined {
    const key = this.#keyIn(contents)
    const id = key === undefined ? undefined : contents.data.get(key)
    return key !== undefined && isOwner(id) ? { id, key } : undefined
  }

  /**
   * The hashed owner of a user's id.
   *
   * @throws {SessionError} `session-bad-owner` for a value that cannot be an id, and for a key that is not an owner key
   */
  hashOf(owner: OwnerId, key = this.key): string {
    if (!isOwner(owner) || owner === '') throw notAUser(owner)
    if (!this.#keys.includes(key)) throw unknownKey(key, this.#keys)
    return this.#hash(key, owner)
  }

  /** The hashed owner. `undefined` if no user is signed in. */
  of(contents: Contents): string | undefined {
    for (const key of this.#keys) {
      const owner = contents.data.get(key)
      if (isOwner(owner)) return this.#hash(key, owner)
    }
    return undefined
  }

  #keyIn({ data }: Contents): string | undefined {
    return this.#keys.find((key) => isOwner(data.get(key)))
  }

  #hash(key: string, owner: OwnerId): string {
    const hashes = this.#hashes.get(key) ?? new Map<OwnerId, string>()
    this.#hashes.set(key, hashes)
    const known = hashes.get(owner)
    if (known !== undefined) return known
    const parts = lengthPrefixed(this.#cookieName, key, typeof owner, String(owner))
    const hashed = hash('sha256', `gravito-orbit owner ${parts}`, 'base64url')
    if (hashes.size >= mostHashes) hashes.clear()
    hashes.set(owner, hashed)
    return hashed
  }
}

function badOwner(key: string, value: unknown, text: string): SessionError {
  return new SessionError(
    'session-bad-owner',
    `${quote(key)} identifies the signed-in user (option ownerKey): it must be ${text}, a finite number or a bigint, but it is ${shown(value)}. Pass the user's id: session.signIn(user.id). To sign out, call session.signOut().`,
  )
}

function notAUser(value: unknown): SessionError {
  return new SessionError(
    'session-bad-owner',
    `sessions.of() needs the id of the user, the value that signIn() got: a string that is not empty, a finite number or a bigint. It got ${shown(value)}.`,
  )
}

/** No session has a user under a key that is not configured, so ending all of them would silently do nothing. */
function unknownKey(key: string, keys: readonly string[]): SessionError {
  return new SessionError(
    'session-bad-owner',
    `${quote(key)} is not a key in the option ownerKey, which has ${keys.map(quote).join(', ')}. Use one of these keys, or add this one to ownerKey.`,
  )
}

function isOwner(value: unknown): value is OwnerId {
  return (
    typeof value === 'string' ||
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isFinite(value))
  )
}

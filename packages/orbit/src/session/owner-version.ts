import { hash } from 'node:crypto'
import { fromOutside } from '../awaitable.ts'
import { shown } from '../checks.ts'
import { SessionError } from '../errors.ts'
import { lengthPrefixed } from '../keys.ts'
import type { Awaitable } from '../stores/store.ts'
import type { OwnerId } from './owner.ts'

/** The app's function, such as one that returns a part of the user's password hash. */
export type OwnerVersion = (owner: OwnerId) => Awaitable<string | null | undefined>

/** The versions of users: a session ends when its user has another one than at the sign-in. */
export class OwnerVersions {
  readonly #versionOf: OwnerVersion

  constructor(versionOf: OwnerVersion) {
    this.#versionOf = versionOf
  }

  /**
   * What a session keeps of the version: a digest, because the version may be a secret. `undefined` if there
   * is no such user.
   *
   * @throws {SessionError} `session-unavailable` if the app's function fails
   */
  async of(owner: OwnerId | undefined): Promise<string | undefined> {
    if (owner === undefined) return undefined
    const version = await this.#ask(owner)
    if (version === null || version === undefined) return undefined
    const text = lengthPrefixed('owner version', typeof owner, String(owner), version)
    return hash('sha256', text, 'base64url').slice(0, 22)
  }

  async #ask(owner: OwnerId): Promise<string | null | undefined> {
    let version: unknown
    try {
      version = await fromOutside(this.#versionOf(owner))
    } catch (cause) {
      throw new SessionError(
        'session-unavailable',
        'The function session.ownerVersion failed, so it is not known whether the session still counts. Nothing was lost; try again.',
        { cause },
      )
    }
    if (typeof version === 'string' || version === null || version === undefined) return version
    throw new SessionError(
      'session-callback-failed',
      `session.ownerVersion must return a string, or null if there is no such user. It returned ${shown(version)}.`,
    )
  }
}

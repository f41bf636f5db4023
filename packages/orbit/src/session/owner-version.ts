import { hash } from 'node:crypto'
import { fromOutside } from '../awaitable.ts'
import { SessionError } from '../errors.ts'
import { lengthPrefixed } from '../keys.ts'
import type { Awaitable } from '../stores/store.ts'
import { withinTime } from '../time-limit.ts'
import type { OwnerId, User } from './owner.ts'

/** The app's function, for example one that returns a part of the user's password hash. */
export type OwnerVersion = (
  owner: OwnerId,
  ownerKey: string,
) => Awaitable<string | null | undefined>

/** The versions of users. A session ends if the version of its user is not the version at the sign-in. */
export class OwnerVersions {
  readonly #versionOf: OwnerVersion
  readonly #timeLimit: number

  /** @param timeLimit of a call of the app's function, in milliseconds */
  constructor(versionOf: OwnerVersion, timeLimit: number) {
    this.#versionOf = versionOf
    this.#timeLimit = timeLimit
  }

  /**
   * Returns the digest of a version. Sessions store the digest, because the version itself may be a secret. `undefined`
   * if there is no such user.
   *
   * @param known the version, if the app passed it. In that case, the app's function is not called
   * @throws {SessionError} `session-unavailable` if the app's function fails, or takes too long
   */
  async of(user: User | undefined, known?: string): Promise<string | undefined> {
    if (!user) return undefined
    const version = known ?? (await this.#ask(user))
    if (version === null || version === undefined) return undefined
    const { id, key } = user
    const text = lengthPrefixed('owner version', key, typeof id, String(id), version)
    return hash('sha256', text, 'base64url').slice(0, 22)
  }

  async #ask({ id, key }: User): Promise<string | null | undefined> {
    const limit = this.#timeLimit
    const tooLate = () => new Error(`it did not respond within ${limit} ms`)
    let version: unknown
    try {
      const answer = fromOutside(this.#versionOf(id, key))
      version = answer instanceof Promise ? await withinTime(limit, answer, tooLate) : answer
    } catch (cause) {
      throw new SessionError(
        'session-unavailable',
        'The function session.ownerVersion failed, so it is not known whether the session is still valid. Nothing is lost. Try again.',
        { cause },
      )
    }
    if (typeof version === 'string' || version === null || version === undefined) return version
    // The message does not show the value, which may be a secret.
    throw new SessionError(
      'session-callback-failed',
      `session.ownerVersion must return a string, or null if there is no such user. It returned something of type ${typeof version}.`,
    )
  }
}

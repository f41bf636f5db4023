import type { Change } from './changes.ts'
import type { Contents } from './contents.ts'
import type { Owners } from './owner.ts'

/** Checks the changes that a request is about to commit. */
export type SignInHint = (changes: readonly Change[], contents: Contents) => void

/** Keys under which apps and other libraries store the user. */
const userKey = /^(?:(?:current|auth)?_?user|(?:user|account|member)_?id|uid|login_.+)$/i

/**
 * Warns once if an app seems to sign users in under a key that is not `ownerKey`. In that case, the session gets no
 * new id at the sign-in (ASVS 7.2.4). For development.
 */
export function signInHint(owners: Owners, warn: (message: string) => void): SignInHint {
  let hasWarned = false
  return (changes, contents) => {
    if (hasWarned || owners.idIn(contents) !== undefined) return
    const put = changes.find(
      (change) => change.op === 'put' && change.value != null && userKey.test(change.key),
    )
    if (!put || !('key' in put)) return
    hasWarned = true
    warn(
      `The session got a value under ${JSON.stringify(put.key)}, but that is not a sign-in for Orbit, so the id of the session stays the same. To sign a user in, call session.signIn(userId), or set the option ownerKey to the key that holds the user's id.`,
    )
  }
}

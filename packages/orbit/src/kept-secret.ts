import { Buffer } from 'node:buffer'
import { secretsEqual } from './compare.ts'
import { SessionError } from './errors.ts'
import { minimumSecretBytes, randomText } from './keys.ts'
import type { Awaitable } from './stores/store.ts'

/** How often a running process looks whether the store still has the secret, in milliseconds. */
const lookEvery = 30_000
/** How often an id that is not ours makes it look, in milliseconds. */
const askAtMostEvery = 1_000

/** The current secret, and those before it. */
export type Secrets = readonly [string, ...string[]]

export interface KeptSecret {
  /** The secret; also where the store has lost it, which then gets it back. */
  ask(): Promise<Secrets>
  /** The store may have lost its data: ask before the next use. */
  doubt(): void
  /** Whether to ask before the next use. */
  isDoubtful(): boolean
  /** Whether it is time for a look beside the work. */
  isDue(): boolean
  /** Whether an id that is not ours may be asked about: seldom, since anybody can send one. */
  mayAsk(): boolean
}

/**
 * The secret that a store keeps for an app that configures none: made once, by whoever comes first,
 * and the same for every process. A store that lost its data gets it back from whoever still has it.
 *
 * A secret that is too short to sign is never used: anybody could find it out. Another takes its place.
 *
 * @param tell stores the proposal if there is no secret or the unfit one, and returns the one that stands
 * @param onUnfit hears of a secret that is too short
 */
export function keptSecret(
  tell: (proposal: string, unfit?: string) => Awaitable<string>,
  onUnfit: () => void,
): KeptSecret {
  let known: string | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let inDoubt = false

  async function agree(proposal: string): Promise<string> {
    const secret = await tell(proposal)
    if (isFit(secret)) return secret
    onUnfit()
    const next = await tell(proposal, secret)
    if (isFit(next)) return next
    throw new SessionError(
      'session-unavailable',
      `The secret that the session store keeps is shorter than ${minimumSecretBytes} bytes, and the store did not replace it. Remove it from the store, or set session.secret.`,
    )
  }

  return {
    async ask() {
      askedAt = performance.now()
      inDoubt = false
      const mine = known
      const proposal = mine ?? randomText(32)
      const secret = await agree(proposal)
      known = secret
      // Cookies and pages of before stay good as far as they can.
      return mine === undefined || secretsEqual(mine, secret) ? [secret] : [secret, mine]
    },
    doubt() {
      inDoubt = true
    },
    isDoubtful: () => inDoubt,
    isDue: () => performance.now() - askedAt >= lookEvery,
    mayAsk: () => performance.now() - askedAt >= askAtMostEvery,
  }
}

function isFit(secret: string): boolean {
  return Buffer.byteLength(secret) >= minimumSecretBytes
}

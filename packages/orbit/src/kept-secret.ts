import { secretsEqual } from './compare.ts'
import { randomText } from './keys.ts'
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
 * @param tell stores the proposal if there is no secret, and returns the one that stands
 */
export function keptSecret(tell: (proposal: string) => Awaitable<string>): KeptSecret {
  let known: string | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let inDoubt = false

  return {
    async ask() {
      askedAt = performance.now()
      inDoubt = false
      const mine = known
      const proposal = mine ?? randomText(32)
      const secret = await tell(proposal)
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

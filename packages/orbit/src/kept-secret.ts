import { secretsEqual } from './compare.ts'
import { randomText } from './keys.ts'
import type { SessionStore } from './stores/store.ts'

/** How often a running process looks whether the store still has the secret, in milliseconds. */
const lookEvery = 30_000

/** The current secret, and those before it. */
export type Secrets = readonly [string, ...string[]]

export interface KeptSecret {
  /** The secret, for a process that starts. */
  ask(): Promise<Secrets>
  /**
   * Now and then, without waiting: puts the secret back where the store has lost it, or adopts the
   * one that stands there by now.
   */
  askAgain(adopt: (secrets: Secrets) => void): void
}

/**
 * The secret that a store keeps for an app that configures none: made once, by whoever comes first,
 * and the same for every process.
 */
export function keptSecret(store: Pick<SessionStore, 'secret'>): KeptSecret {
  let known: string | undefined
  let lookedAt = 0

  const ask = async (): Promise<Secrets> => {
    lookedAt = performance.now()
    const mine = known
    const proposal = mine ?? randomText(32)
    const secret = (await store.secret?.(proposal)) ?? proposal
    known = secret
    // Cookies and pages of before stay good as far as they can.
    return mine === undefined || secretsEqual(mine, secret) ? [secret] : [secret, mine]
  }
  return {
    ask,
    askAgain(adopt) {
      if (performance.now() - lookedAt < lookEvery) return
      ask().then(
        (secrets) => {
          if (secrets.length > 1) adopt(secrets)
        },
        () => {
          // The store is away; the next look may find it.
        },
      )
    },
  }
}

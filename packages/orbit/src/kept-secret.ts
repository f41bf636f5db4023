import { secretsEqual } from './compare.ts'
import { randomText } from './keys.ts'
import type { SessionStore } from './stores/store.ts'

/** How often a running process looks whether the store still has the secret, in milliseconds. */
const lookEvery = 30_000

type Secrets = readonly [string, ...string[]]

/**
 * The secret that a store keeps for an app that configures none: made once, by whoever comes first,
 * and the same for every process. Nothing for a store that keeps none.
 */
export function keptSecret(store: SessionStore):
  | {
      /** The secret, for a process that starts. */
      ask(): Promise<Secrets>
      /** Now and then, without waiting: puts the secret back or adopts the one that stands. */
      askAgain(adopt: (secrets: Secrets) => void): void
    }
  | undefined {
  if (!store.secret) return undefined
  const tell = store.secret
  let known: string | undefined
  let lookedAt = 0

  const ask = async (): Promise<Secrets> => {
    lookedAt = performance.now()
    const mine = known
    const secret = await tell(mine ?? randomText(32))
    known = secret
    // Cookies and pages of before stay good as far as they can.
    return mine === undefined || secretsEqual(mine, secret) ? [secret] : [secret, mine]
  }
  return {
    ask,
    askAgain(adopt) {
      if (performance.now() - lookedAt < lookEvery) return
      const before = known
      ask().then(
        (secrets) => {
          if (known !== before) adopt(secrets)
        },
        () => {
          // The store is away; the next look may find it.
        },
      )
    },
  }
}

import { look, type Pair, take } from '../../packages/orbit/src/stores/moving/look.ts'
import { nextStep } from '../../packages/orbit/src/stores/moving/protocol.ts'
import { movingStore } from '../../packages/orbit/src/stores/moving.ts'
import type { SessionStore } from '../../packages/orbit/src/stores/store.ts'

/** The number of steps that move a record from the old store to the new one. */
export const lastStep = 6

/**
 * Two stores as one. Each record is created in the old store. A move has taken this number of steps with it and
 * then stopped.
 */
export function halfMoved(
  pair: Pair,
  now: () => number,
  stepsOf: (key: string) => number,
): SessionStore {
  const both = movingStore(pair.to, pair.from, { now })
  return {
    ...both,
    async compareAndSet(key, version, next) {
      if (version !== undefined || !next) return both.compareAndSet(key, version, next)
      if (await both.load(key)) return false
      // Records that an earlier move has moved stay in the new store.
      if (!(await pair.from.compareAndSet(key, undefined, next))) {
        return both.compareAndSet(key, undefined, next)
      }
      for (let steps = stepsOf(key); steps > 0; steps -= 1) {
        const { to, from } = await look(pair, key)
        const step = nextStep(to, from, now())
        if (typeof step === 'object') await take(pair, key, step)
      }
      return true
    },
  }
}

import { session } from '@gravito/orbit'
import fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { newStore } from '../behaviour/store.ts'
import { isComplete } from '../extent.ts'
import { anyCase } from './case.ts'
import { holds } from './property.ts'

/** `npm run soak` raises this number. */
const cases = Number(process.env.INTERLEAVINGS ?? (isComplete ? 10_000 : 2_000))
const parts = 4
const seed = Number(process.env.SEED ?? 20261123)

// Log lines about a failing store and an expired token are expected.
vi.spyOn(console, 'error').mockImplementation(() => {})
vi.spyOn(console, 'warn').mockImplementation(() => {})

/** The parts run in parallel: while one part waits before a retry, the others continue. */
describe.concurrent('in any interleaving of 2 to 4 requests on one session, on three processes', () => {
  for (let part = 0; part < parts; part += 1) {
    it(
      `no update is lost, no ended session is restored, no data of other users is shown, no login is overwritten (${cases / parts} cases, part ${part + 1})`,
      async () => {
        const property = fc.asyncProperty(anyCase, (one) => holds({ session, newStore }, one))
        await fc.assert(property, { numRuns: cases / parts, seed: seed + part })
      },
      600_000 + cases * 20,
    )
  }
})

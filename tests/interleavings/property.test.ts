import { session } from '@gravito/orbit'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { newStore } from '../behaviour/store.ts'
import { anyCase, holds } from './property.ts'

/** The command `npm run soak` raises it. */
const cases = Number(process.env.INTERLEAVINGS ?? 10_000)
const parts = 4
const seed = Number(process.env.SEED ?? 20261123)

describe('any interleaving of 2 to 4 requests on one session, on three processes', () => {
  for (let part = 0; part < parts; part += 1) {
    it(`keeps every update, revives nothing, shows nobody else's data, overwrites no login (${cases / parts} cases, part ${part + 1})`, async () => {
      const property = fc.asyncProperty(anyCase, (one) => holds({ session, newStore }, one))
      await fc.assert(property, { numRuns: cases / parts, seed: seed + part })
    }, 600_000)
  }
})

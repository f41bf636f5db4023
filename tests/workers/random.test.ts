import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { anyCase } from '../interleavings/case.ts'
import { holds } from '../interleavings/property.ts'
import { orbitIn, respond } from './remote-world.ts'
import { startWorkerd, type Workerd } from './workerd.ts'

const cases = Number(process.env.INTERLEAVINGS ?? 200)
const parts = [1, 2, 3, 4]
const seed = Number(process.env.SEED ?? 20261127)
const stores = ['durable-object', 'd1'] as const

let workerd: Workerd

beforeAll(async () => {
  workerd = await startWorkerd({
    script: 'world',
    ask: respond,
    workers: Object.fromEntries(
      stores.flatMap((STORE) => ['one', 'two'].map((name) => [`${STORE}-${name}`, { STORE }])),
    ),
  })
}, 60_000)
afterAll(() => workerd?.stop())

/**
 * The property of tests/interleavings, with the engine in workerd. The parts run in parallel. A seed gives the
 * same cases, but not the same order of steps, which also depends on the speed of workerd.
 */
describe.concurrent.each(stores.flatMap((store) => parts.map((part) => [store, part] as const)))(
  'in any interleaving in two isolates, on %s, part %i',
  (store, part) => {
    it(
      `no update is lost, no ended session is restored, no data of other users is shown, no login is overwritten (${cases / parts.length} cases)`,
      async () => {
        const workers = [`${store}-one`, `${store}-two`] as const
        const property = fc.asyncProperty(anyCase, (one) =>
          holds(orbitIn(workerd, store, workers), one),
        )
        await fc.assert(property, { numRuns: cases / parts.length, seed: seed + part })
      },
      120_000 + cases * 3_000,
    )
  },
)

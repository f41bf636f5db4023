import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { isComplete } from '../extent.ts'
import { anyCase } from '../interleavings/case.ts'
import { holds } from '../interleavings/property.ts'
import { orbitIn, respond } from './remote-world.ts'
import { startWorkerd, type Workerd } from './workerd.ts'

const cases = Number(process.env.INTERLEAVINGS ?? (isComplete ? 400 : 10))
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

/** The suite of tests/interleavings, with the engine in workerd. */
describe.concurrent.each(stores)('any interleaving in two isolates, on %s', (store) => {
  it(
    `keeps every update, revives nothing, shows nobody else's data, overwrites no login (${cases} cases)`,
    async () => {
      const workers = [`${store}-one`, `${store}-two`] as const
      const property = fc.asyncProperty(anyCase, (one) =>
        holds(orbitIn(workerd, store, workers), one),
      )
      await fc.assert(property, { numRuns: cases, seed })
    },
    120_000 + cases * 2_000,
  )
})

import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { isComplete } from '../../extent.ts'
import { anyOwnerCase } from './case.ts'
import { modulesIn } from './modules.ts'
import { ownersHold } from './property.ts'

/** `npm run soak` raises this number. */
const cases = Number(process.env.OWNER_SCHEDULES ?? (isComplete ? 10_000 : 4_000))
const parts = 4
const seed = Number(process.env.SEED ?? 20261126)
const source = fileURLToPath(new URL('../../../packages/orbit/src/', import.meta.url))
const modules = modulesIn(source)

/** The parts run in parallel: while one part waits before a retry, the others continue. */
describe.concurrent('in any interleaving of 2 to 5 processes that change the sessions of one owner', () => {
  for (let part = 0; part < parts; part += 1) {
    it(
      `the list has every active session and no ended one (${cases / parts} cases, part ${part + 1})`,
      async () => {
        const tried = await modules
        const property = fc.asyncProperty(anyOwnerCase, (one) => ownersHold(tried, one))
        await fc.assert(property, { numRuns: cases / parts, seed: seed + part })
      },
      600_000 + cases * 20,
    )
  }
})

it('a sign-in that is ended by another request still removes the list entries of the sessions over the limit', async () => {
  await ownersHold(await modules, {
    picks: [4, 5, 0, 0, 0, 2, 11, 5, 0, 4, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    isSlow: false,
    sessions: 2,
    limit: { most: 3, over: 'end-oldest' },
    actors: [
      { deed: { do: 'login', from: 'new' }, crash: undefined },
      { deed: { do: 'login', from: 'guest' }, crash: undefined },
      { deed: { do: 'end-others', session: 0 }, crash: undefined },
    ],
  })
})

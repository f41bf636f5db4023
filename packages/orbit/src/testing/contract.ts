import { describeExpiry } from './contract/expiry.ts'
import { describeRaces } from './contract/races.ts'
import type { ContractRunner, OpenStores } from './contract/setting.ts'
import { describeTransactions } from './contract/transactions.ts'
import { describeVerbs } from './contract/verbs.ts'

export type {
  ContractContext,
  ContractRunner,
  OpenStores,
  StoresUnderTest,
  TransactionUnderTest,
} from './contract/setting.ts'

/**
 * The test suite of the store contract, for authors of stores. It asserts with `node:assert`, and uses the
 * `describe` and `it` of your test runner: Vitest, `node:test` or `bun:test`.
 *
 * @param open creates empty stores for one test: two on the same medium, such as two connections to one
 * server. They must use the clock that `open` receives to decide what has expired.
 * @example
 * import { describe, it } from 'vitest'
 * import { describeSessionStore } from '@gravito/orbit/testing'
 *
 * describeSessionStore('my store', ({ now }) => {
 *   const store = myStore({ now })
 *   return { stores: [store, store], close: () => store.close() }
 * }, { describe, it })
 */
export function describeSessionStore(name: string, open: OpenStores, runner: ContractRunner): void {
  runner.describe(`the contract of a session store: ${name}`, () => {
    describeVerbs(open, runner)
    describeExpiry(open, runner)
    describeRaces(open, runner)
    describeTransactions(open, runner)
  })
}

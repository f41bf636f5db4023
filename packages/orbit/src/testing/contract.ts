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
 * Declares the tests that every store must pass, for authors of stores. They use `node:assert`, and the `describe` and
 * `it` of your test runner: Vitest, `node:test` or `bun:test`.
 *
 * @param open creates two stores on one empty medium for each test, such as two connections to one server. The stores
 * must use the clock that `open` receives to decide what has expired
 * @param runner `{ describe, it }` of your test runner
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

import assert from 'node:assert/strict'
import type { SessionStore, TransactionalStore } from '../../stores/store.ts'
import type { ContractRunner, OpenStores, Setting, StoresUnderTest } from './setting.ts'
import { newKey, withStores } from './setting.ts'

interface TransactionalSetting extends Setting {
  readonly store: TransactionalStore
  readonly begin: NonNullable<StoresUnderTest['begin']>
}

/** What a store does within a transaction of the app's. Without transactions, the tests check nothing. */
export function describeTransactions(open: OpenStores, { describe, it }: ContractRunner): void {
  const withTransactions = (test: (setting: TransactionalSetting) => Promise<void>) =>
    withStores(open, async (setting) => {
      const { store, begin } = setting
      if (!begin) return
      assert.ok(isTransactional(store), 'the store has no method within()')
      await test({ ...setting, store, begin })
    })

  describe('within a transaction of the app', () => {
    it(
      'a record is put, seen by the transaction alone, and stored by its commit',
      withTransactions(async ({ store, other, record, begin }) => {
        const [key, one] = [newKey(), record({ evictable: true })]
        const { within, commit } = await begin()
        const records = await store.within(within)
        assert.equal(await records.load(key), undefined)
        assert.equal(await records.compareAndSet(key, undefined, one), true)
        assert.deepEqual({ ...(await records.load(key)) }, one)
        assert.equal(await other.load(key), undefined)
        await commit()
        assert.deepEqual({ ...(await other.load(key)) }, one)
      }),
    )

    it(
      'a record is replaced and removed, once',
      withTransactions(async ({ store, other, record, begin }) => {
        const [key, gone, one, two] = [newKey(), newKey(), record(), record({ payload: 'next' })]
        await store.compareAndSet(key, undefined, one)
        await store.compareAndSet(gone, undefined, one)
        const { within, commit } = await begin()
        const records = await store.within(within)
        assert.equal(await records.compareAndSet(key, one.version, two), true)
        assert.equal(await records.compareAndSet(key, one.version, record()), false)
        assert.equal(await records.compareAndSet(key, undefined, record()), false)
        assert.equal(await records.compareAndSet(gone, one.version, undefined), true)
        assert.equal(await records.compareAndSet(gone, one.version, undefined), false)
        assert.deepEqual({ ...(await other.load(key)) }, one)
        await commit()
        assert.deepEqual({ ...(await other.load(key)) }, two)
        assert.equal(await other.load(gone), undefined)
      }),
    )

    it(
      'nothing stays of what is rolled back',
      withTransactions(async ({ store, other, record, begin }) => {
        const [key, fresh, one] = [newKey(), newKey(), record()]
        await store.compareAndSet(key, undefined, one)
        const { within, rollback } = await begin()
        const records = await store.within(within)
        assert.equal(await records.compareAndSet(key, one.version, record()), true)
        assert.equal(await records.compareAndSet(fresh, undefined, record()), true)
        await rollback()
        assert.deepEqual({ ...(await other.load(key)) }, one)
        assert.equal(await other.load(fresh), undefined)
        assert.equal(await store.compareAndSet(key, one.version, undefined), true)
      }),
    )

    it(
      'an expired record is absent',
      withTransactions(async ({ store, record, clock, begin }) => {
        const [key, one] = [newKey(), record()]
        await store.compareAndSet(key, undefined, one)
        clock.time += 60_000
        const { within, commit } = await begin()
        const records = await store.within(within)
        assert.equal(await records.load(key), undefined)
        assert.equal(await records.compareAndSet(key, one.version, record()), false)
        assert.equal(await records.compareAndSet(key, undefined, record()), true)
        await commit()
      }),
    )

    it(
      'anything else than a transaction is refused',
      withTransactions(async ({ store }) => {
        for (const none of [{}, () => {}, new Date()]) {
          const error = { code: 'session-not-transactional' }
          await assert.rejects(async () => store.within(none), error)
        }
      }),
    )
  })
}

function isTransactional(store: SessionStore): store is TransactionalStore {
  return 'within' in store && typeof store.within === 'function'
}

import assert from 'node:assert/strict'
import type { ContractRunner, OpenStores } from './setting.ts'
import { newKey, withStores } from './setting.ts'

/** A record exists until the moment it expires. After that, it is absent in every call. */
export function describeExpiry(open: OpenStores, { describe, it }: ContractRunner): void {
  describe('an expired record', () => {
    it(
      'exists one millisecond before it expires',
      withStores(open, async ({ store, record, clock }) => {
        const key = newKey()
        const one = record()
        await store.compareAndSet(key, undefined, one)
        clock.time += 59_999
        assert.deepEqual({ ...(await store.load(key)) }, one)
        assert.equal(await store.compareAndSet(key, undefined, record()), false)
        assert.equal(await store.compareAndSet(key, one.version, record()), true)
      }),
    )

    it(
      'is absent from the moment it expires',
      withStores(open, async ({ store, other, record, clock }) => {
        const key = newKey()
        const one = record()
        await store.compareAndSet(key, undefined, one)
        clock.time += 60_000
        assert.equal(await store.load(key), undefined)
        assert.equal(await other.compareAndSet(key, one.version, record()), false)
        assert.equal(await other.compareAndSet(key, one.version, undefined), false)
        assert.equal(await store.load(key), undefined)
      }),
    )

    it(
      'can be replaced by a new record',
      withStores(open, async ({ store, other, record, clock }) => {
        const key = newKey()
        await store.compareAndSet(key, undefined, record())
        clock.time += 60_000
        const next = record()
        assert.equal(await other.compareAndSet(key, undefined, next), true)
        assert.deepEqual({ ...(await store.load(key)) }, next)
      }),
    )

    it(
      'has the expiry of the last write: longer, shorter, or none',
      withStores(open, async ({ store, record, clock }) => {
        const [longer, shorter, endless] = [newKey(), newKey(), newKey()]
        const one = record()
        const { expiresAt: _, ...never } = record()
        const next = {
          [longer]: record({ expiresAt: clock.time + 120_000 }),
          [shorter]: record({ expiresAt: clock.time + 10_000 }),
          [endless]: never,
        }
        for (const [key, record] of Object.entries(next)) {
          await store.compareAndSet(key, undefined, one)
          assert.equal(await store.compareAndSet(key, one.version, record), true)
        }
        clock.time += 10_000
        assert.equal(await store.load(shorter), undefined)
        clock.time += 109_999
        assert.deepEqual({ ...(await store.load(longer)) }, next[longer])
        clock.time += 1
        assert.equal(await store.load(longer), undefined)
        assert.deepEqual({ ...(await store.load(endless)) }, never)
        assert.equal(await store.compareAndSet(endless, undefined, record()), false)
        assert.equal(await store.compareAndSet(endless, never.version, one), true)
        assert.equal(await store.load(endless), undefined)
      }),
    )
  })
}

import assert from 'node:assert/strict'
import type { ContractRunner, OpenStores } from './setting.ts'
import { newKey, withStores } from './setting.ts'

/** A record is there until the moment it expires, and then absent in every verb. */
export function describeExpiry(open: OpenStores, { describe, it }: ContractRunner): void {
  describe('an expired record', () => {
    it(
      'is there a millisecond before',
      withStores(open, async ({ store, record, clock }) => {
        const key = newKey()
        const one = record()
        await store.create(key, one)
        clock.time = one.expiresAt - 1
        assert.equal((await store.load(key))?.version, one.version)
        assert.equal(await store.create(key, record()), 'exists')
      }),
    )

    it(
      'is absent from its moment on, in load, replace, touch and destroy',
      withStores(open, async ({ store, other, record, clock }) => {
        const key = newKey()
        const one = record()
        await store.create(key, one)
        clock.time = one.expiresAt
        const later = clock.time + 60_000
        assert.equal(await store.load(key), undefined)
        assert.equal(await other.replace(key, record(), one.version), 'gone')
        assert.equal(await other.touch(key, one.version, clock.time, later), false)
        assert.equal(await other.destroy(key, one.version), false)
        assert.equal(await store.load(key), undefined)
      }),
    )

    it(
      'is not brought back by a touch or a replace that was told the old version',
      withStores(open, async ({ store, record, clock }) => {
        const key = newKey()
        const one = record()
        await store.create(key, one)
        clock.time = one.expiresAt
        const next = record()
        await store.touch(key, one.version, clock.time, clock.time + 60_000)
        await store.replace(key, next, one.version)
        assert.equal(await store.load(key), undefined)
      }),
    )

    it(
      'leaves its place to a new one',
      withStores(open, async ({ store, other, record, clock }) => {
        const key = newKey()
        const one = record()
        await store.create(key, one)
        clock.time = one.expiresAt
        const anew = record({ owner: newKey() })
        assert.equal(await other.create(key, anew), 'created')
        assert.deepEqual({ ...(await store.load(key)) }, anew)
      }),
    )

    it(
      'lives as long as the last touch or replace says',
      withStores(open, async ({ store, record, clock }) => {
        const [touched, replaced] = [newKey(), newKey()]
        const one = record()
        await store.create(touched, one)
        await store.create(replaced, one)
        const until = one.expiresAt + 60_000
        await store.touch(touched, one.version, clock.time, until)
        await store.replace(replaced, record({ expiresAt: until }), one.version)
        clock.time = until - 1
        assert.notEqual(await store.load(touched), undefined)
        assert.notEqual(await store.load(replaced), undefined)
        clock.time = until
        assert.equal(await store.load(touched), undefined)
        assert.equal(await store.load(replaced), undefined)
      }),
    )

    it(
      'lives shorter only where it is sealed',
      withStores(open, async ({ store, record, clock }) => {
        const [sealed, stays] = [newKey(), newKey()]
        const one = record()
        const soon = { lastActivityAt: clock.time - 10, expiresAt: clock.time + 10 }
        await store.create(sealed, one)
        await store.create(stays, one)
        const successor = { key: stays, birth: one.birth }
        await store.replace(sealed, record({ ...soon, successor }), one.version)
        const next = record(soon)
        assert.equal(await store.replace(stays, next, one.version), 'replaced')
        await store.touch(stays, next.version, soon.lastActivityAt, soon.expiresAt)
        const { lastActivityAt, expiresAt } = one
        assert.deepEqual({ ...(await store.load(stays)) }, { ...next, lastActivityAt, expiresAt })
        clock.time += 10
        assert.equal(await store.load(sealed), undefined)
        assert.equal((await store.load(stays))?.version, next.version)
      }),
    )

    it(
      'is not listed',
      withStores(open, async ({ store, record, clock }) => {
        const owner = newKey()
        await store.create(newKey(), record({ owner, expiresAt: clock.time + 10 }))
        const stays = newKey()
        await store.create(stays, record({ owner }))
        clock.time += 10
        assert.deepEqual(
          (await store.list(owner)).map(({ key }) => key),
          [stays],
        )
      }),
    )
  })
}

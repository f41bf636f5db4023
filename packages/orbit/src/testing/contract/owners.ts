import assert from 'node:assert/strict'
import type { SessionStore } from '../../stores/store.ts'
import type { ContractRunner, OpenStores } from './setting.ts'
import { newKey, withStores } from './setting.ts'

async function listed(store: SessionStore, owner: string): Promise<string[]> {
  return (await store.list(owner)).map(({ key }) => key).sort()
}

/** The index of owners: it lacks no live session. */
export function describeOwners(open: OpenStores, { describe, it }: ContractRunner): void {
  describe("an owner's sessions", () => {
    it(
      'are listed with their records, and nobody else is',
      withStores(open, async ({ store, other, record }) => {
        const [owner, stranger] = [newKey(), newKey()]
        const [a, b, c] = [newKey(), newKey(), newKey()]
        const first = record({ owner })
        await store.create(a, first)
        await other.create(b, record({ owner }))
        await store.create(c, record({ owner: stranger }))
        await store.create(newKey(), record())
        assert.deepEqual(await listed(store, owner), [a, b].sort())
        assert.deepEqual(await listed(other, stranger), [c])
        assert.deepEqual(await listed(store, newKey()), [])
        const entry = (await store.list(owner)).find(({ key }) => key === a)
        assert.deepEqual({ ...entry?.record }, first)
      }),
    )

    it(
      'are listed all eight when eight sign in at once',
      withStores(open, async ({ store, other, record }) => {
        const owner = newKey()
        const keys = Array.from({ length: 8 }, newKey)
        const created = await Promise.all(
          keys.map((key, index) => (index % 2 ? store : other).create(key, record({ owner }))),
        )
        assert.deepEqual(new Set(created), new Set(['created']))
        assert.deepEqual(await listed(store, owner), keys.sort())
      }),
    )

    it(
      'stay listed through writes and touches, and go with destroy',
      withStores(open, async ({ store, other, record, clock }) => {
        const owner = newKey()
        const key = newKey()
        const one = record({ owner })
        const two = record({ owner, birth: one.birth })
        await store.create(key, one)
        await store.replace(key, two, one.version)
        await other.touch(key, two.version, clock.time + 1, two.expiresAt + 1)
        assert.deepEqual(await listed(store, owner), [key])
        await other.destroy(key)
        assert.deepEqual(await listed(store, owner), [])
      }),
    )

    it(
      'are not listed once sealed',
      withStores(open, async ({ store, record }) => {
        const owner = newKey()
        const [old, moved] = [newKey(), newKey()]
        const one = record({ owner })
        const two = record({ owner })
        await store.create(old, one)
        await store.create(moved, two)
        const seal = {
          ...one,
          version: record().version,
          successor: { key: moved, birth: two.birth },
        }
        assert.equal(await store.replace(old, seal, one.version), 'replaced')
        assert.deepEqual(await listed(store, owner), [moved])
        assert.deepEqual({ ...(await store.load(old)) }, seal)
      }),
    )

    it(
      'end all at once, the sealed ones too, and no one else’s',
      withStores(open, async ({ store, other, record }) => {
        const [owner, stranger] = [newKey(), newKey()]
        const [a, b, old, theirs] = [newKey(), newKey(), newKey(), newKey()]
        const sealed = record({ owner })
        await store.create(a, record({ owner }))
        await store.create(b, record({ owner }))
        await store.create(old, sealed)
        const successor = { key: a, birth: 'birth' }
        await store.replace(
          old,
          { ...sealed, version: record().version, successor },
          sealed.version,
        )
        await store.create(theirs, record({ owner: stranger }))
        assert.equal(await other.destroyOwner(owner), 2)
        for (const key of [a, b, old]) assert.equal(await store.load(key), undefined)
        assert.notEqual(await store.load(theirs), undefined)
        assert.deepEqual(await listed(store, owner), [])
        assert.equal(await store.destroyOwner(owner), 0)
      }),
    )

    it(
      'end all but one',
      withStores(open, async ({ store, record }) => {
        const owner = newKey()
        const [a, b, stays] = [newKey(), newKey(), newKey()]
        for (const key of [a, b, stays]) await store.create(key, record({ owner }))
        assert.equal(await store.destroyOwner(owner, stays), 2)
        assert.deepEqual(await listed(store, owner), [stays])
        assert.equal(await store.load(a), undefined)
        assert.notEqual(await store.load(stays), undefined)
      }),
    )

    it(
      'may begin again after all were ended',
      withStores(open, async ({ store, other, record }) => {
        const owner = newKey()
        await store.create(newKey(), record({ owner }))
        await store.destroyOwner(owner)
        const anew = newKey()
        assert.equal(await other.create(anew, record({ owner })), 'created')
        assert.deepEqual(await listed(store, owner), [anew])
      }),
    )

    it(
      'ended while others sign in: what was there before is gone, and what lives is listed',
      withStores(open, async ({ store, other, record }) => {
        for (let round = 0; round < 10; round += 1) {
          const owner = newKey()
          const before = Array.from({ length: 4 }, newKey)
          const beside = Array.from({ length: 8 }, newKey)
          for (const key of before) await store.create(key, record({ owner }))
          const creating = beside.map((key, index) =>
            (index % 2 ? store : other).create(key, record({ owner })),
          )
          await other.destroyOwner(owner)
          const outcomes = await Promise.all(creating)
          for (const key of before) assert.equal(await store.load(key), undefined)
          const living: string[] = []
          for (const [index, key] of beside.entries()) {
            const record = await store.load(key)
            if (record) living.push(key)
            if (outcomes[index] === 'revoked') assert.equal(record, undefined)
          }
          assert.deepEqual(await listed(store, owner), living.sort())
        }
      }),
    )
  })
}

import assert from 'node:assert/strict'
import type { SessionStore } from '../../stores/store.ts'
import type { ContractRunner, OpenStores, Setting } from './setting.ts'
import { newKey, withStores } from './setting.ts'

/** Adds one to the number in the payload, as the engine does: again and again until nobody was faster. */
async function increment(store: SessionStore, key: string, { record }: Setting): Promise<void> {
  for (;;) {
    const current = await store.load(key)
    assert.ok(current, 'the record has gone')
    const payload = String(Number(current.payload) + 1)
    const next = { ...current, version: record().version, payload }
    const outcome = await store.replace(key, next, current.version)
    assert.notEqual(outcome, 'gone')
    if (outcome === 'replaced') return
  }
}

/** Real parallelism: what the atomic verbs are for. */
export function describeRaces(open: OpenStores, { describe, it }: ContractRunner): void {
  describe('under overlapping calls', () => {
    it(
      'no update is lost',
      withStores(open, async (setting) => {
        const { store, other, record } = setting
        const key = newKey()
        await store.create(key, record({ payload: '0' }))
        const calls = Array.from({ length: 40 }, (_, index) =>
          increment(index % 2 ? store : other, key, setting),
        )
        await Promise.all(calls)
        assert.equal((await store.load(key))?.payload, '40')
      }),
    )

    it(
      'one create wins',
      withStores(open, async ({ store, other, record }) => {
        const key = newKey()
        const records = Array.from({ length: 12 }, () => record())
        const outcomes = await Promise.all(
          records.map((one, index) => (index % 2 ? store : other).create(key, one)),
        )
        assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1)
        const winner = records[outcomes.indexOf('created')]
        assert.equal((await store.load(key))?.version, winner?.version)
      }),
    )

    it(
      'one replace of a version wins',
      withStores(open, async ({ store, other, record }) => {
        const key = newKey()
        const first = record()
        await store.create(key, first)
        const records = Array.from({ length: 12 }, () => record())
        const outcomes = await Promise.all(
          records.map((one, index) => (index % 2 ? store : other).replace(key, one, first.version)),
        )
        assert.equal(outcomes.filter((outcome) => outcome === 'replaced').length, 1)
        const winner = records[outcomes.indexOf('replaced')]
        assert.equal((await store.load(key))?.version, winner?.version)
      }),
    )

    it(
      'what is destroyed stays destroyed, whatever is being written',
      withStores(open, async ({ store, other, record, clock }) => {
        for (let round = 0; round < 30; round += 1) {
          const key = newKey()
          const first = record()
          await store.create(key, first)
          await Promise.all([
            other.replace(key, record(), first.version),
            store.destroy(key),
            other.touch(key, first.version, clock.time + 1, clock.time + 120_000),
            store.replace(key, record(), first.version),
          ])
          assert.equal(await store.load(key), undefined)
        }
      }),
    )

    it(
      'a touch never undoes a write',
      withStores(open, async ({ store, other, record, clock }) => {
        for (let round = 0; round < 30; round += 1) {
          const key = newKey()
          const first = record()
          const second = record({ payload: '1:second' })
          await store.create(key, first)
          await Promise.all([
            other.touch(key, first.version, clock.time + 1, first.expiresAt + 1),
            store.replace(key, second, first.version),
          ])
          const { version, payload } = (await store.load(key)) ?? {}
          assert.deepEqual(
            { version, payload },
            { version: second.version, payload: second.payload },
          )
        }
      }),
    )
  })
}

import assert from 'node:assert/strict'
import type { SessionRecord, SessionStore } from '../../stores/store.ts'
import type { ContractRunner, OpenStores, Setting } from './setting.ts'
import { newKey, withStores } from './setting.ts'

/** Adds one to the number in the payload, as the engine does: it retries until no other call was faster. */
async function increment(store: SessionStore, key: string, { record }: Setting): Promise<void> {
  for (;;) {
    const current = await store.load(key)
    const payload = String(Number(current?.payload ?? 0) + 1)
    if (await store.compareAndSet(key, current?.version, record({ payload }))) return
  }
}

/** The results of several calls at the same time. Every second one uses the other store. */
async function race(
  { store, other }: Setting,
  key: string,
  calls: readonly (readonly [version: string | undefined, next: SessionRecord | undefined])[],
): Promise<(SessionRecord | undefined)[]> {
  const outcomes = await Promise.all(
    calls.map(([version, next], index) =>
      (index % 2 ? store : other).compareAndSet(key, version, next),
    ),
  )
  return calls.filter((_, index) => outcomes[index]).map(([, next]) => next)
}

/** Real parallelism, which the atomic method is for. */
export function describeRaces(open: OpenStores, { describe, it }: ContractRunner): void {
  const twelve = <T>(make: () => T) => Array.from({ length: 12 }, make)

  describe('under overlapping calls', () => {
    it(
      'no update is lost',
      withStores(open, async (setting) => {
        const { store, other } = setting
        const key = newKey()
        const calls = Array.from({ length: 40 }, (_, index) =>
          increment(index % 2 ? store : other, key, setting),
        )
        await Promise.all(calls)
        assert.equal((await store.load(key))?.payload, '40')
      }),
    )

    it(
      'only one record is created under an absent key',
      withStores(open, async (setting) => {
        const { store, record } = setting
        const key = newKey()
        const winners = await race(
          setting,
          key,
          twelve(() => [undefined, record()] as const),
        )
        assert.equal(winners.length, 1)
        assert.deepEqual({ ...(await store.load(key)) }, winners[0])
      }),
    )

    it(
      'only one record replaces an expired one',
      withStores(open, async (setting) => {
        const { store, record, clock } = setting
        const key = newKey()
        const old = record()
        await store.compareAndSet(key, undefined, old)
        clock.time += 60_000
        const calls = twelve(() => [undefined, record()] as const)
        const winners = await race(setting, key, [...calls, [old.version, record()]])
        assert.equal(winners.length, 1)
        assert.deepEqual({ ...(await store.load(key)) }, winners[0])
      }),
    )

    it(
      'only one change or removal of a version succeeds',
      withStores(open, async (setting) => {
        const { store, record } = setting
        for (let round = 0; round < 10; round += 1) {
          const key = newKey()
          const first = record()
          await store.compareAndSet(key, undefined, first)
          const calls = twelve(() => [first.version, record()] as const)
          const winners = await race(setting, key, [
            [first.version, undefined],
            ...calls,
            [first.version, undefined],
          ])
          assert.equal(winners.length, 1)
          const [winner] = winners
          const stands = await store.load(key)
          assert.deepEqual(stands && { ...stands }, winner)
        }
      }),
    )

    it(
      'a late write does not change a record that was removed and created again',
      withStores(open, async (setting) => {
        const { store, other, record } = setting
        const key = newKey()
        const first = record()
        await store.compareAndSet(key, undefined, first)
        await other.compareAndSet(key, first.version, undefined)
        const second = record({ payload: first.payload })
        await store.compareAndSet(key, undefined, second)
        assert.equal(await other.compareAndSet(key, first.version, record()), false)
        assert.deepEqual({ ...(await store.load(key)) }, second)
      }),
    )

    it(
      'no read returns half a record',
      withStores(open, async (setting) => {
        const { store, other, record } = setting
        const key = newKey()
        const texts = ['a'.repeat(20_000), 'b'.repeat(20_000)] as const
        const first = record({ payload: texts[0] })
        await store.compareAndSet(key, undefined, first)
        let isWriting = true
        const write = async () => {
          let current = first
          for (let round = 0; round < 20; round += 1) {
            const next = record({ payload: round % 2 ? texts[1] : texts[0] })
            assert.equal(await store.compareAndSet(key, current.version, next), true)
            current = next
          }
        }
        const read = async () => {
          while (isWriting) {
            const found = await other.load(key)
            assert.ok(
              found && texts.some((text) => text === found.payload),
              'half a record, or none',
            )
            await new Promise((resolve) => setImmediate(resolve))
          }
        }
        const writing = write().finally(() => {
          isWriting = false
        })
        await Promise.all([writing, read()])
      }),
    )
  })
}

import assert from 'node:assert/strict'
import type { ContractRunner, OpenStores } from './setting.ts'
import { newKey, withStores } from './setting.ts'

const oddPayloads: Record<string, string> = {
  'an empty payload': '',
  'quotes, backslashes and markup': String.raw`"'\\ </script> %s $1 {{}} ; -- `,
  'every alphabet': 'ä ß 漢字 العربية 🚀 é é \u2028\u2029\uFEFF',
  'JSON of another program': '{"version":"x","payload":null}',
  'the largest index': 'é'.repeat(128 * 1024),
}

/** What one call does, alone. */
export function describeVerbs(open: OpenStores, { describe, it }: ContractRunner): void {
  describe('compareAndSet and load', () => {
    it(
      'find nothing where nothing was put',
      withStores(open, async ({ store, record }) => {
        const key = newKey()
        assert.equal(await store.load(key), undefined)
        assert.equal(await store.compareAndSet(key, record().version, record()), false)
        assert.equal(await store.compareAndSet(key, record().version, undefined), false)
        assert.equal(await store.load(key), undefined)
      }),
    )

    it(
      'put a record where nothing stands, as it was given',
      withStores(open, async ({ store, other, record }) => {
        const one = record({ evictable: true })
        const [key, forever] = [newKey(), newKey()]
        assert.equal(await store.compareAndSet(key, undefined, one), true)
        assert.deepEqual({ ...(await other.load(key)) }, one)
        const { expiresAt: _, ...endless } = record()
        assert.equal(await store.compareAndSet(forever, undefined, endless), true)
        assert.deepEqual({ ...(await other.load(forever)) }, endless)
      }),
    )

    it(
      'change nothing where something else stands',
      withStores(open, async ({ store, other, record }) => {
        const key = newKey()
        const one = record()
        await store.compareAndSet(key, undefined, one)
        assert.equal(await other.compareAndSet(key, undefined, record()), false)
        assert.equal(await other.compareAndSet(key, record().version, record()), false)
        assert.equal(await other.compareAndSet(key, record().version, undefined), false)
        assert.equal(await other.compareAndSet(key, '', record()), false)
        assert.equal(await other.compareAndSet(key, one.version.slice(0, -1), record()), false)
        assert.deepEqual({ ...(await store.load(key)) }, one)
      }),
    )

    it(
      'replace the version that is named, with all that the new record says',
      withStores(open, async ({ store, other, record, clock }) => {
        const key = newKey()
        const one = record({ payload: 'longer than the next one', evictable: true })
        const two = record({ payload: 'next', expiresAt: clock.time + 5_000 })
        await store.compareAndSet(key, undefined, one)
        assert.equal(await other.compareAndSet(key, one.version, two), true)
        assert.deepEqual({ ...(await store.load(key)) }, two)
        assert.equal(await store.compareAndSet(key, one.version, record()), false)
        assert.deepEqual({ ...(await other.load(key)) }, two)
      }),
    )

    it(
      'remove the version that is named, and make room for another record',
      withStores(open, async ({ store, other, record }) => {
        const key = newKey()
        const [one, two] = [record(), record()]
        await store.compareAndSet(key, undefined, one)
        assert.equal(await other.compareAndSet(key, one.version, undefined), true)
        assert.equal(await store.load(key), undefined)
        assert.equal(await store.compareAndSet(key, one.version, record()), false)
        assert.equal(await store.compareAndSet(key, undefined, two), true)
        assert.deepEqual({ ...(await other.load(key)) }, two)
      }),
    )

    it(
      'keep keys apart: by their case, their ends and their length',
      withStores(open, async ({ store, other, record }) => {
        const key = `a${newKey()}`.slice(0, 42)
        const keys = [key, key.toUpperCase(), `${key}-`, `${key}_`, key.slice(0, -1), 'k', 'K']
        keys.push('x'.repeat(64), 'x'.repeat(63))
        for (const one of keys) {
          const put = record({ payload: one })
          assert.equal(await store.compareAndSet(one, undefined, put), true, one)
        }
        for (const one of keys) assert.equal((await other.load(one))?.payload, one)
      }),
    )

    for (const [name, payload] of Object.entries(oddPayloads)) {
      it(
        `return ${name} as it was`,
        withStores(open, async ({ store, other, record }) => {
          const key = newKey()
          const [one, two] = [record({ payload }), record({ payload: `${payload}${payload}` })]
          await store.compareAndSet(key, undefined, one)
          assert.deepEqual({ ...(await other.load(key)) }, one)
          await store.compareAndSet(key, one.version, two)
          assert.deepEqual({ ...(await other.load(key)) }, two)
        }),
      )
    }

    it(
      'do not let go of a record that its caller changes afterwards',
      withStores(open, async ({ store, record }) => {
        const key = newKey()
        const one = { ...record({ payload: 'before' }) }
        await store.compareAndSet(key, undefined, one)
        Object.assign(one, { payload: 'after' })
        assert.equal((await store.load(key))?.payload, 'before')
      }),
    )

    it(
      'may be closed twice',
      withStores(open, async ({ store }) => {
        await store.close()
        await store.close()
      }),
    )
  })

  describe('a value that the store cannot read', () => {
    it(
      'has an empty version, and can be replaced and removed by that alone',
      withStores(open, async ({ store, other, record, spoil }) => {
        if (!spoil) return
        const [key, removed] = [newKey(), newKey()]
        for (const one of [key, removed]) {
          await spoil(one)
          assert.deepEqual({ ...(await store.load(one)) }, { version: '', payload: '' })
          assert.equal(await store.compareAndSet(one, undefined, record()), false)
          assert.equal(await store.compareAndSet(one, record().version, record()), false)
        }
        const one = record()
        assert.equal(await store.compareAndSet(key, '', one), true)
        assert.deepEqual({ ...(await other.load(key)) }, one)
        assert.equal(await store.compareAndSet(key, '', record()), false)
        assert.equal(await store.compareAndSet(removed, '', undefined), true)
        assert.equal(await other.load(removed), undefined)
      }),
    )
  })
}

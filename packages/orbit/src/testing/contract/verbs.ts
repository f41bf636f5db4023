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

/** What one call does, without overlapping calls. */
export function describeVerbs(open: OpenStores, { describe, it }: ContractRunner): void {
  describe('compareAndSet and load', () => {
    it(
      'find nothing under an absent key',
      withStores(open, async ({ store, record }) => {
        const key = newKey()
        assert.equal(await store.load(key), undefined)
        assert.equal(await store.compareAndSet(key, record().version, record()), false)
        assert.equal(await store.compareAndSet(key, record().version, undefined), false)
        assert.equal(await store.load(key), undefined)
      }),
    )

    it(
      'store a record unchanged under an absent key',
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
      'change nothing if the version is another',
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
      'replace the given version with the whole new record',
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
      'keep the user of a record as the last write says, if the store asks for it',
      withStores(open, async ({ store, other, record }) => {
        if (!('keepsOwner' in store) || store.keepsOwner !== true) return
        const key = newKey()
        const [one, two, three] = [record({ owner: 'ä 1' }), record({ owner: '2' }), record()]
        await store.compareAndSet(key, undefined, one)
        assert.deepEqual({ ...(await other.load(key)) }, one)
        await store.compareAndSet(key, one.version, two)
        assert.deepEqual({ ...(await other.load(key)) }, two)
        await store.compareAndSet(key, two.version, three)
        assert.deepEqual({ ...(await other.load(key)) }, three)
      }),
    )

    it(
      'remove the given version, so that a new record can be created',
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
      'distinguish keys by case, ending and length',
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
        `return ${name} unchanged`,
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
      'do not return a record that its caller can change',
      withStores(open, async ({ store, record }) => {
        const key = newKey()
        const one = { ...record({ payload: 'before' }) }
        await store.compareAndSet(key, undefined, one)
        Object.assign(one, { payload: 'after' })
        assert.equal((await store.load(key))?.payload, 'before')
      }),
    )

    it(
      'allow a second close()',
      withStores(open, async ({ store }) => {
        await store.close()
        await store.close()
      }),
    )
  })

  describe('a value that the store cannot read', () => {
    it(
      'has an empty version, and can be replaced and removed with that version only',
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

import assert from 'node:assert/strict'
import type { ContractRunner, OpenStores } from './setting.ts'
import { newKey, withStores } from './setting.ts'

const oddKeys = [
  '../../etc/passwd',
  'a/b\\c',
  'with space',
  'NUL\0inside',
  'per%2fcent',
  'glob*[?]',
  '{tag}',
  'ключ-鍵-🔑',
  '__proto__',
  'constructor',
  'x'.repeat(300),
]

const payloads = {
  empty: '',
  'of 64 KiB': 'x'.repeat(64 * 1024),
  'of a megabyte, not ASCII': 'é漢🎉'.repeat(110_000),
  'with unicode': 'ключ 鍵 🔑  \u2028',
  'with NUL': 'a\0b\0\0',
  'with line breaks and quotes': '"\\\r\n\t\'`$ {}',
  'like JSON': '{"version":"x","__proto__":{"a":1}}',
}

/** Each verb by itself. */
export function describeVerbs(open: OpenStores, { describe, it }: ContractRunner): void {
  describe('each verb', () => {
    it(
      'load: what is not there is no error',
      withStores(open, async ({ store }) => {
        assert.equal(await store.load(newKey()), undefined)
      }),
    )

    it(
      'create, then load: every field comes back, through the other store too',
      withStores(open, async ({ store, other, record }) => {
        const [plain, full] = [newKey(), newKey()]
        const one = record({ createdAt: 1_700_000_000_001, lastActivityAt: 1_700_000_000_002 })
        const two = record({ owner: newKey(), successor: { key: newKey(), birth: 'b' } })
        assert.equal(await store.create(plain, one), 'created')
        assert.equal(await store.create(full, two), 'created')
        assert.deepEqual({ ...(await other.load(plain)) }, one)
        assert.deepEqual({ ...(await other.load(full)) }, two)
      }),
    )

    it(
      'create: says that there is one, and leaves it alone',
      withStores(open, async ({ store, other, record }) => {
        const key = newKey()
        const first = record()
        await store.create(key, first)
        assert.equal(await other.create(key, record()), 'exists')
        assert.equal((await store.load(key))?.version, first.version)
      }),
    )

    it(
      'replace: stores the record where the version stands',
      withStores(open, async ({ store, other, record }) => {
        const key = newKey()
        const first = record()
        const second = record({ birth: first.birth, payload: '1:second' })
        await store.create(key, first)
        assert.equal(await other.replace(key, second, first.version), 'replaced')
        assert.deepEqual({ ...(await store.load(key)) }, second)
      }),
    )

    it(
      'replace: is a conflict where another version stands, and changes nothing',
      withStores(open, async ({ store, record }) => {
        const key = newKey()
        const first = record()
        await store.create(key, first)
        assert.equal(await store.replace(key, record(), record().version), 'conflict')
        assert.deepEqual({ ...(await store.load(key)) }, first)
      }),
    )

    it(
      'replace: never makes a record where there is none',
      withStores(open, async ({ store, record }) => {
        const [never, destroyed] = [newKey(), newKey()]
        const first = record()
        await store.create(destroyed, first)
        await store.destroy(destroyed)
        assert.equal(await store.replace(never, record(), record().version), 'gone')
        assert.equal(await store.replace(destroyed, record(), first.version), 'gone')
        assert.equal(await store.load(never), undefined)
        assert.equal(await store.load(destroyed), undefined)
      }),
    )

    it(
      'replace: a version is the one that was given, so that a record made anew has another',
      withStores(open, async ({ store, record }) => {
        const key = newKey()
        const first = record()
        await store.create(key, first)
        await store.destroy(key)
        const anew = record()
        await store.create(key, anew)
        assert.equal(await store.replace(key, record(), first.version), 'conflict')
        assert.deepEqual({ ...(await store.load(key)) }, anew)
      }),
    )

    it(
      'touch: moves the two times and nothing else',
      withStores(open, async ({ store, other, record, clock }) => {
        const key = newKey()
        const first = record({ owner: newKey() })
        await store.create(key, first)
        const [active, expires] = [clock.time + 1_000, clock.time + 90_000]
        assert.equal(await other.touch(key, first.version, active, expires), true)
        assert.deepEqual(
          { ...(await store.load(key)) },
          { ...first, lastActivityAt: active, expiresAt: expires },
        )
      }),
    )

    it(
      'touch: does nothing where another version stands, or none',
      withStores(open, async ({ store, record, clock }) => {
        const [key, never] = [newKey(), newKey()]
        const first = record()
        await store.create(key, first)
        assert.equal(await store.touch(key, record().version, clock.time, clock.time + 1), false)
        assert.equal(await store.touch(never, first.version, clock.time, clock.time + 1), false)
        assert.deepEqual({ ...(await store.load(key)) }, first)
        await store.destroy(key)
        assert.equal(await store.touch(key, first.version, clock.time, clock.time + 9), false)
        assert.equal(await store.load(key), undefined)
        assert.equal(await store.load(never), undefined)
      }),
    )

    it(
      'destroy: whatever stands, or only the version that was named',
      withStores(open, async ({ store, other, record }) => {
        const key = newKey()
        const first = record()
        await store.create(key, first)
        assert.equal(await store.destroy(key, record().version), false)
        assert.equal((await store.load(key))?.version, first.version)
        assert.equal(await other.destroy(key, first.version), true)
        assert.equal(await store.load(key), undefined)
        await store.create(key, record())
        assert.equal(await store.destroy(key), true)
        assert.equal(await store.destroy(key), false)
      }),
    )

    for (const [index, key] of oddKeys.entries()) {
      it(
        `takes the key ${JSON.stringify(key).slice(0, 24)} for what it is`,
        withStores(open, async ({ store, record }) => {
          const [mine, others] = [record(), oddKeys.filter((_, other) => other !== index)]
          assert.equal(await store.create(key, mine), 'created')
          for (const other of others) assert.equal(await store.load(other), undefined)
          assert.equal((await store.load(key))?.version, mine.version)
          assert.equal(await store.destroy(key), true)
        }),
      )
    }

    for (const [name, payload] of Object.entries(payloads)) {
      it(
        `gives back a payload ${name}`,
        withStores(open, async ({ store, other, record }) => {
          const key = newKey()
          await store.create(key, record({ payload }))
          assert.equal((await other.load(key))?.payload === payload, true)
        }),
      )
    }

    it(
      'close: gives back what it holds, and may be said twice',
      withStores(open, async ({ store }) => {
        await store.load(newKey())
        await store.close()
        await store.close()
      }),
    )

    it(
      'secret: made once, agreed on by all, and kept when sessions go',
      withStores(open, async ({ store, other, record }) => {
        if (!store.secret || !other.secret) return
        const proposals = Array.from({ length: 10 }, (_, index) => `proposal ${index} `.repeat(5))
        const told = await Promise.all(
          proposals.map((proposal, index) => (index % 2 ? store : other).secret?.(proposal)),
        )
        const [secret] = told
        assert.ok(secret !== undefined && proposals.includes(secret))
        assert.deepEqual(new Set(told), new Set([secret]))
        const owner = newKey()
        await store.create(newKey(), record({ owner }))
        await store.destroyOwner(owner)
        assert.equal(await other.secret('another'), secret)
      }),
    )

    it(
      'secret: an unfit one gives way to one of the proposals, and nothing else does',
      withStores(open, async ({ store, other }) => {
        if (!store.secret || !other.secret) return
        for (const unfit of ['', 'x']) {
          const before = await store.secret(unfit)
          if (before !== unfit) assert.equal(await other.secret(unfit, before), unfit)
          const proposals = Array.from({ length: 10 }, (_, index) => `proposal ${index} `.repeat(5))
          const told = await Promise.all(
            proposals.map((proposal, index) =>
              (index % 2 ? store : other).secret?.(proposal, unfit),
            ),
          )
          const [secret] = told
          assert.ok(secret !== undefined && proposals.includes(secret))
          assert.deepEqual(new Set(told), new Set([secret]))
          assert.equal(await other.secret('another', unfit), secret)
          assert.equal(await store.secret('another'), secret)
        }
      }),
    )
  })
}

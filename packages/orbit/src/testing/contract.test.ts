import { describe, expect, it } from 'vitest'
import { memoryStore } from '../stores/memory.ts'
import type { SessionRecord, SessionStore } from '../stores/store.ts'
import { describeSessionStore } from './contract.ts'

describeSessionStore(
  'memory',
  ({ now }) => {
    const store = memoryStore({ now })
    return { stores: [store, store], close: () => store.close() }
  },
  { describe, it },
)

/** Stores that get it wrong, each in one way that has been seen in the field. */
const wrong: Record<string, (store: SessionStore) => Partial<SessionStore>> = {
  'gets, then sets': (store) => ({
    async replace(key, record, version) {
      const current = await store.load(key)
      if (!current) return 'gone'
      if (current.version !== version) return 'conflict'
      await new Promise((resolve) => setImmediate(resolve))
      await store.destroy(key)
      await store.create(key, record)
      return 'replaced'
    },
  }),
  upserts: (store) => ({
    async replace(key, record, version) {
      const outcome = await store.replace(key, record, version)
      if (outcome !== 'gone') return outcome
      await store.create(key, record)
      return 'replaced'
    },
  }),
  'revives by a touch': (store) => {
    const seen = new Map<string, SessionRecord>()
    return {
      async create(key, record) {
        seen.set(key, record)
        return store.create(key, record)
      },
      async touch(key, version, lastActivityAt, expiresAt) {
        const done = await store.touch(key, version, lastActivityAt, expiresAt)
        const record = seen.get(key)
        if (done || record?.version !== version) return done
        return (await store.create(key, { ...record, lastActivityAt, expiresAt })) === 'created'
      },
    }
  },
  'counts its versions': (store) => {
    let count = 0
    return {
      create: (key, record) => store.create(key, { ...record, version: '1' }),
      async replace(key, record, version) {
        count += 1
        return store.replace(key, { ...record, version: String(count) }, version)
      },
    }
  },
  'keeps expired records until a sweep': () => {
    const late = memoryStore({ now: () => 0 })
    return late
  },
  'forgets one of two entries written at once': (store) => {
    const index = new Map<string, string[]>()
    return {
      async create(key, record) {
        const { owner } = record
        const outcome = await store.create(key, record)
        if (owner === undefined) return outcome
        const keys = index.get(owner) ?? []
        await new Promise((resolve) => setImmediate(resolve))
        index.set(owner, [...keys, key])
        return outcome
      },
      async list(owner) {
        const all = await store.list(owner)
        return all.filter(({ key }) => index.get(owner)?.includes(key))
      },
    }
  },
}

describe('the suite catches a store that', () => {
  for (const [name, spoil] of Object.entries(wrong)) {
    it(name, async () => {
      const tests: { name: string; body: () => Promise<void> }[] = []
      const open = ({ now }: { now: () => number }) => {
        const inner = memoryStore({ now })
        const store = { ...inner, ...spoil(inner) }
        return { stores: [store, store] as const, close: () => inner.close() }
      }
      const runner = {
        describe: (_: string, body: () => void) => body(),
        it: (title: string, body: () => Promise<void>) => tests.push({ name: title, body }),
      }
      describeSessionStore(name, open, runner)
      const failed: string[] = []
      for (const test of tests) await test.body().catch(() => failed.push(test.name))
      expect(failed).not.toEqual([])
      expect(failed.length).toBeLessThan(tests.length)
    })
  }
})

import { describe, expect, it } from 'vitest'
import { memoryStore } from '../stores/memory.ts'
import type { OwnerKeepingStore, SessionStore } from '../stores/store.ts'
import { describeSessionStore } from './contract.ts'

describeSessionStore(
  'memory',
  ({ now }) => {
    const store = memoryStore({ now })
    return { stores: [store, store], close: () => store.close() }
  },
  { describe, it },
)

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** Wrong stores. Each has one mistake that real stores have had. */
const wrong: Record<string, (store: SessionStore) => Partial<OwnerKeepingStore>> = {
  'gets, then sets': (store) => ({
    async compareAndSet(key, version, next) {
      const current = await store.load(key)
      if (current?.version !== version) return false
      await nextTurn()
      const stands = await store.load(key)
      return store.compareAndSet(key, stands?.version, next)
    },
  }),
  upserts: (store) => ({
    async compareAndSet(key, version, next) {
      const stands = await store.load(key)
      return store.compareAndSet(key, stands ? version : undefined, next)
    },
  }),
  'counts its versions': (store) => {
    let count = 0
    return {
      async compareAndSet(key, version, next) {
        count += 1
        return store.compareAndSet(key, version, next && { ...next, version: String(count) })
      },
    }
  },
  'keeps expired records until a sweep': () => memoryStore({ now: () => 0 }),
  'lets expired records be replaced by their old version': (store) => {
    const late = memoryStore({ now: () => 0 })
    return {
      async compareAndSet(key, version, next) {
        const done = await late.compareAndSet(key, version, next)
        const stands = await store.load(key)
        return done && store.compareAndSet(key, stands?.version, next)
      },
    }
  },
  'says no although it has written': (store) => ({
    async compareAndSet(key, version, next) {
      await store.compareAndSet(key, version, next)
      return version === undefined
    },
  }),
  'forgets what may be evicted': (store) => ({
    async load(key) {
      const record = await store.load(key)
      return record && { version: record.version, payload: record.payload }
    },
  }),
  'asks for the user of a record, and drops it': (store) => ({
    keepsOwner: true,
    async load(key) {
      const record = await store.load(key)
      if (!record) return undefined
      const { owner: _, ...rest } = record
      return rest
    },
  }),
  'cuts long payloads': (store) => ({
    async load(key) {
      const record = await store.load(key)
      return record && { ...record, payload: record.payload.slice(0, 65_535) }
    },
  }),
  'ignores the case of keys': (store) => ({
    load: (key) => store.load(key.toLowerCase()),
    compareAndSet: (key, version, next) => store.compareAndSet(key.toLowerCase(), version, next),
  }),
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

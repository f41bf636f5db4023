import assert from 'node:assert/strict'
import { sqliteOfRuntime } from '../../../packages/orbit/src/stores/sqlite/open.ts'
import type { ContractRunner } from '../../../packages/orbit/src/testing/contract.ts'
import { countRows, inFolder, record, until, watchPauses } from './setting.ts'

/** The rows of the store: how it stores, finds and removes them, and how it waits for locks. */
export function describeRows({ describe, it }: ContractRunner): void {
  describe('the rows of the file', () => {
    it(
      'can have times with fractions',
      inFolder(async ({ open }) => {
        const store = open()
        const one = record({ expiresAt: Date.now() + 1e5 + 0.5 })
        await store.compareAndSet('key', undefined, one)
        assert.deepEqual(await store.load('key'), one)
      }),
    )

    it(
      'are found with an index: by key, and by expiry',
      inFolder(async ({ open, look }) => {
        await open().ready()
        const plan = (where: string) =>
          look()
            .prepare<{ detail: string }>(`EXPLAIN QUERY PLAN SELECT * FROM sessions WHERE ${where}`)
            .all()
            .map(({ detail }) => detail)
            .join()
        assert.match(plan('expires_at <= 1'), /sessions_by_expiry/)
        assert.match(plan("key = 'key'"), /INDEX/)
      }),
    )
  })

  describe('ten thousand expired sessions', () => {
    it(
      'are removed without a request, and without blocking the process',
      inFolder(async ({ open, look }) => {
        const clock = { time: Date.now() }
        const store = open({ now: () => clock.time, sweepIntervalSeconds: 0.01 })
        await store.compareAndSet('stays', undefined, record({ expiresAt: clock.time + 120_000 }))
        const rows = look()
        for (let index = 0; index < 10_000; index += 1) {
          const payload = 'x'.repeat((index * 7) % 4000)
          await store.compareAndSet(`key-${index}`, undefined, record({ payload }))
        }
        clock.time += 90_000
        const pauses = watchPauses()
        await until(() => countRows(rows) === 1)
        // The runtime runs its garbage collection now and then.
        const late = pauses.stop().filter((ms) => ms > 10)
        assert.ok(late.length <= 3, `${late.length} pauses above 10 ms: ${late}`)
        assert.ok(
          late.every((ms) => ms < 25),
          `a pause of ${late[0]} ms`,
        )
        assert.notEqual(await store.load('stays'), undefined)
      }),
    )
  })

  describe('thousands of sessions', () => {
    it(
      'are listed page by page, and pruned on demand',
      inFolder(async ({ open }) => {
        const clock = { time: Date.now() }
        const store = open({ now: () => clock.time })
        const { expiresAt: _, ...forever } = record()
        await store.compareAndSet('forever', undefined, forever)
        for (let index = 0; index < 2_500; index += 1) {
          const expiresAt = clock.time + (index % 2 ? 10_000 : 60_000)
          await store.compareAndSet(`key-${index}`, undefined, record({ expiresAt }))
        }
        const walk = async () => {
          const keys: string[] = []
          for await (const key of store.keys()) keys.push(key)
          assert.equal(new Set(keys).size, keys.length)
          return keys.length
        }
        assert.equal(await walk(), 2_501)
        clock.time += 20_000
        assert.equal(await walk(), 1_251)
        assert.equal(await store.prune(), 1_250)
        assert.equal(await store.prune(), 0)
        clock.time += 1e12
        assert.equal(await store.prune(), 1_250)
        assert.deepEqual(await walk(), 1)
      }),
    )
  })

  describe('while another process writes', () => {
    it(
      'a write waits without blocking the process, and then runs once',
      inFolder(async ({ open, look }) => {
        const store = open()
        await store.ready()
        const other = look()
        other.exec('BEGIN IMMEDIATE')
        const creating = store.compareAndSet('key', undefined, record())
        assert.ok(creating instanceof Promise)
        let ticks = 0
        const ticking = setInterval(() => {
          ticks += 1
          if (ticks === 20) other.exec('COMMIT')
        }, 5)
        assert.equal(await creating, true)
        clearInterval(ticking)
        assert.ok(ticks >= 20)
        assert.equal(countRows(other), 1)
      }),
    )

    it(
      'a read does not wait',
      inFolder(async ({ open, look }) => {
        const store = open()
        const one = record()
        await store.compareAndSet('key', undefined, one)
        const other = look()
        other.exec('BEGIN IMMEDIATE; DELETE FROM sessions')
        assert.deepEqual(store.load('key'), one)
        other.exec('ROLLBACK')
      }),
    )

    it(
      'a call gives up within a second, and has no effect later',
      inFolder(async ({ open, look }) => {
        const store = open()
        await store.ready()
        const other = look()
        other.exec('BEGIN IMMEDIATE')
        const began = performance.now()
        await assert.rejects(
          async () => store.compareAndSet('key', undefined, record()),
          /database is locked/,
        )
        assert.ok(performance.now() - began < 1000)
        other.exec('COMMIT')
        assert.equal(await store.load('key'), undefined)
      }),
    )

    it(
      'the boot does not fail: the store opens at its first use',
      inFolder(async ({ path, open }) => {
        const other = new (sqliteOfRuntime())(path)
        other.exec('PRAGMA journal_mode = WAL')
        other.exec('BEGIN IMMEDIATE')
        const store = open()
        await store.ready()
        // The store is not synchronous while the file is not open.
        assert.equal(store.isSynchronous, false)
        other.exec('COMMIT')
        other.close()
        assert.equal(await store.compareAndSet('key', undefined, record()), true)
        assert.equal(store.isSynchronous, true)
      }),
    )
  })
}

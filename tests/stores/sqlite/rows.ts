import assert from 'node:assert/strict'
import { sqliteOfRuntime } from '../../../packages/orbit/src/stores/sqlite/runtime.ts'
import type { ContractRunner } from '../../../packages/orbit/src/testing/contract.ts'
import { countRows, inFolder, record, until, watchPauses } from './setting.ts'

/** What the store does with its rows: keeps, finds and removes them, and waits for its turn. */
export function describeRows({ describe, it }: ContractRunner): void {
  describe('what the file holds', () => {
    it(
      'comes back as it was, lone surrogates, NUL and our own mark too',
      inFolder(async ({ open }) => {
        const store = open()
        const odd = ['a\ud800b', '\udc00', 'a\0b', '~', '~"a"', '~{', '"~"', '\ufffd', '🎉']
        for (const text of odd) {
          const one = record({ payload: text, version: text, birth: text, owner: `ada ${text}` })
          assert.equal(await store.create(text, one), 'created')
          assert.deepEqual(await store.load(text), one)
          assert.deepEqual(await store.list(`ada ${text}`), [{ key: text, record: one }])
        }
        for (const text of odd) assert.equal(await store.destroy(text, text), true)
      }),
    )

    it(
      'may have times with fractions',
      inFolder(async ({ open }) => {
        const store = open()
        const one = record({ createdAt: 1.25, expiresAt: Date.now() + 1e5 + 0.5 })
        await store.create('key', one)
        assert.deepEqual(await store.load('key'), one)
      }),
    )

    it(
      'is found by an index: an owner, what has expired',
      inFolder(async ({ open, look }) => {
        await open().ready?.()
        const plan = (where: string) =>
          look()
            .prepare<{ detail: string }>(`EXPLAIN QUERY PLAN SELECT * FROM sessions WHERE ${where}`)
            .all()
            .map(({ detail }) => detail)
            .join()
        assert.match(plan("owner = 'ada'"), /sessions_by_owner/)
        assert.match(plan('expires_at <= 1'), /sessions_by_expiry/)
        assert.match(plan("key = 'key'"), /INDEX/)
      }),
    )
  })

  describe('ten thousand expired sessions', () => {
    it(
      'are removed without a request, and the process does not feel it',
      inFolder(async ({ open, look }) => {
        const clock = { time: Date.now() }
        const store = open({ now: () => clock.time, sweepIntervalSeconds: 0.01 })
        await store.create('stays', record({ expiresAt: clock.time + 120_000 }))
        const rows = look()
        for (let index = 0; index < 10_000; index += 1) {
          const owner = `owner ${index % 100}`
          const payload = 'x'.repeat((index * 7) % 4000)
          await store.create(`key ${index}`, record({ owner, payload }))
        }
        clock.time += 90_000
        const pauses = watchPauses()
        await until(() => {
          const left = countRows(rows)
          pauses.forget()
          return left === 1
        })
        // A machine that does other things may stop any process for once.
        const late = pauses.stop().filter((ms) => ms > 10)
        assert.ok(late.length <= 3, `${late.length} pauses above 10 ms: ${late}`)
        assert.notEqual(await store.load('stays'), undefined)
      }),
    )
  })

  describe('while another process writes', () => {
    it(
      'a call waits without stopping the process, and then does its work once',
      inFolder(async ({ open, look }) => {
        const store = open()
        await store.ready?.()
        const other = look()
        other.exec('BEGIN IMMEDIATE')
        const creating = store.create('key', record())
        assert.ok(creating instanceof Promise)
        let ticks = 0
        const ticking = setInterval(() => {
          ticks += 1
          if (ticks === 20) other.exec('COMMIT')
        }, 5)
        assert.equal(await creating, 'created')
        clearInterval(ticking)
        assert.ok(ticks >= 20)
        assert.equal(countRows(other), 1)
      }),
    )

    it(
      'a read does not wait at all',
      inFolder(async ({ open, look }) => {
        const store = open()
        const one = record()
        await store.create('key', one)
        const other = look()
        other.exec('BEGIN IMMEDIATE; DELETE FROM sessions')
        assert.deepEqual(store.load('key'), one)
        other.exec('ROLLBACK')
      }),
    )

    it(
      'a call gives up within a second, and nothing of it happens later',
      inFolder(async ({ open, look }) => {
        const store = open()
        await store.ready?.()
        const other = look()
        other.exec('BEGIN IMMEDIATE')
        const began = performance.now()
        await assert.rejects(async () => store.create('key', record()), /database is locked/)
        assert.ok(performance.now() - began < 1000)
        other.exec('COMMIT')
        assert.equal(await store.load('key'), undefined)
      }),
    )

    it(
      'a start is no failure: the store opens when it is used',
      inFolder(async ({ path, open }) => {
        const other = new (sqliteOfRuntime())(path)
        other.exec('PRAGMA journal_mode = WAL')
        other.exec('BEGIN IMMEDIATE')
        const store = open()
        await store.ready?.()
        other.exec('COMMIT')
        other.close()
        assert.equal(await store.create('key', record()), 'created')
      }),
    )
  })
}

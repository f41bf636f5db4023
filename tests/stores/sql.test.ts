import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { chosen } from '../extent.ts'
import { run } from '../guide/processes.ts'
import { bun } from '../runtimes/binaries.ts'
import type { SqlServer } from '../servers/sql.ts'
import { newRecord, newText } from './redis-setting.ts'
import { keysOf, newTable, type Opened, openers, quoted, servers, storeOf } from './sql/setting.ts'

const tried = chosen(
  'stores/sql',
  Object.values(servers).flatMap(({ clients }) => clients),
)

describe.each(Object.entries(servers))('%s', (_, { dialect, start, clients }) => {
  let server: SqlServer

  beforeAll(async () => {
    server = await start()
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
  })

  describe.each(clients.filter((name) => tried.includes(name)))('with %s', (name) => {
    let opened: Opened

    beforeAll(() => {
      opened = openers[name](server.url)
    })
    afterAll(async () => {
      await opened?.end()
    })

    // With the owner column, the statements are different. Testing them once per server is enough.
    for (const ownerColumn of name === clients[0] ? [false, true] : [false]) {
      describeSessionStore(
        ownerColumn ? 'sql with ownerColumn' : 'sql',
        async ({ now }) => {
          const options = { now, table: newTable(), ownerColumn }
          const [one, other] = [storeOf(opened, options), storeOf(opened, options)]
          await one.store.load('a')
          const name = quoted(dialect, options.table)
          const spoil = async (key: string) => {
            await opened.look(`DELETE FROM ${name} WHERE ${quoted(dialect, 'key')} = '${key}'`)
            const columns = ['key', 'version', 'evictable', 'payload']
            const list = columns.map((column) => quoted(dialect, column)).join(', ')
            await opened.look(`INSERT INTO ${name} (${list}) VALUES ('${key}', '', 0, 'x')`)
          }
          const close = async () => {
            await Promise.all([one.store.close(), other.store.close()])
            await opened.look(`DROP TABLE ${name}`)
          }
          return { stores: [one.store, other.store], spoil, begin: opened.begin, close }
        },
        { describe, it },
      )
    }

    it('passes the check at boot, with a table that it creates, and leaves no rows', async () => {
      const { store, warnings } = storeOf(opened)
      await store.ready()
      expect(warnings).toEqual([])
      expect(await keysOf(store)).toEqual([])
      await store.close()
    })

    it('lists all its keys, without expired ones', async () => {
      let time = 1_000_000
      const { store } = storeOf(opened, { now: () => time })
      const keys = Array.from({ length: 1_050 }, newText)
      await Promise.all(keys.map((key) => store.compareAndSet(key, undefined, newRecord())))
      await store.compareAndSet('gone', undefined, newRecord({ expiresAt: time + 1 }))
      time += 1
      expect(await keysOf(store)).toEqual(keys.sort())
      await store.close()
    })

    it('removes expired records only', async () => {
      let time = 1_000_000
      const { store, table } = storeOf(opened, { now: () => time })
      const put = (expiresAt: number) =>
        store.compareAndSet(newText(), undefined, newRecord({ expiresAt }))
      await Promise.all(Array.from({ length: 450 }, () => put(time + 100)))
      await put(time + 101)
      const { expiresAt: _, ...endless } = newRecord()
      await store.compareAndSet('endless', undefined, endless)
      time += 100
      // Two parallel calls share the work, and neither waits for the other.
      const { store: other } = storeOf(opened, { now: () => time, table })
      const [some, others] = await Promise.all([store.prune(), other.prune()])
      const rest = await store.prune()
      expect(some + others + rest).toBe(450)
      expect(await opened.look(`SELECT 1 FROM ${quoted(dialect, table)}`)).toHaveLength(2)
      await Promise.all([store.close(), other.close()])
    })

    it('removes expired records by itself, and does not keep the process running', async () => {
      let time = 1_000_000
      const { store, table } = storeOf(opened, { now: () => time, sweepIntervalSeconds: 0.05 })
      await store.compareAndSet('a', undefined, newRecord({ expiresAt: time + 1 }))
      const [from, key] = [table, 'key'].map((name) => quoted(dialect, name))
      const rows = () => {
        // An earlier round may have started before the record expired. The next one starts when its lease has expired.
        time += 1_000
        return opened.look(`SELECT 1 FROM ${from} WHERE ${key} = 'a'`)
      }
      await expect.poll(rows, { timeout: 5_000 }).toEqual([])
      await store.close()
    })

    it('stays open when the store is closed, and calls of the closed store fail', async () => {
      const { store } = storeOf(opened)
      await store.load('a')
      await store.close()
      await expect(store.load('a')).rejects.toThrow('The session store has been closed.')
      expect(await opened.look('SELECT 1')).toHaveLength(1)
    })
  })

  it('passes the contract with Bun.sql', { timeout: 60_000 }, async () => {
    const suite = fileURLToPath(new URL('./sql/bun.ts', import.meta.url))
    const folder = fileURLToPath(new URL('./sql', import.meta.url))
    const { code, output } = await run(bun(), ['test', '--timeout', '60000', suite], folder, {
      DATABASE_URL: server.url,
    })
    expect(code, output).toBe(0)
    expect(Number(/(\d+) pass/.exec(output)?.[1])).toBeGreaterThanOrEqual(25)
    expect(output).toMatch(/\b0 fail/)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SqlServer } from '../servers/sql.ts'
import { start as startProcess } from '../stasis/process.ts'
import { newRecord, newText } from './redis-setting.ts'
import { deadlocksOf, newTable, type Opened, openers, servers, storeOf } from './sql/setting.ts'

const worker = new URL('./sql/worker.ts', import.meta.url)

describe.each(Object.entries(servers))('%s', (_, { dialect, start, clients }) => {
  let server: SqlServer
  let opened: Opened

  beforeAll(async () => {
    server = await start()
    opened = openers[clients[0]](server.url)
  }, 60_000)
  afterAll(async () => {
    await opened?.end()
    await server?.stop()
  })

  const deadlocks = () => deadlocksOf(opened, dialect)

  it('two processes with 100 parallel increments each lose none, and cause no deadlock', async () => {
    const [table, key] = [newTable(), newText()]
    const { store } = storeOf(opened, { table })
    await store.compareAndSet(key, undefined, newRecord({ payload: '0' }))
    const workers = [1, 2].map(() =>
      startProcess(worker, [clients[0], server.url, table, key, '100']),
    )
    for (const each of workers) expect(await each.next()).toBe('ready')
    for (const each of workers) each.tell('go')
    for (const each of workers) expect(await each.next()).toBe('done')
    expect((await store.load(key))?.payload).toBe('200')
    expect(await deadlocks()).toBe(0)
  })

  it('200 records are created, changed and removed in parallel, while two sweeps run', async () => {
    let time = Date.now()
    const options = { table: newTable(), now: () => time }
    const stores = [storeOf(opened, options).store, storeOf(opened, options).store]
    const keys = Array.from({ length: 200 }, newText)
    const old = { expiresAt: time + 1 }
    const store = stores[0]
    if (!store) throw new Error('There must be two stores.')
    await Promise.all(keys.map((key) => store.compareAndSet(key, undefined, newRecord(old))))
    time += 1
    // Each write replaces an expired record, which the sweeps remove at the same time.
    const life = async (key: string) => {
      const [one, two] = [newRecord(), newRecord()]
      return [
        await store.compareAndSet(key, undefined, one),
        await store.compareAndSet(key, one.version, two),
        await store.compareAndSet(key, two.version, undefined),
      ]
    }
    const [lives] = await Promise.all([
      Promise.all(keys.map(life)),
      ...stores.map((each) => each.prune()),
    ])
    expect(lives.flat().filter((is) => !is)).toEqual([])
    expect(await deadlocks()).toBe(0)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setting, signedIn } from '../hono/setting.ts'
import type { SqlServer } from '../servers/sql.ts'
import { start as startProcess } from '../stasis/process.ts'
import { secret } from './secret.ts'
import { newTable, type Opened, openers, servers, storeOf } from './sql/setting.ts'

const worker = new URL('./sql/within-worker.ts', import.meta.url)

describe.each(Object.entries(servers))('%s', (_, { start, clients }) => {
  const [name] = clients
  let server: SqlServer
  let opened: Opened

  beforeAll(async () => {
    server = await start()
    opened = openers[name](server.url)
  }, 60_000)
  afterAll(async () => {
    await opened?.end()
    await server?.stop()
  })

  /** A user with a cart, and a function that serves this browser from a separate process. */
  async function withCart() {
    const table = newTable().toLowerCase()
    await opened.look(`CREATE TABLE ${table}_orders (cart VARCHAR(64) NOT NULL)`)
    const { store } = storeOf(opened, { table })
    const ada = await signedIn(setting({ store, secret, now: Date.now }).client())
    await ada.post('/put?cart=books')
    const serve = (what: string) =>
      startProcess(worker, [name, server.url, table, ada.cookieHeader, ada.token, what])
    return { ada, serve, ordered: () => opened.look(`SELECT cart FROM ${table}_orders`) }
  }

  it.each([
    ['before', 'saved', { userId: 'ada', cart: 'books' }, 0],
    ['after', 'committed', { userId: 'ada' }, 1],
  ])(
    'a process that is killed %s its commit leaves the order and the cart consistent',
    async (_, what, data, orders) => {
      const { ada, serve, ordered } = await withCart()
      const process = serve(what)
      expect(await process.next()).toBe(what)
      await process.kill()
      expect(await ada.json('/all')).toEqual(data)
      expect(await ordered()).toHaveLength(orders)
      // The lock of the dead process is gone.
      expect((await ada.post('/put?later=1')).status).toBe(200)
      expect(await ada.json('/all')).toEqual({ ...data, later: '1' })
    },
  )

  it('two processes lose no committed and no later increment', { timeout: 60_000 }, async () => {
    const { ada, serve } = await withCart()
    const processes = [serve('count'), serve('count')]
    for (const each of processes) expect(await each.next()).toBe('ready')
    for (const each of processes) each.tell('go')
    for (const each of processes) expect(await each.next()).toBe('done')
    expect(await ada.json('/all')).toMatchObject({ within: 20, after: 40 })
  })
})

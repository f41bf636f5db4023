import assert from 'node:assert/strict'
import { Hono } from 'hono'
import { session } from '../../../packages/orbit/src/middleware.ts'
import type { Session } from '../../../packages/orbit/src/session/session.ts'
import type { Connection } from '../../../packages/orbit/src/stores/sqlite/table.ts'
import { testClient } from '../../../packages/orbit/src/testing/client/create.ts'
import type { ContractRunner } from '../../../packages/orbit/src/testing/contract.ts'
import { secret } from '../secret.ts'
import { Worker } from './processes.ts'
import { alter, begin, countRows, inFolder, type Place, record, until } from './setting.ts'

/** A user with a cart, in an app with this file. */
async function withCart({ open }: Place) {
  let work: (session: Session) => unknown = (session) => session.put('cart', 'books')
  const app = new Hono()
  app.use(session({ store: open(), secret }))
  app.get('/all', (c) => c.json(c.get('session').all()))
  app.get('/put', (c) => {
    c.get('session').put('color', 'red')
    return c.text('done')
  })
  app.post('/work', async (c) => {
    await work(c.get('session'))
    return c.text('done')
  })
  const client = testClient(app)
  await client.get('/all')
  assert.equal((await client.post('/work')).status, 200)
  const all = async () => (await client.get('/all')).json()
  const within = async (handler: typeof work) => {
    work = handler
    return client.post('/work')
  }
  return { client, all, within }
}

const orderBy = (connection: Connection) => connection.exec("INSERT INTO orders VALUES ('books')")

/** `save({ within })` through a connection of the app. */
export function describeTransactionsOfApps({ describe, it }: ContractRunner): void {
  describe('a save within a transaction of SQLite', () => {
    for (const [ends, cart, orders] of [
      ['COMMIT', undefined, 1],
      ['ROLLBACK', 'books', 0],
    ] as const) {
      it(
        `is stored if the transaction commits, and not if it rolls back: ${ends}`,
        inFolder(async (place) => {
          const { all, within } = await withCart(place)
          alter(place.path, 'CREATE TABLE orders (cart TEXT)')
          const own = place.look()
          const response = await within(async (session) => {
            own.exec('BEGIN IMMEDIATE')
            orderBy(own)
            session.forget('cart')
            await session.save({ within: own })
            own.exec(ends)
            session.put('later', 1)
          })
          assert.equal(response.status, 200)
          assert.deepEqual(await all(), { ...(cart ? { cart } : {}), later: 1 })
          const row = own.prepare<{ n: number }>('SELECT count(*) AS n FROM orders').get()
          assert.equal(row?.n, orders)
        }),
      )
    }

    it(
      'works in a database that has attached the database of the sessions',
      inFolder(async (place) => {
        const { all, within } = await withCart(place)
        const own = place.look(`${place.path}.shop`)
        own.exec('CREATE TABLE orders (cart TEXT)')
        // A name that must be quoted.
        own.exec(`ATTACH '${place.path}' AS "the ""sessions"`)
        await within(async (session) => {
          own.exec('BEGIN IMMEDIATE')
          orderBy(own)
          session.forget('cart')
          await session.save({ within: own })
          own.exec('COMMIT')
        })
        assert.deepEqual(await all(), {})
      }),
    )

    it(
      'blocks a write of another request, but not a read',
      inFolder(async (place) => {
        const { client, all, within } = await withCart(place)
        const own = place.look()
        let other: Promise<Response> | undefined
        await within(async (session) => {
          own.exec('BEGIN IMMEDIATE')
          session.forget('cart')
          await session.save({ within: own })
          other = client.copy().get('/put')
          assert.deepEqual(await (await client.copy().get('/all')).json(), { cart: 'books' })
          own.exec('COMMIT')
        })
        assert.equal((await other)?.status, 200)
        assert.deepEqual(await all(), { color: 'red' })
      }),
    )

    it(
      'refuses a connection without a transaction, and a connection to another file',
      inFolder(async (place) => {
        const { all, within } = await withCart(place)
        const [own, other] = [place.look(), place.look(`${place.path}.shop`)]
        other.exec('BEGIN IMMEDIATE')
        const found: unknown[] = []
        await within(async (session) => {
          for (const one of [own, other, {}]) {
            session.forget('cart')
            await session.save({ within: one }).catch((error: unknown) => found.push(error))
          }
        })
        const messages = [
          /did not get an open transaction/,
          /does not contain the sessions/,
          /not get an open trans/,
        ]
        for (const [at, message] of messages.entries()) assert.match(String(found[at]), message)
        assert.deepEqual(await all(), { cart: 'books' })
        // The transaction can continue.
        other.exec('COMMIT')
        own.exec('BEGIN')
        own.exec('ROLLBACK')
      }),
    )

    it(
      'does not prevent closing its connection',
      inFolder(async ({ path, open }) => {
        const store = open()
        await store.ready()
        const { within, rollback } = begin(path)
        const records = await store.within(within)
        await records.load('key')
        rollback()
        assert.throws(() => records.load('key'))
      }),
    )

    for (const [when, count] of [
      ['before', 0],
      ['after', 1],
    ] as const) {
      it(
        `leaves all changes or none if the process is killed ${when} its commit`,
        inFolder(async ({ path, open, look }) => {
          const store = open()
          await store.ready()
          alter(path, 'CREATE TABLE orders (cart TEXT)')
          const worker = new Worker('order', path, 'key', when === 'after' ? 'commits' : 'waits')
          await worker.said(1)
          await worker.kill()
          assert.deepEqual(worker.lines, ['true'])
          const rows = look()
          const row = rows.prepare<{ n: number }>('SELECT count(*) AS n FROM orders').get()
          assert.deepEqual([row?.n, countRows(rows)], [count, count])
          // The lock of the killed process is gone.
          await until(async () => store.compareAndSet('other', undefined, record()))
        }),
      )
    }
  })
}

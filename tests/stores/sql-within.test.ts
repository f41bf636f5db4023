import { type Session, SessionError } from '@gravito/orbit'
import type { Context } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isComplete } from '../extent.ts'
import { deferred } from '../hono/deferred.ts'
import { Clock, setting, signedIn } from '../hono/setting.ts'
import type { SqlServer } from '../servers/sql.ts'
import { type Begun, newTable, type Opened, openers, servers, storeOf } from './sql/setting.ts'

/**
 * `npm test` runs these tests with the client that most apps use. The store contract tests transactions with
 * each client.
 */
const most = isComplete ? 4 : 1

describe.each(Object.entries(servers))('%s', (_, { dialect, start, clients }) => {
  let server: SqlServer

  beforeAll(async () => {
    server = await start()
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
  })

  const tried = clients.filter((name) => !name.includes('serializable')).slice(0, most)

  describe.each(tried)('a save within a transaction of %s', (name) => {
    let opened: Opened
    let orders: string

    beforeAll(() => {
      opened = openers[name](server.url)
    })
    beforeEach(async () => {
      orders = newTable().toLowerCase()
      await opened.look(`CREATE TABLE ${orders} (cart VARCHAR(64) NOT NULL)`)
    })
    afterAll(async () => {
      await opened?.end()
    })

    const ordered = () => opened.look(`SELECT cart FROM ${orders}`)

    function world() {
      const clock = new Clock()
      const { store } = storeOf(opened, { now: clock.now })
      const app = setting({ store, now: clock.now })
      let handle = async (c: Context) => c.notFound()
      app.app.post('/run/:how', (c) => handle(c))
      const run = (handler: typeof handle) => {
        handle = handler
      }
      return { ...app, clock, store, run }
    }

    /** A signed-in user with a cart, in an app with orders. */
    async function withCart() {
      const app = world()
      const ada = await signedIn(app.client())
      await ada.post('/put?cart=books')
      return { app, ada }
    }

    /**
     * Writes the order and the session in one transaction, as an app does. It rolls back if a statement fails.
     */
    async function order(session: Session, after: (begun: Begun) => unknown = () => {}) {
      const begun = await opened.begin()
      try {
        await begun.look(`INSERT INTO ${orders} VALUES ('${session.get('cart')}')`)
        session.forget('cart')
        await session.save({ within: begun.within })
        await after(begun)
        await begun.commit()
      } catch (error) {
        await begun.rollback()
        throw error
      }
    }

    it('is committed together with the order, and is not visible before', async () => {
      const { app, ada } = await withCart()
      await app.within(ada, (session) =>
        order(session, async () => {
          expect(await ada.copy().json('/all')).toEqual({ userId: 'ada', cart: 'books' })
          expect(await ordered()).toHaveLength(0)
        }),
      )
      expect(await ada.json('/all')).toEqual({ userId: 'ada' })
      expect(await ordered()).toHaveLength(1)
    })

    it('is rolled back together with the order, even if the response is a 200, and later changes are stored', async () => {
      const { app, ada } = await withCart()
      const response = await app.answer(ada, async (session) => {
        const refuse = () => {
          throw new Error('the card was refused')
        }
        await order(session, refuse).catch(() => {})
        session.put('tries', 1)
      })
      expect(response.status).toBe(200)
      expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books', tries: 1 })
      expect(await ordered()).toHaveLength(0)
    })

    it('re-applies its changes to what another request has written since the transaction began', async () => {
      const { app, ada } = await withCart()
      const other = ada.copy()
      await app.within(ada, async (session) => {
        session.increment('n')
        const begun = await opened.begin()
        // From here on, the transaction may see only a snapshot of the database.
        await begun.look(`SELECT * FROM ${orders}`)
        await other.post('/put?color=red')
        await session.save({ within: begun.within })
        session.increment('n')
        await session.save({ within: begun.within })
        await begun.commit()
      })
      const data = { userId: 'ada', cart: 'books', color: 'red', n: 2 }
      expect(await ada.json('/all')).toEqual(data)
    })

    it('blocks a sign-out until it commits, and then the session ends', async () => {
      const { app, ada } = await withCart()
      const other = ada.copy()
      const [saved, sent] = [deferred(), deferred()]
      const response = app.answer(ada, (session) =>
        order(session, () => {
          saved.settle()
          return sent.promise
        }),
      )
      await saved.promise
      const out = other.post('/logout')
      const waiting = await Promise.race([
        out.then(() => false),
        new Promise((r) => setTimeout(r, 100, true)),
      ])
      expect(waiting).toBe(true)
      sent.settle()
      expect((await out).status).toBe(200)
      const late = await response
      expect([late.status, late.headers.getSetCookie()]).toEqual([200, []])
      expect(await ada.json('/all')).toEqual({})
      expect(await ordered()).toHaveLength(1)
    })

    it('fails with 409 if the session has ended, and the order is rolled back', async () => {
      const { app, ada } = await withCart()
      const other = ada.copy()
      const response = await app.answer(ada, async (session) => {
        session.get('cart')
        await other.post('/logout')
        await order(session)
      })
      expect(response.status).toBe(409)
      expect(await ordered()).toHaveLength(0)
    })

    it('lets exactly one of several clicks create an order', async () => {
      const { app, ada } = await withCart()
      app.run(async (c) => {
        const session = c.get('session')
        const begun = await opened.begin()
        try {
          await begun.look(`INSERT INTO ${orders} VALUES ('${session.get('cart')}')`)
          session.update('cart', (cart) => {
            if (cart === '') throw new Error('ordered already')
            return ''
          })
          await session.save({ within: begun.within })
          await begun.commit()
          return c.text('ordered')
        } catch {
          await begun.rollback()
          return c.text('ordered already', 409)
        }
      })
      const clicks = Array.from({ length: 5 }, () => ada.copy().post('/run/order'))
      const statuses = (await Promise.all(clicks)).map(({ status }) => status)
      expect(statuses.sort()).toEqual([200, 409, 409, 409, 409])
      expect(await ordered()).toHaveLength(1)
    })

    it('creates the session of a visitor, if it commits', async () => {
      const app = world()
      await app.store.load('table')
      for (const commits of [false, true]) {
        const client = app.client()
        await client.get('/me')
        await app.within(client, async (session) => {
          const begun = await opened.begin()
          session.put('order', 7)
          await session.save({ within: begun.within })
          await (commits ? begun.commit() : begun.rollback())
          session.flash('notice', 'seen')
        })
        expect(await client.json('/all')).toEqual(commits ? { order: 7 } : {})
      }
    })

    it('refuses values that are not an open transaction, and stores nothing', async () => {
      const { app, ada } = await withCart()
      for (const [what, none] of Object.entries(opened.none)) {
        const within = await none()
        const found = app.within(ada, async (session) => {
          session.forget('cart')
          return session.save({ within }).catch((error: unknown) => error)
        })
        expect(await found, what).toMatchObject({
          code: 'session-not-transactional',
          message: expect.stringContaining('did not get an open transaction'),
        })
      }
      expect(await ada.json('/all')).toEqual({ userId: 'ada', cart: 'books' })
    })

    it('keeps exactly the committed changes of nine overlapping requests', {
      timeout: 60_000,
    }, async () => {
      const { app, ada } = await withCart()
      app.run(async (c) => {
        const session = c.get('session')
        const way = c.req.param('how')
        if (way === 'plain') session.increment('plain')
        else {
          const begun = await opened.begin()
          session.increment('within')
          await session.save({ within: begun.within })
          await (way === 'commit' ? begun.commit() : begun.rollback())
          session.increment('after')
        }
        return c.text('done')
      })
      const ways = Array.from({ length: 9 }, (_, at) => ['plain', 'commit', 'undo'][at % 3])
      const statuses = await Promise.all(
        ways.map(async (way) => (await ada.copy().post(`/run/${way}`)).status),
      )
      expect(new Set(statuses)).toEqual(new Set([200]))
      expect(await ada.json('/all')).toMatchObject({ plain: 3, within: 3, after: 6 })
    })
  })

  // On MariaDB the changes are re-applied to the latest row, because its transaction reads that row.
  if (dialect === 'postgres') {
    it('an error of the server keeps its code, so that the app can retry the transaction', async () => {
      const opened = openers.pg(server.url)
      const clock = new Clock()
      const { store } = storeOf(opened, { now: clock.now })
      const app = setting({ store, now: clock.now })
      const ada = await signedIn(app.client())
      const other = ada.copy()
      const codes: unknown[] = []
      await app.within(ada, async (session) => {
        for (let done = false; !done; ) {
          const begun = await opened.begin()
          try {
            await begun.look('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
            await begun.look('SELECT 1')
            if (codes.length === 0) await other.post('/put?color=red')
            session.increment('n')
            await session.save({ within: begun.within })
            await begun.commit()
            done = true
          } catch (error) {
            codes.push(Object(error).code)
            await begun.rollback()
          }
        }
      })
      expect(codes).toEqual(['40001'])
      expect(await ada.json('/all')).toEqual({ userId: 'ada', color: 'red', n: 1 })
      await opened.end()
    })
  }

  it('a transaction in a database without the sessions table is refused with a clear error', async () => {
    const opened = openers[clients[0]](server.url)
    const { store } = storeOf(opened, { createTable: false })
    const { within, rollback } = await opened.begin()
    const error = await Promise.resolve(store.within(within)).then(
      (records) => Promise.resolve(records.load('key')).catch((error: unknown) => error),
      (error: unknown) => error,
    )
    expect(error).not.toBeInstanceOf(SessionError)
    expect(String(error)).toMatch(/^SessionConfigError: The SQL store has no table/)
    await rollback()
    await opened.end()
  })
})

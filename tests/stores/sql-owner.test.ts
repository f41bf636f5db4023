import { OrbitSession, type SessionOptions, session } from '@gravito/orbit'
import { testClient } from '@gravito/orbit/testing'
import { createLogger, PlanetCore } from 'gravito-core'
import { type Context, Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { moveSessions } from '../../packages/orbit/src/move.ts'
import { sqlStore } from '../../packages/orbit/src/stores/sql.ts'
import { readPages } from '../docs/pages.ts'
import { sectionOf } from '../docs/tables.ts'
import type { SqlServer } from '../servers/sql.ts'
import { type Begun, type Opened, openers, servers } from './sql/setting.ts'

/** The query of the recipe, exactly as a reader copies it. */
async function queryOf(server: string): Promise<string> {
  const page = (await readPages()).find(({ path }) => path === 'docs/recipes/database.md')
  if (!page) throw new Error('Cannot find the recipe.')
  const text = sectionOf(page, 'Query who is signed in')
  const queries = [...text.matchAll(/^(.*)\n\n```sql\n([\s\S]*?);\n```/gm)]
  const found = queries.find(([, before = '']) => before.includes(server))
  if (!found?.[2]) throw new Error(`The recipe has no query for ${server}.`)
  return found[2]
}

const routes: Record<string, (c: Context) => unknown> = {
  '/cart': (c) => c.get('session').push('cart', 'milk'),
  '/sign-in/:id': (c) => c.get('session').signIn(Number(c.req.param('id'))),
  '/regenerate': (c) => c.get('session').regenerate(),
  '/sign-out': (c) => c.get('session').signOut(),
}

function install(post: (path: string, handler: (c: Context) => Response) => unknown): void {
  for (const [path, work] of Object.entries(routes)) {
    post(path, (c) => {
      work(c)
      return c.text('done')
    })
  }
}

describe.each(Object.entries(servers))(
  'the list of signed-in users in %s',
  (kind, { start, clients }) => {
    let server: SqlServer
    let opened: Opened
    let query: string
    const clock = { time: Date.now() }

    beforeAll(async () => {
      query = await queryOf(kind)
      server = await start()
      opened = openers[clients[0]](server.url)
      await opened.look('CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL)')
      await opened.look("INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Barbara')")
    }, 60_000)
    afterAll(async () => {
      await opened?.end()
      await server?.stop()
    })

    /** The names of the signed-in users, once per session. */
    async function signedIn(): Promise<string[]> {
      const rows = (await opened.look(query)).map((row) => Object.entries(row))
      return rows.flatMap((row) => {
        const { name, sessions } = Object.fromEntries(row)
        return Array.from({ length: Number(sessions) }, () => String(name))
      })
    }

    const options = (): SessionOptions => ({
      driver: 'database',
      database: { client: opened.client, createTable: true, ownerColumn: true },
      now: () => clock.time,
      logger: { warn() {}, error() {} },
    })

    it('comes from the join in the recipe, with each active session once', async () => {
      const app = new Hono()
      const sessions = session(options())
      await sessions.ready()
      app.use(sessions)
      install((path, handler) => app.post(path, handler))
      const [phone, laptop, grace, visitor] = [1, 2, 3, 4].map(() => testClient(app))
      await visitor?.post('/cart')
      await phone?.post('/sign-in/1')
      await laptop?.post('/sign-in/1')
      await grace?.post('/sign-in/2')
      expect(await signedIn()).toEqual(['Ada', 'Ada', 'Grace'])

      // The record under the old id is kept for ten seconds.
      await phone?.post('/regenerate')
      expect(await signedIn()).toEqual(['Ada', 'Ada', 'Grace'])
      await laptop?.post('/sign-out')
      expect(await signedIn()).toEqual(['Ada', 'Grace'])
      await grace?.post('/sign-in/3')
      expect(await signedIn()).toEqual(['Ada', 'Barbara'])
      await sessions.sessions.of(3).endAll()
      expect(await signedIn()).toEqual(['Ada'])

      // This session has expired by the clock of the database, which the query uses.
      clock.time -= 31 * 60_000
      await testClient(app).post('/sign-in/2')
      expect(await signedIn()).toEqual(['Ada'])
      await sessions.close()
      expect(await opened.look('SELECT 1')).toHaveLength(1)
    })

    it('is right after a save within a transaction, whether it commits or rolls back', async () => {
      clock.time = Date.now()
      const sessions = session(options())
      const app = new Hono()
      app.use(sessions)
      install((path, handler) => app.post(path, handler))
      let end = async (_: Begun): Promise<unknown> => undefined
      app.post('/order', async (c) => {
        const begun = await opened.begin()
        c.get('session').increment('orders')
        await c.get('session').save({ within: begun.within })
        await end(begun)
        return c.text('done')
      })
      const before = await signedIn()
      const [grace, visitor] = [testClient(app), testClient(app)]
      await grace.post('/sign-in/2')
      const expected = [...before, 'Grace'].sort()
      for (const how of ['commit', 'rollback'] as const) {
        end = (begun) => begun[how]()
        for (const client of [grace, visitor]) await client.post('/order')
        expect((await signedIn()).sort()).toEqual(expected)
      }
      // The sign-out waits for the transaction, and then takes effect.
      let out: unknown
      end = async (begun) => {
        out = grace.post('/sign-out')
        await begun.commit()
      }
      await grace.post('/order')
      await out
      expect((await signedIn()).sort()).toEqual([...before].sort())
      await sessions.close()
    })

    it('is right immediately after a move from another table that has the owner column', async () => {
      clock.time = Date.now()
      const own = {
        client: opened.client,
        createTable: true,
        ownerColumn: true,
        now: options().now,
      }
      const [from, to] = [sqlStore({ ...own, table: 'old_sessions' }), sqlStore(own)]
      const sessions = session({
        ...options(),
        driver: undefined,
        database: undefined,
        store: from,
      })
      const app = new Hono()
      app.use(sessions)
      install((path, handler) => app.post(path, handler))
      const before = await signedIn()
      await testClient(app).post('/sign-in/2')
      await moveSessions({ from, to })
      expect((await signedIn()).sort()).toEqual([...before, 'Grace'].sort())
      await Promise.all([from.close(), to.close()])
    })

    it('works in a Gravito app with driver: "database"', async () => {
      clock.time = Date.now()
      const core = await PlanetCore.boot({
        config: { session: options() },
        orbits: [new OrbitSession()],
        routes: (router) => install((path, handler) => router.post(path, handler)),
        logger: createLogger('silent'),
      })
      await testClient(core).post('/sign-in/3')
      expect(await signedIn()).toContain('Barbara')
      await core.sessions.of(3).endAll()
      expect(await signedIn()).not.toContain('Barbara')
      await core.shutdown()
    })
  },
)

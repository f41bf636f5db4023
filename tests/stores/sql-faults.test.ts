import { type TestClient, testClient } from '@gravito/orbit/testing'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { session } from '../../packages/orbit/src/index.ts'
import type { SqlServer } from '../servers/sql.ts'
import { type Client, type Opened, openers, servers, storeOf } from './sql/setting.ts'

const people = 8

/** What an active user has seen: the counts that a response confirmed, and the number of 503s. */
interface Seen {
  confirmed: number
  failed: number
}

const cases: Array<[Client, 'PostgreSQL' | 'MariaDB', string[]]> = [
  ['pg', 'PostgreSQL', ['-c', 'fsync=on', '-c', 'synchronous_commit=on']],
  ['postgres.js', 'PostgreSQL', ['-c', 'fsync=on', '-c', 'synchronous_commit=on']],
  ['mysql2/promise', 'MariaDB', ['--innodb-flush-log-at-trx-commit=1']],
]

describe.each(cases)('an app with %s on %s that is killed under load', (client, kind, args) => {
  let server: SqlServer
  let opened: Opened

  beforeAll(async () => {
    server = await servers[kind].start(args)
    opened = openers[client](server.url)
  }, 60_000)
  afterAll(async () => {
    await opened?.end()
    await server?.stop()
  })

  it('returns 503, recovers by itself, and has all confirmed data', {
    timeout: 60_000,
  }, async () => {
    const { store } = storeOf(opened)
    const app = new Hono()
    const sessions = session({ store, logger: { warn() {}, error() {} } })
    app.use(sessions)
    app.get('/visits', (c) => c.json(c.get('session').get('visits') ?? 0))
    app.post('/visit', (c) => c.json(c.get('session').increment('visits')))
    await sessions.ready()

    let isOver = false
    async function click(person: TestClient, seen: Seen): Promise<void> {
      while (!isOver) {
        const { status } = await person.post('/visit')
        if (status === 200) seen.confirmed += 1
        else seen.failed += 1
        expect([200, 503]).toContain(status)
        if (status !== 200) await wait(20)
      }
    }
    const clients = Array.from({ length: people }, () => testClient(app))
    for (const person of clients) await person.post('/visit')
    const seen = clients.map((): Seen => ({ confirmed: 1, failed: 0 }))
    const clicks = clients.map((person, at) =>
      click(person, seen[at] ?? { confirmed: 0, failed: 0 }),
    )

    await wait(500)
    await server.kill()
    await wait(700)
    await server.restart()
    const before = seen.map(({ confirmed }) => confirmed)
    await expect
      .poll(() => seen.every(({ confirmed }, at) => confirmed > (before[at] ?? 0)), {
        timeout: 20_000,
      })
      .toBe(true)
    isOver = true
    await Promise.all(clicks)

    for (const [at, person] of clients.entries()) {
      const { confirmed = 0, failed = 0 } = seen[at] ?? {}
      const visits = Number(await (await person.get('/visits')).json())
      expect(failed).toBeGreaterThan(0)
      // A write whose response was lost may have happened or not.
      expect(visits).toBeGreaterThanOrEqual(confirmed)
      expect(visits).toBeLessThanOrEqual(confirmed + failed)
    }
    await sessions.close()
  })
})

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

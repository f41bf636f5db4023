import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statementsOf } from '../../packages/orbit/src/stores/sql/dialects.ts'
import { sessionsTable, sqlStore } from '../../packages/orbit/src/stores/sql.ts'
import type { SqlServer } from '../servers/sql.ts'
import { failureOf, newRecord } from './redis-setting.ts'
import { newTable, type Opened, openers, quoted, servers, storeOf } from './sql/setting.ts'

/** The error of the check at boot. */
const refusal = (opened: Opened, options: Parameters<typeof storeOf>[1] = {}) =>
  failureOf(Promise.resolve(storeOf(opened, { createTable: false, ...options }).store.ready()))

describe.each(Object.entries(servers))('%s', (kind, { dialect, start, clients }) => {
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

  const makeBy = async (change: (sql: string) => string) => {
    const table = newTable()
    const made = change(sessionsTable({ dialect, table }))
    for (const text of made.split(/;\n/).filter(Boolean)) await opened.look(text)
    return table
  }

  it('a missing table is refused at boot, with the SQL that creates it', async () => {
    const table = newTable()
    const message = await refusal(opened, { table })
    expect(message).toMatch(/^The SQL store has no table: .+ Run this once/)
    const [first = ''] = sessionsTable({ dialect, table }).replace(/\s+/g, ' ').split('; ')
    expect(message).toContain(first)
    expect(
      await failureOf(
        Promise.resolve(storeOf(opened, { table, createTable: false }).store.load('a')),
      ),
    ).toBe(message)
  })

  it('the SQL of the migration creates a valid table, and can run twice', async () => {
    const table = await makeBy((sql) => sql + sql)
    const { store, warnings } = storeOf(opened, { table, createTable: false })
    await store.ready()
    expect(warnings).toEqual([])
  })

  it('a table in another schema is created and used there', async () => {
    await opened.look(`CREATE SCHEMA ${quoted(dialect, 'Other')}`)
    const { store, table } = storeOf(opened, { schema: 'Other' })
    await store.ready()
    await store.compareAndSet('a', undefined, newRecord())
    const name = [`Other`, table].map((one) => quoted(dialect, one)).join('.')
    expect(await opened.look(`SELECT 1 FROM ${name}`)).toHaveLength(1)
  })

  it('a missing schema is refused', async () => {
    expect(await refusal(opened, { schema: 'nowhere', createTable: true })).toMatch(/nowhere/)
  })

  const q = (name: string) => quoted(dialect, name)
  const faults: Record<string, [change: (sql: string) => string, says: RegExp]> = {
    'lacks a column': [
      (sql) => sql.replace(q('evictable'), q('droppable')),
      /is not one that the SQL store can use.*evictable/,
    ],
    'accepts a key twice': [
      (sql) => sql.replace(' PRIMARY KEY', ''),
      dialect === 'mysql'
        ? /accepts the same key twice/
        : /is not one that the SQL store can use.*unique/,
    ],
    'is too short for a version': [
      (sql) => sql.replace(/(version\S) \w+(\(64\))?/, '$1 varchar(8)'),
      /is not one that the SQL store can use: .*(too long|version)/,
    ],
    'rounds times': [
      (sql) => sql.replace(/(expires_at\S) (DOUBLE|double precision)/, '$1 bigint'),
      dialect === 'mysql'
        ? /returns other values/
        : /is not one that the SQL store can use.*bigint/,
    ],
  }
  it.each(Object.entries(faults))(
    'a table that %s is refused at boot',
    async (_, [change, says]) => {
      expect(await refusal(opened, { table: await makeBy(change) })).toMatch(says)
    },
  )

  it('a table with the column for the user passes', async () => {
    const { store, warnings } = storeOf(opened, { ownerColumn: true })
    await store.ready()
    expect(warnings).toEqual([])
  })

  it('a table without that column is refused, with the SQL that adds it', async () => {
    const table = await makeBy((sql) => sql)
    const own = { table, ownerColumn: true }
    const message = await refusal(opened, own)
    expect(message).toMatch(/^The table \w+ of the SQL store has no column "owner": /)
    const [, sql = ''] = /Run this once, .*: (ALTER TABLE .*;)$/.exec(message) ?? []
    for (const text of sql.split(';').filter(Boolean)) await opened.look(text)
    const { store, warnings } = storeOf(opened, { ...own, createTable: false })
    await store.ready()
    expect(warnings).toEqual([])
  })

  it('a column for the user that is too short for the user id is refused', async () => {
    const table = newTable()
    const made = sessionsTable({ dialect, table, ownerColumn: true })
    const short = made.replace(/(owner\S) (VARCHAR\(255\)|text)/, '$1 varchar(36)')
    for (const text of short.split(/;\n/).filter(Boolean)) await opened.look(text)
    expect(await refusal(opened, { table, ownerColumn: true })).toMatch(
      /is not one that the SQL store can use: .*too long/,
    )
  })

  it('several processes that boot at once create one table', async () => {
    const table = newTable()
    const pools = Array.from({ length: 12 }, () => openers[clients[0]](server.url))
    const stores = pools.map((pool) => storeOf(pool, { table }))
    await Promise.all(stores.map(({ store }) => store.ready()))
    expect(stores.flatMap(({ warnings }) => warnings)).toEqual([])
    for (const pool of pools) await pool.end()
  })

  it('a server that is down does not stop the boot, and the errors of calls say why', async () => {
    const away = openers[clients[0]](server.url.replace(/:\d+\//, ':1/'))
    const { store, warnings } = storeOf(away)
    await store.ready()
    expect(warnings).toEqual([
      expect.stringMatching(/^The SQL server cannot keep sessions now: .*ECONNREFUSED/),
    ])
    expect(await failureOf(Promise.resolve(store.load('a')))).toMatch(/ECONNREFUSED/)
    await away.end()
  })

  it('a user without permissions is refused', async () => {
    const table = await makeBy((sql) => sql)
    const [make, grant] =
      dialect === 'mysql'
        ? [
            `CREATE USER 'weak'@'127.0.0.1'`,
            `GRANT SELECT, INSERT ON ${q(table)} TO 'weak'@'127.0.0.1'`,
          ]
        : ['CREATE ROLE weak LOGIN', `GRANT SELECT, INSERT ON ${q(table)} TO weak`]
    await opened.look(make)
    await opened.look(grant)
    const weak = openers[clients[0]](server.url.replace(/\w+@/, 'weak@'))
    expect(await refusal(weak, { table })).toMatch(
      /^The SQL server refuses what sessions need: .*The user of database.client needs SELECT, INSERT, UPDATE and DELETE/,
    )
    await weak.end()
  })

  it(`a read-only ${kind}, such as a replica, gets a specific error`, async () => {
    const table = await makeBy((sql) => sql)
    const replica =
      dialect === 'mysql'
        ? openers['mysql2/promise'](server.url)
        : openedOf(
            new Pool({
              connectionString: server.url,
              options: '-c default_transaction_read_only=on',
            }),
          )
    if (dialect === 'mysql') {
      await opened.look("CREATE USER 'app'@'127.0.0.1'")
      await opened.look("GRANT ALL ON mysql.* TO 'app'@'127.0.0.1'")
      await opened.look('SET GLOBAL read_only = 1')
    }
    const asApp =
      dialect === 'mysql' ? openers[clients[0]](server.url.replace('root@', 'app@')) : replica
    const { store, warnings } = storeOf(asApp, { table })
    const advice = /is read-only, like a replica: .* Sessions need the primary/
    await store.ready()
    expect(warnings).toEqual([expect.stringMatching(advice)])
    expect(
      await failureOf(Promise.resolve(store.compareAndSet('a', undefined, newRecord()))),
    ).toMatch(advice)
    if (dialect === 'mysql') {
      // Like a client that writes to the primary and reads from a replica: this user may write here.
      const both = storeOf(opened, { table, createTable: false }).store
      const message = await failureOf(Promise.resolve(both.ready()))
      await opened.look('SET GLOBAL read_only = 0')
      expect(message).toMatch(/^The SQL client reads from a replica/)
    }
    for (const one of new Set([replica, asApp])) await one.end()
  })
})

const notBegun = () => Promise.reject(new Error('No test begins a transaction here.'))

function openedOf(pool: Pool): Opened {
  return {
    client: pool,
    look: async (text) => (await pool.query(text)).rows,
    end: () => pool.end(),
    begin: notBegun,
    none: {},
  }
}

describe('the statements for MariaDB and MySQL', () => {
  let server: SqlServer

  beforeAll(async () => {
    server = await servers.MariaDB.start()
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
  })

  it('find rows by their keys only, so that they lock rows in the same order and cause no deadlock', async () => {
    const pool = createPool(server.url)
    const { store, table } = storeOf({
      client: pool,
      look: async () => [],
      end: () => pool.end(),
      begin: notBegun,
      none: {},
    })
    await store.ready()
    const place = { dialect: 'mysql', table, schema: undefined, ownerColumn: false } as const
    const { load, revive, replace, remove, removeKeys } = statementsOf(place)
    for (const text of [load, revive ?? '', replace, remove, removeKeys]) {
      const values = Array.from(text.matchAll(/\?/g), () => '1')
      const [rows] = await pool.query(`EXPLAIN ${text}`, values)
      const [plan] = Array.isArray(rows) ? rows : []
      expect([null, 'PRIMARY']).toContain(Object(plan).possible_keys)
    }
    await pool.end()
  })
})

describe('MariaDB with a table that changes values', () => {
  let server: SqlServer
  const url = () => server.url

  beforeAll(async () => {
    server = await servers.MariaDB.start(['--sql-mode='])
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
  })

  async function refusalOf(change: (sql: string) => string, options: { charset?: string } = {}) {
    const pool = createPool({ uri: url(), ...options })
    const table = newTable()
    await pool.query(change(sessionsTable({ dialect: 'mysql', table })).replace(/;\n$/, ''))
    try {
      return await failureOf(
        Promise.resolve(sqlStore({ client: pool, table, warn: () => {} }).ready()),
      )
    } finally {
      await pool.end()
    }
  }

  it.each([
    ['a payload of 64 KiB', 'LONGTEXT', 'TEXT', /cuts or changes payloads/],
    [
      'three bytes of a character',
      'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
      'CHARACTER SET utf8mb3',
      /cuts or changes payloads/,
    ],
    ['keys that ignore case', 'ascii_bin', 'ascii_general_ci', /ignores the case of keys/],
    [
      'versions that ignore case',
      /(`version`.*)ascii_bin/,
      '$1ascii_general_ci',
      /ignores the case of versions/,
    ],
  ])('is refused at boot: %s', async (_, from, to, says) => {
    expect(await refusalOf((sql) => sql.replace(from, to))).toMatch(says)
  })

  it('is refused at boot: a connection that cannot represent some characters', async () => {
    expect(await refusalOf((sql) => sql, { charset: 'latin1' })).toMatch(/cuts or changes payloads/)
  })
})

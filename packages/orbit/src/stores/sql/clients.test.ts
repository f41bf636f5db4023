import { inspect } from 'node:util'
import type { Pool as CallbackPool } from 'mysql2'
import type { Connection, Pool as PromisePool } from 'mysql2/promise'
import { type Client, Pool } from 'pg'
import type { Sql } from 'postgres'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { SessionConfigError } from '../../errors.ts'
import { type SqlClient, sqlStore } from '../sql.ts'

/** The error of the factory for these options, which may have a wrong type. */
function refusal(options: unknown): string {
  try {
    Reflect.apply(sqlStore, undefined, [options])
  } catch (error) {
    return String(error)
  }
  throw new Error('The options were accepted.')
}

const query = async () => ({ rows: [] })
const accepted =
  /^SessionConfigError: database\.client is not a client that can keep sessions\. Pass a Pool of "pg", .*: the client itself/

describe('sqlStore', () => {
  it.each([
    ['no client', {}],
    ['an address', { client: 'postgres://user:secret@db/shop' }],
    ['the options of a client', { client: { host: 'db', password: 'secret' } }],
    ['a promise of a client', { client: Promise.resolve({ query }) }],
    ['a pool of the package "mariadb"', { client: { query, execute: query, batch: query } }],
    ['a client of another kind', { client: { select: query } }],
  ])('refuses %s at once, and names the accepted clients', (_, options) => {
    expect(refusal(options)).toMatch(accepted)
    expect(refusal(options)).not.toContain('secret')
  })

  it.each([
    ['a pool instead of the options', new Pool(), /client/],
    ['nothing', undefined, /takes an object of options/],
    ['an address instead of the options', 'postgres://u:secret@db', /takes an object of options/],
    ['a function without a dialect', { client: { query } }, /database\.dialect is required/],
    [
      'a dialect that is not the client’s',
      { client: new Pool(), dialect: 'mysql' },
      /database\.dialect is "mysql", but the client is for postgres/,
    ],
    ['an unknown dialect', { client: { query }, dialect: 'oracle' }, /"postgres", "mysql"/],
    [
      'a table with a dot',
      { client: new Pool(), table: 'app.sessions' },
      /database\.table is .*letters/,
    ],
    ['a table with a quote', { client: new Pool(), table: 'a"; DROP TABLE b' }, /database\.table/],
    ['a table with a long name', { client: new Pool(), table: 'a'.repeat(51) }, /1 to 50/],
    ['a schema with a digit first', { client: new Pool(), schema: '1a' }, /database\.schema/],
    ['an interval of 0', { client: new Pool(), sweepIntervalSeconds: 0 }, /sweepInterval/],
    [
      'a Bun.sql of SQLite',
      { client: { unsafe: query, begin: query, options: { adapter: 'sqlite' } } },
      /sqliteStore/,
    ],
  ])('refuses %s', (_, options, says) => {
    expect(refusal(options)).toMatch(/^SessionConfigError: (?:database|sqlStore)/)
    expect(refusal(options)).toMatch(says)
    expect(refusal(options)).not.toContain('secret')
  })

  it('throws a clear error if the function does not return rows', async () => {
    const client = { query: async () => Object([]) }
    const store = sqlStore({ client, dialect: 'postgres', warn: () => {} })
    await expect(store.load('a')).rejects.toThrow('must return a promise of { rows, rowCount }')
    await expect(store.ready()).rejects.toBeInstanceOf(SessionConfigError)
    await store.close()
  })

  it('keeps details of a record out of its errors', async () => {
    const client = {
      query: async () => {
        const details = { code: '23514', detail: 'Failing row contains (secret).', table: 'a' }
        throw Object.assign(new Error('new row violates a check'), details)
      },
    }
    const store = sqlStore({ client, dialect: 'postgres' })
    const error = await Promise.resolve(store.load('a')).catch((error: unknown) => error)
    expect(error).toEqual(new Error('new row violates a check'))
    expect(Object.keys(Object(error))).toEqual([])
    await store.close()
  })

  it.each([
    ['a deadlock', '40001', 'could not serialize access'],
    ['anything else', '23514', 'new row violates a check'],
  ])(
    'keeps the record out of the error of an ORM within a transaction: %s',
    async (_, code, says) => {
      const record = { version: 'v', payload: 's2.a record of Ada, whose cart has books' }
      const server = Object.assign(new Error(says), { code })
      const client = {
        query: async (text: string, values: unknown[]) => {
          if (!text.startsWith('UPDATE')) return { rows: [] }
          throw new Error(`Failed query: ${text} params: ${values.join()}`, { cause: server })
        },
      }
      const store = sqlStore({ client, dialect: 'postgres' })
      const error = await Promise.resolve(store.within(client))
        .then((records) => records.compareAndSet('a', 'v', record))
        .catch((error: unknown) => error)
      expect(inspect(error, { showHidden: true })).not.toContain('Ada')
      expect(error).toMatchObject({ message: says, code })
      await store.close()
    },
  )

  it('finds the error of the server inside the error of an ORM', async () => {
    const server = Object.assign(new Error('relation "sessions" does not exist'), { code: '42P01' })
    const wrapped = new Error('Failed query: params: secret', { cause: server })
    const adapter = { cause: { originalCode: '42P01', originalMessage: server.message } }
    const prisma = Object.assign(new Error('Invalid `prisma`'), {
      code: 'P2010',
      meta: { driverAdapterError: adapter },
    })
    for (const error of [server, wrapped, prisma]) {
      const store = sqlStore({
        client: { query: () => Promise.reject(error) },
        dialect: 'postgres',
      })
      await expect(store.load('a')).rejects.toThrow(
        /^The SQL store has no table: relation "sessions" does not exist\. Run this once/,
      )
      await store.close()
    }
  })

  it('still removes expired records if a client never settles one of its statements', async () => {
    let removals = 0
    const client = {
      query(text: string) {
        if (!text.startsWith('DELETE')) return Promise.resolve({ rows: [], rowCount: 1 })
        removals += 1
        return new Promise<never>(() => {})
      },
    }
    const store = sqlStore({ client, dialect: 'postgres', sweepIntervalSeconds: 0.005 })
    await store.load('a')
    await expect.poll(() => removals).toBeGreaterThan(2)
    await store.close()
    const last = removals
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(removals).toBe(last)
  })

  it('refuses an id of a user that the column would truncate, and does not quote it', async () => {
    const client = { query: async () => ({ rows: [], rowCount: 1 }) }
    const store = sqlStore({ client, dialect: 'postgres', ownerColumn: true })
    const put = (owner: string) =>
      store.compareAndSet('a', undefined, { version: 'v', payload: 'p', owner })
    await expect(put('x'.repeat(255))).resolves.toBe(true)
    await expect(put('x'.repeat(256))).rejects.toThrow(
      /^The id of a user has 256 characters, but the column "owner" has room for 255\. Use a shorter id, or set ownerColumn: false\.$/,
    )
    await store.close()
  })

  it('listens to the errors of a pool of pg once, because they would end the process', () => {
    const pool = new Pool()
    for (const _ of [1, 2]) sqlStore({ client: pool })
    expect(pool.listenerCount('error')).toBe(1)
    const heard = new Pool()
    heard.on('error', () => {})
    sqlStore({ client: heard })
    expect(heard.listenerCount('error')).toBe(1)
  })
})

describe('the type of a client', () => {
  it('accepts the clients that the store accepts, and no others', () => {
    expectTypeOf<Pool>().toExtend<SqlClient>()
    expectTypeOf<Client>().toExtend<SqlClient>()
    expectTypeOf<Sql>().toExtend<SqlClient>()
    expectTypeOf<PromisePool>().toExtend<SqlClient>()
    expectTypeOf<Connection>().toExtend<SqlClient>()
    expectTypeOf<CallbackPool>().toExtend<SqlClient>()
    expectTypeOf<object>().not.toExtend<SqlClient>()
    expectTypeOf<string>().not.toExtend<SqlClient>()
    expectTypeOf<Promise<Pool>>().not.toExtend<SqlClient>()
  })
})

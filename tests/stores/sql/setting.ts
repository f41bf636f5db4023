import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js'
import {
  CompiledQuery,
  Kysely,
  type Dialect as KyselyDialect,
  MysqlDialect,
  PostgresDialect,
} from 'kysely'
import {
  type Pool as CallbackPool,
  createPool as createCallbackPool,
  type PoolConnection,
} from 'mysql2'
import { type Connection, createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import postgres, { type Sql } from 'postgres'
import { type SqlClient, sqlStore } from '../../../packages/orbit/src/stores/sql.ts'
import type { WalkableStore } from '../../../packages/orbit/src/stores/store.ts'
import { deferred } from '../../hono/deferred.ts'
import { type SqlServer, startMariadb, startPostgres } from '../../servers/sql.ts'

type Dialect = 'postgres' | 'mysql'

/** A client of an app, and a way to query the database directly. */
export interface Opened {
  readonly client: SqlClient
  readonly dialect?: Dialect
  /** Runs a statement without values, and returns its rows. */
  look(text: string): Promise<object[]>
  end(): Promise<unknown>
  /** Begins a transaction as an app does. */
  begin(): Promise<Begun>
  /** Objects that look like a transaction but are not one. */
  readonly none: Readonly<Record<string, () => Promise<object>>>
}

/** A transaction that has begun. */
export interface Begun {
  readonly within: object
  /** Runs a statement without values in it, and returns its rows. */
  look(text: string): Promise<object[]>
  commit(): Promise<unknown>
  rollback(): Promise<unknown>
}

/** The ways in which apps connect. */
export const openers = {
  pg: (url: string): Opened => pgOf(url),
  'pg, serializable': (url: string): Opened =>
    pgOf(url, '-c default_transaction_isolation=serializable'),
  'postgres.js': (url: string): Opened => postgresJsOf(url),
  'postgres.js, which renames columns': (url: string): Opened =>
    postgresJsOf(url, postgres.toPascal),
  'a function of PostgreSQL': (url: string): Opened => {
    const opened = pgOf(url)
    const { pool } = opened
    const queryOf = (client: Queries) => async (text: string, values: unknown[]) => {
      const { rows, rowCount } = await client.query(text, values)
      return { rows, rowCount }
    }
    const begin = async () => {
      const { client, ...begun } = await beginPg(pool)
      return { ...begun, within: { query: queryOf(client) } }
    }
    const client = { query: queryOf(pool) }
    return { ...opened, client, dialect: 'postgres', begin, none: { itself: async () => client } }
  },
  'mysql2/promise': (url: string): Opened => mysqlOf(url),
  'mysql2/promise, which counts changed rows': (url: string): Opened =>
    mysqlOf(url, ['-FOUND_ROWS']),
  mysql2: (url: string): Opened =>
    ofCallbackPool(createCallbackPool({ uri: url, connectionLimit: 20 })),
  'a function of MariaDB': (url: string): Opened => {
    const { pool, ...opened } = mysqlOf(url)
    const queryOf =
      (client: Pick<typeof pool, 'query'>) => async (text: string, values: unknown[]) => {
        const [result] = await client.query(text, values)
        return Array.isArray(result)
          ? { rows: result.map((row) => Object(row)) }
          : { rows: [], affectedRows: result.affectedRows }
      }
    const begin = async () => {
      const connection = await pool.getConnection()
      const begun = await beginMysql(connection, () => connection.release())
      return { ...begun, within: { query: queryOf(connection) } }
    }
    const client = { query: queryOf(pool) }
    return { ...opened, client, dialect: 'mysql', begin, none: { itself: async () => client } }
  },
  'Drizzle on pg': (url: string): Opened => {
    const { $client: client } = drizzlePg({ connection: { connectionString: url, max: 20 } })
    return ofPool(client)
  },
  'Drizzle on postgres.js': (url: string): Opened => {
    const connection = { url, max: 20, onnotice: () => {} }
    const { $client: client } = drizzlePostgresJs({ connection })
    return ofSql(client)
  },
  'Drizzle on mysql2': (url: string): Opened => {
    const { $client: client } = drizzleMysql({ connection: { uri: url, connectionLimit: 20 } })
    return ofCallbackPool(client)
  },
  'Kysely on PostgreSQL': (url: string): Opened => {
    const pool = new Pool({ connectionString: url, max: 20 })
    return kyselyOf(new PostgresDialect({ pool }), 'postgres')
  },
  'Kysely on MariaDB': (url: string): Opened => {
    const pool = createCallbackPool({ uri: url, connectionLimit: 20 })
    return kyselyOf(new MysqlDialect({ pool }), 'mysql')
  },
}
export type Client = keyof typeof openers

/** Exactly as in the recipe of the docs. */
function kyselyOf(dialect: KyselyDialect, name: Dialect): Opened {
  const db = new Kysely<object>({ dialect })
  const queryOf = (db: Kysely<object>) => async (text: string, values: unknown[]) => {
    const { rows, numAffectedRows } = await db.executeQuery<object>(CompiledQuery.raw(text, values))
    return { rows, rowCount: Number(numAffectedRows ?? 0) }
  }
  const lookBy = (query: ReturnType<typeof queryOf>) => async (text: string) =>
    (await query(text, [])).rows
  const client = { query: queryOf(db) }
  const begin = async () => {
    const transaction = await db.startTransaction().execute()
    const query = queryOf(transaction)
    return {
      within: { query },
      look: lookBy(query),
      commit: () => transaction.commit().execute(),
      rollback: () => transaction.rollback().execute(),
    }
  }
  return {
    client,
    dialect: name,
    look: lookBy(client.query),
    end: () => db.destroy(),
    begin,
    none: { itself: async () => client },
  }
}

export const isClient = (name: string): name is Client => name in openers

interface Queries {
  query(text: string, values?: unknown[]): Promise<{ rows: object[]; rowCount: number | null }>
}

function pgOf(url: string, options?: string) {
  return ofPool(new Pool({ connectionString: url, max: 20, options }))
}

function ofPool(pool: Pool) {
  const look = async (text: string): Promise<object[]> => (await pool.query(text)).rows
  const idle = async () => {
    const client = await pool.connect()
    client.release()
    return client
  }
  const none = { pool: async () => pool, 'client without BEGIN': idle }
  return { pool, client: pool, look, end: () => pool.end(), begin: () => beginPg(pool), none }
}

async function beginPg(pool: Pool) {
  const client = await pool.connect()
  await client.query('BEGIN')
  const end = (text: string) => async () => {
    await client.query(text)
    client.release()
  }
  const look = async (text: string): Promise<object[]> => (await client.query(text)).rows
  return { client, within: client, look, commit: end('COMMIT'), rollback: end('ROLLBACK') }
}

function postgresJsOf(url: string, transform = {}): Opened {
  return ofSql(postgres(url, { max: 20, onnotice: () => {}, transform }))
}

function ofSql(client: Sql): Opened {
  const begin = () =>
    new Promise<Begun>((resolve, reject) => {
      const undone = new Error('The test rolls back.')
      const ending = deferred<boolean>()
      const done = client.begin(async (tx) => {
        const end = (commits: boolean) => () => {
          ending.settle(commits)
          return done.catch((error) => {
            if (error !== undone) throw error
          })
        }
        resolve({
          within: tx,
          look: (text) => tx.unsafe(text),
          commit: end(true),
          rollback: end(false),
        })
        if (!(await ending.promise)) throw undone
      })
      done.catch(reject)
    })
  return {
    client,
    look: (text) => client.unsafe(text),
    end: () => client.end({ timeout: 1 }),
    begin,
    none: { 'sql before begin': async () => client },
  }
}

function ofCallbackPool(client: CallbackPool): Opened {
  const promising = client.promise()
  const connect = () =>
    new Promise<PoolConnection>((resolve, reject) => {
      client.getConnection((error, connection) => (error ? reject(error) : resolve(connection)))
    })
  const begin = async () => {
    const within = await connect()
    return { ...(await beginMysql(within.promise(), () => within.release())), within }
  }
  const look = (text: string) => looked(promising.query(text))
  return { client, look, end: () => promising.end(), begin, none: { pool: async () => client } }
}

function mysqlOf(url: string, flags: string[] = []) {
  const pool = createPool({ uri: url, connectionLimit: 20, flags })
  const begin = async () => {
    const within = await pool.getConnection()
    return { ...(await beginMysql(within, () => within.release())), within }
  }
  const idle = async () => {
    const connection = await pool.getConnection()
    connection.release()
    return connection
  }
  const none = { pool: async () => pool, 'connection without a transaction': idle }
  const look = (text: string) => looked(pool.query(text))
  return { pool, client: pool, look, end: () => pool.end(), begin, none }
}

async function beginMysql(connection: Connection, release: () => void) {
  await connection.beginTransaction()
  return {
    look: (text: string) => looked(connection.query(text)),
    commit: () => connection.commit().finally(release),
    rollback: () => connection.rollback().finally(release),
  }
}

async function looked(answer: Promise<[unknown, unknown]>): Promise<object[]> {
  const [rows] = await answer
  return Array.isArray(rows) ? rows : []
}

interface Kind {
  readonly dialect: Dialect
  readonly start: (args?: string[]) => Promise<SqlServer>
  /** The clients. Most apps use the first one. */
  readonly clients: readonly [Client, ...Client[]]
}

export const servers: Readonly<Record<'PostgreSQL' | 'MariaDB', Kind>> = {
  PostgreSQL: {
    dialect: 'postgres',
    start: startPostgres,
    clients: [
      'pg',
      'pg, serializable',
      'postgres.js',
      'postgres.js, which renames columns',
      'a function of PostgreSQL',
      'Drizzle on pg',
      'Drizzle on postgres.js',
      'Kysely on PostgreSQL',
    ],
  },
  MariaDB: {
    dialect: 'mysql',
    start: startMariadb,
    clients: [
      'mysql2/promise',
      'mysql2/promise, which counts changed rows',
      'mysql2',
      'a function of MariaDB',
      'Drizzle on mysql2',
      'Kysely on MariaDB',
    ],
  },
}

export const quoted = (dialect: Dialect, name: string) =>
  dialect === 'mysql' ? `\`${name}\`` : `"${name}"`

let tables = 0

/** A name that no other test uses. */
export function newTable(): string {
  tables += 1
  return `Table_${process.pid}_${tables}`
}

/** A store with its own table, and its warnings. */
export function storeOf(
  { client, dialect }: Opened,
  options: Partial<Parameters<typeof sqlStore>[0]> = {},
) {
  const table = options.table ?? newTable()
  const warnings: string[] = []
  const warn = (text: string) => warnings.push(text)
  const own = { client, dialect, table, createTable: true, warn }
  return { store: sqlStore({ ...own, ...options }), table, warnings }
}

export async function keysOf(store: WalkableStore): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.keys()) keys.push(key)
  return keys
}

/** The number of deadlocks that the server has broken, by its own count. */
export async function deadlocksOf(opened: Opened, dialect: Dialect): Promise<number> {
  const [row] = await opened.look(
    dialect === 'mysql'
      ? "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'Innodb_deadlocks'"
      : 'SELECT sum(deadlocks) FROM pg_stat_database',
  )
  return Number(Object.values(row ?? {})[0])
}

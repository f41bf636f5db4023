import { createPool as createCallbackPool } from 'mysql2'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import postgres from 'postgres'
import { type SqlClient, sqlStore } from '../../../packages/orbit/src/stores/sql.ts'
import type { WalkableStore } from '../../../packages/orbit/src/stores/store.ts'
import { type SqlServer, startMariadb, startPostgres } from '../../servers/sql.ts'

type Dialect = 'postgres' | 'mysql'

/** A client of an app, and a way to query the database directly. */
export interface Opened {
  readonly client: SqlClient
  readonly dialect?: Dialect
  /** Runs a statement without values, and returns its rows. */
  look(text: string): Promise<object[]>
  end(): Promise<unknown>
}

/** How apps connect. */
export const openers = {
  pg: (url: string): Opened => {
    const { pool: client, look, end } = pgOf(url)
    return { client, look, end }
  },
  'pg, serializable': (url: string): Opened => {
    const options = '-c default_transaction_isolation=serializable'
    const { pool: client, look, end } = pgOf(url, options)
    return { client, look, end }
  },
  'postgres.js': (url: string): Opened => {
    const client = postgres(url, { max: 20, onnotice: () => {} })
    return { client, look: (text) => client.unsafe(text), end: () => client.end({ timeout: 1 }) }
  },
  'postgres.js, which renames columns': (url: string): Opened => {
    const client = postgres(url, { max: 20, onnotice: () => {}, transform: postgres.toPascal })
    return { client, look: (text) => client.unsafe(text), end: () => client.end({ timeout: 1 }) }
  },
  'a function of PostgreSQL': (url: string): Opened => {
    const { look, end, pool } = pgOf(url)
    const query = async (text: string, values: unknown[]) => {
      const { rows, rowCount } = await pool.query(text, values)
      return { rows, rowCount }
    }
    return { client: { query }, dialect: 'postgres', look, end }
  },
  'mysql2/promise': (url: string): Opened => {
    const client = createPool({ uri: url, connectionLimit: 20 })
    return { client, look: (text) => looked(client.query(text)), end: () => client.end() }
  },
  'mysql2/promise, which counts changed rows': (url: string): Opened => {
    const client = createPool({ uri: url, connectionLimit: 20, flags: ['-FOUND_ROWS'] })
    return { client, look: (text) => looked(client.query(text)), end: () => client.end() }
  },
  mysql2: (url: string): Opened => {
    const client = createCallbackPool({ uri: url, connectionLimit: 20 })
    const promising = client.promise()
    return { client, look: (text) => looked(promising.query(text)), end: () => promising.end() }
  },
  'a function of MariaDB': (url: string): Opened => {
    const pool = createPool({ uri: url, connectionLimit: 20 })
    const query = async (text: string, values: unknown[]) => {
      const [result] = await pool.query(text, values)
      return Array.isArray(result)
        ? { rows: result.map((row) => Object(row)) }
        : { rows: [], affectedRows: result.affectedRows }
    }
    const look = (text: string) => looked(pool.query(text))
    return { client: { query }, dialect: 'mysql', look, end: () => pool.end() }
  },
}
export type Client = keyof typeof openers

export const isClient = (name: string): name is Client => name in openers

function pgOf(url: string, options?: string) {
  const pool = new Pool({ connectionString: url, max: 20, options })
  const look = async (text: string): Promise<object[]> => (await pool.query(text)).rows
  return { pool, look, end: () => pool.end() }
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
    ],
  },
}

export const quoted = (dialect: Dialect, name: string) =>
  dialect === 'mysql' ? `\`${name}\`` : `"${name}"`

let tables = 0

/** A name that no other test has. */
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

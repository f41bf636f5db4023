import { refuse } from '../../checks.ts'
import { SessionConfigError } from '../../errors.ts'
import type { DialectName, SqlValue } from './dialects.ts'

/** The result of a client of another package. */
export interface SqlResult {
  /** The rows of a SELECT, with their columns in the order of the SELECT. */
  readonly rows: readonly object[]
  /** The number of rows that a statement has inserted, changed or removed. `affectedRows` works, too. */
  readonly rowCount?: number | null | undefined
  readonly affectedRows?: number | null | undefined
}

/** Any other client: one function. Its placeholders are the placeholders of the dialect: `$1` or `?`. */
export interface SqlQuery {
  query(text: string, values: SqlValue[]): PromiseLike<SqlResult>
}

/**
 * The pool or connection of the app: a `Pool` of `pg`, the result of `postgres()` of postgres.js,
 * `Bun.sql`, a pool of `mysql2/promise` or `mysql2`, or an object with one function
 * `query(text, values)`.
 */
export type SqlClient =
  | { unsafe: unknown; begin: unknown }
  | { execute: unknown; query: unknown }
  | { connect: unknown; query: unknown }
  | SqlQuery

/** Runs one statement. */
export type Run = (text: string, values: SqlValue[]) => Promise<Outcome>

/** Rows are arrays, because a client may be configured to rename columns, but cannot change their order. */
interface Outcome {
  readonly rows: unknown[][]
  readonly changes: number
}

const accepted =
  'Pass a Pool of "pg", the result of postgres() of the package "postgres", Bun.sql, a pool of "mysql2" or "mysql2/promise", or an object with one function query(text, values) that returns { rows, rowCount }: the client itself, not its options, not its address and not a promise of it'

/**
 * How to talk to a client, and in which dialect.
 *
 * @throws {SessionConfigError} that names what is accepted
 */
export function recognized(
  client: unknown,
  given: DialectName | undefined,
): { readonly dialect: DialectName; readonly run: Run } {
  const found = clientOf(client)
  const dialect = given ?? found.dialect
  if (dialect === undefined) {
    return refuse(
      'database.dialect',
      'is required with this client. Set it to "postgres" or "mysql"',
    )
  }
  if (found.dialect !== undefined && found.dialect !== dialect) {
    return refuse(
      'database.dialect',
      `is "${dialect}", but the client is for ${found.dialect}. Remove the option`,
    )
  }
  return { dialect, run: found.run }
}

function clientOf(client: unknown): { dialect: DialectName | undefined; run: Run } {
  if (has(client, 'unsafe', 'begin')) return { dialect: dialectOf(client), run: tagged(client) }
  // The package "mariadb" also has both, but returns other results.
  if (has(client, 'execute', 'query') && !has(client, 'batch')) {
    return { dialect: 'mysql', run: mysql2(promising(client)) }
  }
  if (has(client, 'query') && !has(client, 'execute')) {
    surviveOutages(client)
    return { dialect: has(client, 'connect') ? 'postgres' : undefined, run: plain(client) }
  }
  return refuse('database.client', `is not a client that can keep sessions. ${accepted}`)
}

/**
 * How to run statements in a transaction that the app began. `undefined` for a value that is certainly not a
 * transaction, such as a pool, which would run each statement in a separate transaction.
 */
export function inTransaction(client: object): Run | undefined {
  const isRoot = has(client, 'begin') && !has(client, 'savepoint') && !has(client, 'release')
  if (isRoot || has(client, 'getConnection')) return undefined
  if (has(client, 'unsafe')) return tagged(client)
  if (has(client, 'batch') || !has(client, 'query')) return undefined
  return has(client, 'execute') ? mysql2(promising(client)) : plain(client)
}

/** The dialect of postgres.js, or of Bun.sql, which supports several databases. */
function dialectOf(client: object): DialectName {
  const adapter: unknown = Object(Reflect.get(client, 'options')).adapter ?? 'postgres'
  if (adapter === 'postgres') return 'postgres'
  if (adapter === 'mysql' || adapter === 'mariadb') return 'mysql'
  return refuse('database.client', 'is for SQLite. Use sqliteStore of "@gravito/orbit/sqlite"')
}

function tagged(client: object): Run {
  return async (text, values) => {
    const result: unknown = await call(client, 'unsafe', text, values)
    const { affectedRows, count } = Object(result)
    return { rows: rowsOf(result), changes: Number(affectedRows ?? count ?? 0) }
  }
}

/** mysql2 also has clients with callbacks. */
function promising(client: object): object {
  return has(client, 'promise') ? Object(call(client, 'promise')) : client
}

/** Uses `execute`, because `query` would write the values into the statement. */
function mysql2(client: object): Run {
  return async (text, values) => {
    const answer: unknown = await call(client, 'execute', text, values)
    const result: unknown = Array.isArray(answer) ? answer[0] : undefined
    if (Array.isArray(result)) return { rows: rowsOf(result), changes: 0 }
    return { rows: [], changes: Number(Object(result).affectedRows ?? 0) }
  }
}

function plain(client: object): Run {
  return async (text, values) => {
    const { rows, rowCount, affectedRows } = Object(await call(client, 'query', text, values))
    if (Array.isArray(rows)) return { rows: rowsOf(rows), changes: rowCount ?? affectedRows ?? 0 }
    throw new SessionConfigError(
      'The function query of database.client must return a promise of { rows, rowCount }.',
    )
  }
}

/** Without a listener, a pool of "pg" ends the process when the server closes a connection. */
function surviveOutages(client: object): void {
  if (!has(client, 'on', 'listenerCount') || call(client, 'listenerCount', 'error') !== 0) return
  call(client, 'on', 'error', () => {})
}

function rowsOf(rows: unknown): unknown[][] {
  return Array.isArray(rows) ? rows.map((row) => Object.values(Object(row))) : []
}

function has(client: unknown, ...methods: string[]): client is object {
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null) return false
  return methods.every((name) => typeof Reflect.get(client, name) === 'function')
}

/** Calls a method of a client that is known to exist. */
function call(client: object, method: string, ...args: unknown[]): unknown {
  const found: unknown = Reflect.get(client, method)
  return typeof found === 'function' ? found.apply(client, args) : undefined
}

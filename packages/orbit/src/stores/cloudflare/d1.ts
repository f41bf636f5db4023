import { aBoolean, refuse, shown } from '../../checks.ts'
import { clockOf } from '../../clock.ts'
import { SessionConfigError, SessionError } from '../../errors.ts'
import { checked } from '../../option-table.ts'
import { isError } from '../../thrown.ts'
import { type Row, recordOf, schemaOf, sqlOf, type Value, valuesOf } from '../sqlite/table.ts'
import type { CheckedStore, PrunableStore, WalkableStore } from '../store.ts'
import { aBinding, oncePerBinding } from './bindings.ts'

/** A binding to a D1 database: a `D1Database`. */
export interface D1Binding {
  prepare(query: string): D1Statement
  /** Missing in early releases of D1, which had no replicas. */
  withSession?(constraint: 'first-primary'): { prepare(query: string): D1Statement }
}

interface D1Statement {
  bind(...values: Value[]): D1Statement
  run(): Promise<{ readonly results?: unknown[]; readonly meta: { readonly changes: number } }>
}

/** Options that name the table of the sessions. */
export interface D1TableOptions {
  /** The table of the sessions. Default `sessions`. */
  table?: string | undefined
}

/** Options of `d1Store`. */
export interface D1StoreOptions extends D1TableOptions {
  /** Whether the store creates a missing table. Default `false`: create it in a migration, see `d1Table`. */
  createTable?: boolean | undefined
  /** The clock for tests, in milliseconds since the epoch. Default `Date.now`. */
  now?: (() => number) | undefined
}

type D1Store = CheckedStore & PrunableStore & WalkableStore

const tableRow = { table: { default: 'sessions', check: aTable } }
const rows = { ...tableRow, createTable: { default: false, check: aBoolean } }
type Rows = Omit<D1StoreOptions, 'now'>

/** The number of expired records that one statement removes. */
const batch = 1_000

const once = oncePerBinding<D1Store>()

/**
 * Keeps sessions in a table of D1. Each call is one statement. The statement runs on the primary, because a replica may
 * not know yet that a user has signed out. D1 does not remove expired records, so call `prune()` in a Cron Trigger.
 *
 * It returns the same store for the same binding and options.
 *
 * @throws {SessionConfigError} if the argument is not a D1 database, or an option is not valid
 * @example
 * app.use(session({ store: (c) => d1Store(c.env.DB) }))
 * @example
 * export default {
 *   fetch: app.fetch,
 *   scheduled: (_, env) => d1Store(env.DB).prune(),
 * }
 */
export function d1Store(db: D1Binding, options: D1StoreOptions = {}): D1Store {
  aBinding('d1Store', db, 'prepare', 'a D1 database. Add it to d1_databases of the Worker')
  const { now, ...own } = options
  const settings = checked<Rows, typeof rows>('d1', rows, own)
  const make = () => newStore(db, settings, clockOf('d1.now', now))
  return now ? make() : once(db, JSON.stringify(settings), make)
}

/**
 * Returns the SQL that creates the table, for a migration. The SQL does nothing if the table exists.
 *
 * @throws {SessionConfigError} for a name that contains anything except letters, digits and `_`
 * @example
 * console.log(d1Table())
 */
export function d1Table(options: D1TableOptions = {}): string {
  const { table } = checked<D1TableOptions, typeof tableRow>('d1', tableRow, options)
  return `${statementsIn(table).join(';\n')};\n`
}

function newStore(
  db: D1Binding,
  { table, createTable }: { readonly table: string; readonly createTable: boolean },
  now: () => number,
): D1Store {
  const sql = sqlOf(`"${table}"`)

  async function send(query: string, values: readonly Value[]) {
    const primary = db.withSession?.('first-primary') ?? db
    const { results = [], meta } = await primary
      .prepare(query)
      .bind(...values)
      .run()
    return { rows: results, changes: meta.changes }
  }

  async function run(query: string, ...values: readonly Value[]) {
    try {
      return await send(query, values)
    } catch (error) {
      if (!createTable || !isMissing(error)) throw explained(error, table)
    }
    for (const statement of statementsIn(table)) await send(statement, [])
    return send(query, values)
  }

  const load = async (key: string) => {
    const [row] = (await run(sql.load, key, now())).rows
    return recordOf(isRow(row) ? row : undefined)
  }

  return {
    load,
    async compareAndSet(key, version, next) {
      const time = now()
      if (version === undefined) {
        if (!next) return (await load(key)) === undefined
        return (await run(sql.insert, ...valuesOf(key, next), time)).changes > 0
      }
      const { changes } = next
        ? await run(sql.replace, ...valuesOf(key, next), version, time)
        : await run(sql.remove, key, version, time)
      return changes > 0
    },
    async *keys() {
      for (let last = ''; ; ) {
        const { rows } = await run(sql.keys, last, now())
        if (rows.length === 0) return
        const keys = rows.map((row) => String(Reflect.get(Object(row), 'key')))
        yield* keys
        last = keys.at(-1) ?? ''
      }
    },
    async prune() {
      for (let all = 0; ; ) {
        const { changes } = await run(sql.removeExpired, now(), batch)
        all += changes
        if (changes < batch) return all
      }
    },
    async ready() {
      try {
        await load('ready')
      } catch (error) {
        // D1 is unavailable now. This does not stop the app from starting: requests that need it get a 503.
        if (error instanceof SessionConfigError) throw error
      }
    },
    close() {},
  }
}

/** D1 runs one statement per call. */
function statementsIn(table: string): string[] {
  return schemaOf(table)
    .replace(/^ {2}/gm, '')
    .split(';')
    .flatMap((statement) => statement.trim() || [])
}

function isRow(row: unknown): row is Row {
  return typeof row === 'object' && row !== null && 'version' in row
}

const messageOf = (error: unknown) => (isError(error) ? error.message : String(error))
const isMissing = (error: unknown) => /no such table/i.test(messageOf(error))

/** Returns a `SessionConfigError` if waiting does not help. */
function explained(error: unknown, table: string): unknown {
  const message = messageOf(error)
  if (isMissing(error) || /no such column|has no column|ON CONFLICT clause/i.test(message)) {
    const sql = d1Table({ table }).replace(/\s+/g, ' ').trim()
    return new SessionConfigError(
      `The table ${table} in D1 is missing, or does not have the columns that sessions need. Run this once, for example in a migration, or set createTable: true: ${sql}`,
    )
  }
  if (/database or disk is full|maximum DB size|SQLITE_FULL/i.test(message)) {
    return new SessionError(
      'session-store-full',
      'The D1 database has no room for sessions. Remove expired records with prune(), or free some space.',
    )
  }
  return error
}

/** A name that SQLite accepts in quotes. */
function aTable(name: string, value: unknown): void {
  if (typeof value === 'string' && /^(?!sqlite_|_cf_|d1_)[a-z_]\w{0,62}$/i.test(value)) return
  refuse(
    name,
    `is ${shown(value)}; it must be 1 to 63 letters, digits and "_", and start with a letter, but not with "sqlite_", "_cf_" or "d1_"`,
  )
}

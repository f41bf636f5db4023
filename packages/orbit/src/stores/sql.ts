import { refuse } from '../checks.ts'
import { clockOf } from '../clock.ts'
import { SessionConfigError } from '../errors.ts'
import { checked } from '../option-table.ts'
import { onOneLine } from '../quote.ts'
import { driverOptions } from './options.ts'
import { type Run, recognized, type SqlClient } from './sql/clients.ts'
import { isReplica, type Place, statementsOf } from './sql/dialects.ts'
import { messageOf } from './sql/failures.ts'
import { patient } from './sql/patient.ts'
import { sweepOf } from './sql/sweep.ts'
import type { SqlTableOptions } from './sql/table.ts'
import { tryOut } from './sql/trial.ts'
import { verbsOf } from './sql/verbs.ts'
import { runWithin } from './sql/within.ts'
import type {
  CheckedStore,
  OwnerKeepingStore,
  PrunableStore,
  TransactionalStore,
  WalkableStore,
} from './store.ts'

export type { SqlClient, SqlQuery, SqlResult } from './sql/clients.ts'
export { type SessionsTableOptions, type SqlTableOptions, sessionsTable } from './sql/table.ts'

/** Options of `sqlStore` and of the driver `database`: your connection, and how the store uses it. */
export interface SqlStoreOptions extends SqlTableOptions {
  /**
   * Your pool or connection: of `pg`, `postgres`, `mysql2`, `Bun.sql`, or `{ query(text, values) }`. It must
   * connect to the primary. The store does not close it: close it yourself.
   */
  client: SqlClient
  /** Whether the store creates a missing table. Default `false`: create it in a migration, see `sessionsTable`. */
  createTable?: boolean | undefined
  /**
   * The average number of seconds between two rounds that remove expired records. Each pause is up to half longer or
   * shorter. Default 300. At most 86400, a day.
   */
  sweepIntervalSeconds?: number | undefined
}

type SqlStore = CheckedStore &
  PrunableStore &
  TransactionalStore &
  WalkableStore &
  OwnerKeepingStore

/**
 * Keeps sessions in one table of PostgreSQL, MariaDB or MySQL, through the pool or connection of the app. Each
 * call is one statement, and no transaction is left open. The database needs no special setting. Expiry uses the clocks
 * of the app's machines, not the clock of the database, so keep them right.
 *
 * @throws {SessionConfigError} if an option or the client is not valid; from `ready()`, if the table is missing or
 * does not match `sessionsTable`
 * @example
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL })
 * app.use(session({ store: sqlStore({ client: pool }) }))
 */
export function sqlStore(
  options: SqlStoreOptions & {
    now?: (() => number) | undefined
    warn?: ((message: string) => void) | undefined
  },
): SqlStore {
  if (typeof options !== 'object' || options === null) {
    return refuse('sqlStore()', 'takes an object of options. Write sqlStore({ client })')
  }
  const { now: clock, warn = console.warn, ...own } = options
  const settings = checked<SqlStoreOptions, typeof driverOptions.database>(
    'database',
    driverOptions.database,
    own,
  )
  const now = clockOf('database.now', clock)
  const { client, createTable, table, schema, ownerColumn } = settings
  const { dialect, run: once } = recognized(client, settings.dialect)
  const place: Place = { dialect, table, schema, ownerColumn }
  const send = patient(once, place, createTable)
  const statements = statementsOf(place)
  let isClosed = false

  const run: Run = async (text, values) => {
    if (isClosed) throw new Error('The session store has been closed.')
    sweep.start()
    return send(text, values)
  }

  const { load, compareAndSet } = verbsOf(run, statements, now)
  const intervalSeconds = settings.sweepIntervalSeconds
  const sweep = sweepOf({ run, statements, compareAndSet, now, intervalSeconds })

  /** Checks for a client that sends writes to the primary but reads to a replica. */
  async function readsFromReplica(): Promise<boolean> {
    // A database that is only compatible with these databases may not support the query.
    const role = await run(statements.role, []).catch(() => undefined)
    return isReplica(role?.rows[0])
  }

  return {
    load,
    compareAndSet,
    async within(transaction) {
      const runThere = await runWithin(transaction, place, statements.isOpen)
      return verbsOf(runThere, { ...statements, load: statements.loadLatest }, now)
    },
    keepsOwner: ownerColumn,
    prune: sweep.prune,
    async *keys() {
      for (let last = ''; ; ) {
        const { rows } = await run(statements.keys, [last, now()])
        if (rows.length === 0) return
        const keys = rows.map(([key]) => String(key))
        yield* keys
        last = keys.at(-1) ?? ''
      }
    },
    async ready() {
      try {
        await tryOut({ load, compareAndSet, close() {} }, place, now(), readsFromReplica)
      } catch (error) {
        if (error instanceof SessionConfigError) throw error
        warn(notNow(messageOf(error)))
      }
    },
    close() {
      isClosed = true
      sweep.stop()
    },
  }
}

function notNow(problem: string): string {
  return `The SQL server cannot keep sessions now: ${onOneLine(problem).replace(/\.$/, '')}. Requests that use the session get a 503 until it can.`
}

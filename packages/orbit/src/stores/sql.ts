import { clearTimeout, setTimeout } from 'node:timers'
import { setTimeout as pause } from 'node:timers/promises'
import { aBoolean, aNumber, longestTimer, refuse } from '../checks.ts'
import { clockOf } from '../clock.ts'
import { SessionConfigError } from '../errors.ts'
import { checked } from '../option-table.ts'
import { onOneLine } from '../quote.ts'
import { type Run, recognized, type SqlClient } from './sql/clients.ts'
import { batch, type Place, statementsOf } from './sql/dialects.ts'
import { messageOf } from './sql/failures.ts'
import { patient } from './sql/patient.ts'
import { placeRows, type SqlTableOptions } from './sql/table.ts'
import { tryOut } from './sql/trial.ts'
import { verbsOf } from './sql/verbs.ts'
import { runWithin } from './sql/within.ts'
import type { CheckedStore, PrunableStore, TransactionalStore, WalkableStore } from './store.ts'

export type { SqlClient, SqlQuery, SqlResult } from './sql/clients.ts'
export { type SqlTableOptions, sessionsTable } from './sql/table.ts'

/** Your connection to the database, and how the store uses it. */
export interface SqlStoreOptions extends SqlTableOptions {
  /**
   * Your pool or connection: of `pg`, `postgres`, `mysql2`, `Bun.sql`, or `{ query(text, values) }`. It must
   * connect to the primary. The store does not close it: close it yourself.
   */
  client: SqlClient
  /** Whether the store creates a missing table. Default `false`: create it in a migration, see `sessionsTable`. */
  createTable?: boolean | undefined
  /** Seconds between two rounds that remove expired records, more or less by half. Default 300; at most 86400, a day. */
  sweepIntervalSeconds?: number | undefined
}

type SqlStore = CheckedStore & PrunableStore & TransactionalStore & WalkableStore

const rows = {
  ...placeRows,
  client: { check: () => {} },
  createTable: { default: false, check: aBoolean },
  sweepIntervalSeconds: { default: 300, check: aNumber(0.001, longestTimer) },
}

/** Milliseconds between two steps of a sweep, so that requests do not feel it. */
const pauseMs = 20

/**
 * Sessions in one table of PostgreSQL, MariaDB or MySQL, through the app's own pool or connection. Each call
 * is one statement, and no transaction is left open. The database needs no setting, but its clock does not
 * count: keep the clocks of the app's machines right.
 *
 * @throws {SessionConfigError} for options or a client that cannot work; from `ready()`, if the table is
 * missing, or is not as `sessionsTable` makes it
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
  const settings = checked<SqlStoreOptions, typeof rows>('sql', rows, own)
  const now = clockOf('sql.now', clock)
  const { client, createTable, table, schema } = settings
  const { dialect, run: once } = recognized(client, settings.dialect)
  const place: Place = { dialect, table, schema }
  const send = patient(once, place, createTable)
  const statements = statementsOf(place)
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  const run: Run = async (text, values) => {
    if (isClosed) throw new Error('The session store has been closed.')
    timer ??= later()
    return send(text, values)
  }

  const { load, compareAndSet } = verbsOf(run, statements, now)

  /** Removes some expired records, and says how many, and whether there may be more. */
  async function removeSome(): Promise<{ removed: number; isLast: boolean }> {
    const time = now()
    if (statements.removeExpired) {
      const { changes } = await run(statements.removeExpired, [time])
      return { removed: changes, isLast: changes < batch }
    }
    const keys = (await run(statements.expired, [time])).rows.map(([key]) => String(key)).sort()
    if (keys.length === 0) return { removed: 0, isLast: true }
    // One statement for any number of them, which is prepared once.
    const filled = Array.from({ length: batch }, (_, place) => keys[place] ?? keys[0] ?? '')
    const { changes } = await run(statements.removeKeys, [...filled, time])
    return { removed: changes, isLast: keys.length < batch }
  }

  async function prune(keepsAlive: boolean): Promise<number> {
    for (let all = 0; ; await pause(pauseMs, undefined, { ref: keepsAlive })) {
      const { removed, isLast } = await removeSome()
      all += removed
      if (isLast) return all
    }
  }

  function later(): ReturnType<typeof setTimeout> {
    const sweep = async () => {
      // First, because a client may never settle a statement whose connection has broken.
      timer = later()
      // If the server is unavailable, the next round removes them. Requests report the problem themselves.
      await prune(false).catch(() => {})
    }
    // Of random length, so that processes that started together do not sweep together.
    const seconds = Math.min(settings.sweepIntervalSeconds * (0.5 + Math.random()), longestTimer)
    return setTimeout(sweep, seconds * 1_000).unref()
  }

  return {
    load,
    compareAndSet,
    async within(transaction) {
      const runThere = await runWithin(transaction, place, statements.isOpen)
      return verbsOf(runThere, { ...statements, load: statements.loadLatest }, now)
    },
    prune: () => prune(true),
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
        await tryOut({ load, compareAndSet, close() {} }, place, now())
      } catch (error) {
        if (error instanceof SessionConfigError) throw error
        warn(notNow(messageOf(error)))
      }
    },
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

function notNow(problem: string): string {
  return `The SQL server cannot keep sessions at the moment: ${onOneLine(problem).replace(/\.$/, '')}. Requests that use the session get a 503 until it can.`
}

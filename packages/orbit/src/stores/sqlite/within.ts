import { SessionError } from '../../errors.ts'
import { isError } from '../../thrown.ts'
import type { RecordsWithin } from '../store.ts'
import { identityOf } from './open.ts'
import { type Connection, compareAndSetBy, finalize, loadBy, verbsOf } from './table.ts'

/** The file and the table of the sessions. */
interface Place {
  readonly path: string
  readonly tableName: string
}

/**
 * Reads and writes records through a connection of the app, within its transaction. SQLite lets only one connection
 * write at a time, so the connection of the store could not write during the transaction.
 *
 * @throws {SessionError} `session-not-transactional` if the connection has no open transaction, or has not opened
 * the file of the sessions
 */
export function recordsWithin(
  connection: object,
  { path, tableName }: Place,
  now: () => number,
): RecordsWithin {
  if (!isConnection(connection) || !isInTransaction(connection)) {
    throw refused(
      'did not get an open transaction. Pass the DatabaseSync of node:sqlite or the Database of bun:sqlite on which you have run BEGIN IMMEDIATE.',
    )
  }
  const schema = schemaOf(connection, path)
  if (schema === undefined) {
    throw refused(
      `got a database that does not contain the sessions. They are in ${path}: open that file, or ATTACH it.`,
    )
  }
  const table = `"${schema.replaceAll('"', '""')}"."${tableName}"`
  const use = <T>(work: (verbs: ReturnType<typeof verbsOf>) => T): T => {
    const verbs = verbsOf(connection, table)
    try {
      return work(verbs)
    } finally {
      // On Bun, an open statement would keep the app's database open.
      finalize(verbs)
    }
  }
  return {
    load: (key) => use((verbs) => loadBy(verbs, key, now())),
    compareAndSet: (key, version, next) =>
      use((verbs) => compareAndSetBy(verbs, key, version, next, now())),
  }
}

function refused(problem: string): SessionError {
  return new SessionError('session-not-transactional', `session.save({ within }) ${problem}`)
}

function isConnection(value: object): value is Connection {
  return ['exec', 'prepare'].every((name) => typeof Reflect.get(value, name) === 'function')
}

/** Tries to begin a transaction, because this is the only check that works on every runtime. */
function isInTransaction(connection: Connection): boolean {
  try {
    connection.exec('BEGIN')
  } catch (error) {
    return isError(error) && error.message.includes('within a transaction')
  }
  connection.exec('ROLLBACK')
  return false
}

/** The name of the file in this connection: `main`, or the name from an ATTACH. */
function schemaOf(connection: Connection, path: string): string | undefined {
  const list = connection.prepare<{ name: string; file: string }>('PRAGMA database_list')
  const databases = list.all()
  finalize({ list })
  const identity = identityOf(path)
  if (identity === undefined) return undefined
  return databases.find(({ file }) => file && identityOf(file) === identity)?.name
}

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { SessionConfigError } from '../../errors.ts'
import { codeOf, isError } from '../../thrown.ts'
import { isBusy, isFull } from './busy.ts'
import { type Connection, firstRow, sqliteOfRuntime } from './runtime.ts'

/** 'orbi': by this a file that holds sessions is told from somebody's own database. */
const application = 0x6f_72_62_69
/** Counted up when the tables change; a file of a later one is left alone. */
const schemaVersion = 1

/**
 * The tables of sessions. Several apps may share a file, each with a table of its own; the table of
 * secrets serves them all.
 *
 * The times are REAL: an INTEGER column refuses the fraction of a millisecond that a clock may give.
 * The payload comes last, so that what is before it is read without it.
 */
const schemaOf = (table: string) => `
  CREATE TABLE "${table}" (
    key TEXT NOT NULL UNIQUE,
    version TEXT NOT NULL,
    birth TEXT NOT NULL,
    created_at REAL NOT NULL,
    last_activity_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    owner TEXT,
    successor_key TEXT,
    successor_birth TEXT,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE INDEX "${table}_by_owner" ON "${table}" (owner) WHERE owner IS NOT NULL;
  CREATE INDEX "${table}_by_expiry" ON "${table}" (expires_at);
  CREATE TABLE IF NOT EXISTS secrets (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;
  PRAGMA application_id = ${application};
  PRAGMA user_version = ${schemaVersion};
`

export interface OpenSettings {
  readonly path: string
  readonly tableName: string
  readonly busyTimeoutMs: number
  readonly fsync: boolean
}

/**
 * Opens the database, makes it where there is none, and checks that it can be written to.
 *
 * @throws {SessionConfigError} for what waiting does not mend
 */
export function openDatabase(settings: OpenSettings): Connection {
  const { path } = settings
  const Database = sqliteOfRuntime()
  let connection: Connection | undefined
  try {
    makeFile(path)
    connection = new Database(path)
    prepare(connection, settings)
    return connection
  } catch (error) {
    connection?.close()
    if (error instanceof SessionConfigError || isBusy(error) || isFull(error)) throw error
    const reason = isError(error) ? error.message : String(error)
    throw new SessionConfigError(
      `The session database ${path} cannot be used: ${reason}. Set sqlite.path to a file that this process may write, in a folder that it may write too.`,
      { cause: error },
    )
  }
}

/**
 * Made by us because SQLite would let everybody read it; the files beside it take over its mode.
 * One that stands is neither opened nor closed here: closing it would drop the locks of another
 * connection of this process.
 */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

function prepare(connection: Connection, settings: OpenSettings): void {
  const { path, tableName, busyTimeoutMs, fsync } = settings
  connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  // Before anything is written: what is not ours, or newer than we are, stays as it is.
  isReady(connection, settings)
  const mode = firstRow<{ journal_mode: string }>(connection, 'PRAGMA journal_mode = WAL')
  if (mode?.journal_mode !== 'wal') {
    throw new SessionConfigError(
      `The session database ${path} is on a file system that does not let processes share memory, such as a network's. Put it on a local disk, or choose the redis driver.`,
    )
  }
  // NORMAL writes to the disk at checkpoints only: what a crash of the process leaves is whole and
  // complete, a power loss may take the last seconds, and neither breaks the file.
  connection.exec(`PRAGMA synchronous = ${fsync ? 'FULL' : 'NORMAL'}`)
  connection.exec(`PRAGMA journal_size_limit = ${16 * 1024 * 1024}`)
  // The write that makes a checkpoint waits for the disk: often, and so each time for some
  // milliseconds only. SQLite's own 1000 pages take thrice as long.
  connection.exec('PRAGMA wal_autocheckpoint = 400')
  // It takes the lock even where the tables stand: a file that cannot be written to is found now.
  connection.exec('BEGIN IMMEDIATE')
  if (!isReady(connection, settings)) connection.exec(schemaOf(tableName))
  connection.exec('COMMIT')
}

/** Whether the table stands; not yet, in an empty file or beside those of other apps. */
function isReady(connection: Connection, { path, tableName }: OpenSettings): boolean {
  const found = firstRow<{ application: number; version: number; tables: number; own: number }>(
    connection,
    `SELECT (SELECT application_id FROM pragma_application_id) AS application,
            (SELECT user_version FROM pragma_user_version) AS version,
            (SELECT count(*) FROM sqlite_schema) AS tables,
            (SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '${tableName}' COLLATE NOCASE) AS own`,
  )
  if (!found || (found.application === 0 && found.version === 0 && found.tables === 0)) return false
  if (found.application !== application) {
    throw new SessionConfigError(
      `The database ${path} holds something else than sessions. Set sqlite.path to a file of their own.`,
    )
  }
  if (found.version > schemaVersion) {
    throw new SessionConfigError(
      `The session database ${path} was made by a newer version of @gravito/orbit (its schema is ${found.version}, this one knows ${schemaVersion}). Upgrade, or set sqlite.path to another file.`,
    )
  }
  return found.own > 0
}

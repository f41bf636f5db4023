import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { SessionConfigError, SessionError } from '../../errors.ts'
import { codeOf, isError } from '../../thrown.ts'
import type { Awaitable } from '../store.ts'
import { type Connection, schemaOf, statementsOf } from './table.ts'

interface OpenSettings {
  readonly path: string
  readonly tableName: string
  readonly busyTimeoutMs: number
  readonly fsync: boolean
}

/** 'orbi': distinguishes a file with sessions from the database of another program. */
const application = 0x6f_72_62_69
/** Raise this number when the table changes. An older release then refuses to change the file. */
const schemaVersion = 1

/**
 * The SQLite of the runtime. It is loaded when it is needed and not imported, because Node 20 has none, and bundlers
 * know neither of the names.
 *
 * @throws {SessionConfigError} if the runtime has no SQLite
 */
export function sqliteOfRuntime(): new (path: string) => Connection {
  const [module, name] = process.versions.bun
    ? ['bun:sqlite', 'Database']
    : ['node:sqlite', 'DatabaseSync']
  const exported: Record<string, unknown> = { ...process.getBuiltinModule(module) }
  const Database = exported[name]
  if (isConnect(Database)) return Database
  throw new SessionConfigError(
    `The sqlite driver needs node:sqlite, which Node ${process.versions.node} does not have. Run Node 22.13 or later (22.5 or later with --experimental-sqlite), Deno 2.2 or later, or Bun; or choose another driver, such as file.`,
  )
}

function isConnect(value: unknown): value is new (path: string) => Connection {
  return typeof value === 'function'
}

export type Database = ReturnType<typeof statementsOf> & {
  /** Whether the path still leads to this file. */
  isInPlace(): boolean
}

/**
 * Opens the database, creates it if it does not exist, and checks that it is writable.
 *
 * @throws {SessionConfigError} for problems that do not resolve themselves
 */
export function openDatabase(settings: OpenSettings, tries = 3): Database {
  const { path } = settings
  const Database = sqliteOfRuntime()
  let connection: Connection | undefined
  try {
    makeFile(path)
    const identity = identityOf(path)
    const isInPlace = () => identityOf(path) === identity
    connection = new Database(path)
    prepare(connection, settings, isInPlace)
    return { ...statementsOf(connection, `"${settings.tableName}"`), isInPlace }
  } catch (error) {
    connection?.close()
    if (error instanceof SessionConfigError || isBusy(error) || isFull(error)) throw error
    // The file may have been removed in the meantime. Or SQLite wanted to remove the journal of an older file, but
    // another process was faster. SQLite reports that as an I/O error, but the journal is then removed.
    if (tries > 1) return openDatabase(settings, tries - 1)
    const reason = isError(error) ? error.message : String(error)
    throw new SessionConfigError(
      `The session database ${path} cannot be used: ${reason}. Set sqlite.path to a file that this process can write, in a folder that it can also write.`,
      { cause: error },
    )
  }
}

/**
 * Creates the file, because everyone could read a file that SQLite creates. SQLite gives the files next to it the same
 * mode. An existing file is not opened here, because closing it would drop the locks of another connection of this
 * process. And nothing is written to a new file: Bun's `writeFileSync` truncates the file that it opens, and another
 * process may already have written the first page.
 */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Distinguishes the file from another one under the same path. */
export function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}

function prepare(connection: Connection, settings: OpenSettings, isInPlace: () => boolean): void {
  const { path, tableName, busyTimeoutMs, fsync } = settings
  connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  // If two processes remove and create the file at the same time, neither may use the journal of the other. Only
  // the first page is written in this mode, so it is whole or absent.
  if (statSync(path).size === 0) connection.exec('PRAGMA journal_mode = MEMORY')
  // BEGIN IMMEDIATE takes the lock even if the table exists, so a read-only file is found now. It also opens the
  // journal by its name. That is the journal of this file if this file is still in place afterwards.
  const locked = (work: () => void) => {
    connection.exec('BEGIN IMMEDIATE')
    if (!isInPlace()) throw new Error('it is repeatedly removed')
    work()
    connection.exec('COMMIT')
  }
  locked(() => {
    check(connection, path)
    // Journals next to an empty file belong to a removed file. Processes that still use them would mix up the two
    // files. While the journals are removed, the lock keeps other processes from writing to the new file.
    const stale = statSync(path).size === 0 ? ['-wal', '-shm'] : []
    for (const end of stale) rmSync(path + end, { force: true })
    connection.exec(`PRAGMA application_id = ${application}`)
    connection.exec(`PRAGMA user_version = ${schemaVersion}`)
  })
  const mode = rowOf<{ journal_mode: string }>(connection, 'PRAGMA journal_mode = WAL')
  if (mode?.journal_mode !== 'wal') {
    throw new SessionConfigError(
      `The session database ${path} is on a file system that does not let processes share memory, such as a network file system. Put it on a local disk, or choose the redis driver.`,
    )
  }
  // NORMAL writes to the disk only at checkpoints. A crash of the process loses nothing, and a power loss may lose
  // the last seconds. Neither damages the file. The write that makes a checkpoint waits for the disk. With SQLite's
  // default of 1000 pages, it would wait three times as long.
  connection.exec(`
    PRAGMA synchronous = ${fsync ? 'FULL' : 'NORMAL'};
    PRAGMA journal_size_limit = ${16 * 1024 * 1024};
    PRAGMA wal_autocheckpoint = 400;
  `)
  locked(() => connection.exec(schemaOf(tableName)))
}

/** Runs before any write, so that a file of another program, or of a newer release, stays unchanged. */
function check(connection: Connection, path: string): void {
  const found = rowOf<{ application_id: number; user_version: number; tables: number }>(
    connection,
    `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) AS tables
     FROM pragma_application_id, pragma_user_version`,
  )
  if (!found || (found.application_id === 0 && found.user_version === 0 && !found.tables)) return
  if (found.application_id !== application) {
    throw new SessionConfigError(
      `The database ${path} does not contain sessions. Set sqlite.path to a separate file.`,
    )
  }
  if (found.user_version > schemaVersion) {
    throw new SessionConfigError(
      `The session database ${path} was created by a newer version of @gravito/orbit (schema ${found.user_version}, but this version knows ${schemaVersion}). Upgrade, or set sqlite.path to another file.`,
    )
  }
}

/** The row of a statement that runs only once. */
function rowOf<Row>(connection: Connection, sql: string): Row | null | undefined {
  const statement = connection.prepare<Row>(sql)
  const row = statement.get()
  statement.finalize?.()
  return row
}

/** The stores by their options. They are on `globalThis`, because a hot reload loads this module again. */
export function storesOfProcess<Store>(): Map<string, Store> {
  const name = Symbol.for('@gravito/orbit: sqlite stores, 1')
  const found: unknown = Reflect.get(globalThis, name)
  const stores: Map<string, Store> = found instanceof Map ? found : new Map()
  Reflect.set(globalThis, name, stores)
  return stores
}

/** In milliseconds. This is less than the second after which the engine stops waiting for the store. */
const longestWait = 900

/** Tries again while another process writes. A busy database has not changed anything. */
export function retryWhileBusy<T>(
  work: () => T,
  until = performance.now() + longestWait,
): Awaitable<T> {
  try {
    return work()
  } catch (error) {
    if (!isBusy(error) || performance.now() >= until) throw error
    // A random time, so that two processes do not collide again and again.
    return setTimeout(5 + Math.random() * 20).then(() => retryWhileBusy(work, until))
  }
}

/** Whether another connection is writing. This part of the message is the same on all runtimes. */
export function isBusy(error: unknown): boolean {
  return isError(error) && error.message.includes('database is locked')
}

/** Whether the disk is full, judged by the error of SQLite or of the system. */
export function isFull(error: unknown): boolean {
  return isError(error) && /disk is full|ENOSPC|EDQUOT/.test(error.message)
}

export function fullError(path: string, cause: unknown): SessionError {
  return new SessionError(
    'session-store-full',
    `The disk of the session database ${path} is full. Free some space, or move the database with sqlite.path.`,
    { cause },
  )
}

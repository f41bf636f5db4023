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

/** 'orbi': it tells a file that holds sessions from another program's database. */
const application = 0x6f_72_62_69
/** Raise it when the table changes: an older release then leaves the file alone. */
const schemaVersion = 1

/**
 * SQLite as the runtime brings it. It is looked up when it is needed and not imported: Node 20 has
 * none, and bundlers know neither name.
 *
 * @throws {SessionConfigError} if the runtime has none
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
  /** Whether the file is still the one under the path. */
  isInPlace(): boolean
}

/**
 * Opens the database, makes it if it does not exist, and checks that it can be written to.
 *
 * @throws {SessionConfigError} for what waiting does not mend
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
    // Somebody has removed the file meanwhile. Or SQLite wanted to remove the journal of an older one and
    // another process was faster, which it calls an I/O error; then that journal is gone for good.
    if (tries > 1) return openDatabase(settings, tries - 1)
    const reason = isError(error) ? error.message : String(error)
    throw new SessionConfigError(
      `The session database ${path} cannot be used: ${reason}. Set sqlite.path to a file that this process may write, in a folder that it may write too.`,
      { cause: error },
    )
  }
}

/**
 * SQLite would make a file that everybody can read. The files beside it get the same mode. An existing
 * file is not opened here: closing it would drop the locks of another connection of this process.
 * Nor is the new one written to: Bun's `writeFileSync` cuts off what it has opened, and by then another
 * process may have put the first page there.
 */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Tells the file from another one under the same path. */
export function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}

function prepare(connection: Connection, settings: OpenSettings, isInPlace: () => boolean): void {
  const { path, tableName, busyTimeoutMs, fsync } = settings
  connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
  // Of two files that were removed and made again at the same moment, neither may find the journal of
  // the other. The only page that is written this way is the first one, so it is whole or absent.
  if (statSync(path).size === 0) connection.exec('PRAGMA journal_mode = MEMORY')
  // It takes the lock even if the table exists: a file that cannot be written to is found now. And it
  // opens the journal, by its name: this file's own if this file is in place afterwards.
  const locked = (work: () => void) => {
    connection.exec('BEGIN IMMEDIATE')
    if (!isInPlace()) throw new Error('it is removed again and again')
    work()
    connection.exec('COMMIT')
  }
  locked(() => {
    check(connection, path)
    // What is beside an empty file belongs to one that was removed. Processes that still use it would
    // mix the two up. The lock keeps everybody else from writing to the new file until it is gone.
    const stale = statSync(path).size === 0 ? ['-wal', '-shm'] : []
    for (const end of stale) rmSync(path + end, { force: true })
    connection.exec(`PRAGMA application_id = ${application}`)
    connection.exec(`PRAGMA user_version = ${schemaVersion}`)
  })
  const mode = rowOf<{ journal_mode: string }>(connection, 'PRAGMA journal_mode = WAL')
  if (mode?.journal_mode !== 'wal') {
    throw new SessionConfigError(
      `The session database ${path} is on a file system that does not let processes share memory, such as a network's. Put it on a local disk, or choose the redis driver.`,
    )
  }
  // NORMAL writes to the disk at checkpoints only: a crash of the process loses nothing, a power loss
  // may take the last seconds, and neither breaks the file. The write that makes a checkpoint waits
  // for the disk; with SQLite's own 1000 pages it waits three times as long.
  connection.exec(`
    PRAGMA synchronous = ${fsync ? 'FULL' : 'NORMAL'};
    PRAGMA journal_size_limit = ${16 * 1024 * 1024};
    PRAGMA wal_autocheckpoint = 400;
  `)
  locked(() => connection.exec(schemaOf(tableName)))
}

/** Before anything is written: a file that is not ours, or newer than this release, stays as it is. */
function check(connection: Connection, path: string): void {
  const found = rowOf<{ application_id: number; user_version: number; tables: number }>(
    connection,
    `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) AS tables
     FROM pragma_application_id, pragma_user_version`,
  )
  if (!found || (found.application_id === 0 && found.user_version === 0 && !found.tables)) return
  if (found.application_id !== application) {
    throw new SessionConfigError(
      `The database ${path} holds something else than sessions. Set sqlite.path to a file of their own.`,
    )
  }
  if (found.user_version > schemaVersion) {
    throw new SessionConfigError(
      `The session database ${path} was made by a newer version of @gravito/orbit (its schema is ${found.user_version}, this one knows ${schemaVersion}). Upgrade, or set sqlite.path to another file.`,
    )
  }
}

/** The row of a statement that is needed once. */
function rowOf<Row>(connection: Connection, sql: string): Row | null | undefined {
  const statement = connection.prepare<Row>(sql)
  const row = statement.get()
  statement.finalize?.()
  return row
}

/** By their options. On `globalThis`, because a hot reload loads this module again. */
export function storesOfProcess<Store>(): Map<string, Store> {
  const name = Symbol.for('@gravito/orbit: sqlite stores, 1')
  const found: unknown = Reflect.get(globalThis, name)
  const stores: Map<string, Store> = found instanceof Map ? found : new Map()
  Reflect.set(globalThis, name, stores)
  return stores
}

/** Milliseconds: below the second after which the engine gives a store up. */
const longestWait = 900

/** Tries again while another process writes: a busy database has done nothing. */
export function retryWhileBusy<T>(
  work: () => T,
  until = performance.now() + longestWait,
): Awaitable<T> {
  try {
    return work()
  } catch (error) {
    if (!isBusy(error) || performance.now() >= until) throw error
    // Of random length, so that two processes do not meet again and again.
    return setTimeout(5 + Math.random() * 20).then(() => retryWhileBusy(work, until))
  }
}

/** Whether another connection is writing. The message is what all runtimes have in common. */
export function isBusy(error: unknown): boolean {
  return isError(error) && error.message.includes('database is locked')
}

/** Whether the disk is full, as SQLite or the system says it. */
export function isFull(error: unknown): boolean {
  return isError(error) && /disk is full|ENOSPC|EDQUOT/.test(error.message)
}

export function fullError(path: string, cause: unknown): SessionError {
  return new SessionError(
    'session-store-full',
    `There is no room on the disk of the session database ${path}. Make room, or move it with sqlite.path.`,
    { cause },
  )
}

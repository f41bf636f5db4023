import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { SessionConfigError } from '../errors.ts'
import { isBusy, isFull, patiently } from './sqlite/busy.ts'
import { openDatabase } from './sqlite/open.ts'
import { prepareStatements, recordOf, valuesOf } from './sqlite/statements.ts'
import { startSweeping } from './sqlite/sweep.ts'
import { fromStored, toStored } from './sqlite/text.ts'
import type { SessionStore } from './store.ts'

/** The file of the SQLite store, and its patience. */
export interface SqliteStoreOptions {
  /**
   * The database file, on a local disk. Its folder is made where there is none; the file is for its
   * owner alone (0600). Default `storage/sessions.sqlite`.
   */
  path?: string | undefined
  /** The table of the sessions. Default `sessions`. Apps that share a file need one each. */
  tableName?: string | undefined
  /**
   * Milliseconds for which a call may stop the whole process while another one writes; then it waits
   * without stopping anything, for up to a second altogether. Default 5: a write takes a fraction of
   * one.
   */
  busyTimeoutMs?: number | undefined
  /**
   * Whether each write waits for the disk, so that a power loss takes nothing. Default `false`: it
   * may take the last seconds; a crash of the process takes nothing in any case.
   */
  fsync?: boolean | undefined
  /** Seconds between two rounds that remove what has expired. Default 60; at most 86400, a day. */
  sweepIntervalSeconds?: number | undefined
}

const day = 86_400

/**
 * Sessions in one SQLite file: for one machine whose sessions outlive a restart, with as many
 * processes as it likes. Needs Node 22.13, Deno 2.2 or Bun.
 *
 * Its calls are synchronous and take some ten microseconds, less than a turn through a thread would.
 * Each verb is one statement, so one transaction: SQLite lets one writer in at a time, and that order
 * is the order of the verbs. `replace` looks again where it did nothing, to say why.
 *
 * The index of owners is a column of the record, written with it. Hence `create` never answers
 * `revoked`: it comes before `destroyOwner`, which then removes its record, or after it.
 *
 * @throws {SessionConfigError} for options that cannot work
 */
export function sqliteStore(
  options: SqliteStoreOptions & { now?: (() => number) | undefined } = {},
): SessionStore {
  const settings = settingsOf(options)
  const { path, now, sweepIntervalSeconds } = settings
  let database: Database | undefined
  let stopSweeping: (() => void) | undefined
  let isClosed = false

  function open(): Database {
    if (isClosed) throw new Error('The session store has been closed.')
    database ??= openStatements(settings)
    stopSweeping ??= startSweeping(sweepIntervalSeconds * 1000, sweep)
    return database
  }

  function sweep(most: number): number {
    // Where the file was removed or replaced, other processes are in the new one by now.
    if (database && database.file !== identityOf(path)) leave()
    return Number(open().statements.removeExpired.run(now(), most).changes)
  }

  function leave(): void {
    const left = database
    database = undefined
    left?.close()
  }

  return {
    load(key) {
      return patiently(() => {
        const row = open().statements.load.get(toStored(key), now())
        return row ? recordOf(row) : undefined
      })
    },
    create(key, record) {
      return patiently(() => {
        const { changes } = open().statements.create.run(toStored(key), ...valuesOf(record), now())
        return changes ? 'created' : 'exists'
      })
    },
    replace(key, record, version) {
      return patiently(() => {
        const { statements } = open()
        const [at, time] = [toStored(key), now()]
        const { changes } = statements[record.successor ? 'seal' : 'replace'].run(
          ...valuesOf(record),
          at,
          toStored(version),
          time,
        )
        if (changes) return 'replaced'
        return statements.exists.get(at, time) ? 'conflict' : 'gone'
      })
    },
    touch(key, version, lastActivityAt, expiresAt) {
      return patiently(() => {
        const { touch } = open().statements
        const at = toStored(key)
        return !!touch.run(lastActivityAt, expiresAt, at, toStored(version), now()).changes
      })
    },
    destroy(key, version) {
      return patiently(() => {
        const only = version === undefined ? null : toStored(version)
        return !!open().statements.destroy.run(toStored(key), only, now()).changes
      })
    },
    list(owner) {
      return patiently(() => {
        const rows = open().statements.list.all(toStored(owner), now())
        return rows.map((row) => ({ key: fromStored(row.key), record: recordOf(row) }))
      })
    },
    destroyOwner(owner, except) {
      return patiently(() => {
        const stays = except === undefined ? null : toStored(except)
        const gone = open().statements.destroyOwner.all(toStored(owner), stays, now())
        return gone.filter(({ live }) => live).length
      })
    },
    async ready() {
      try {
        await patiently(open)
      } catch (error) {
        // Another process is writing, or the disk is full: that passes.
        if (!isBusy(error) && !isFull(error)) throw error
      }
    },
    close() {
      isClosed = true
      stopSweeping?.()
      leave()
    },
    secret(proposal, unfit) {
      return patiently(() => {
        const { statements } = open()
        statements.proposeSecret.run(toStored(proposal))
        if (unfit !== undefined) statements.swapSecret.run(toStored(proposal), toStored(unfit))
        const stands = statements.secret.get()
        if (!stands) throw new Error('The session database does not keep what it is given.')
        return fromStored(stands.value)
      })
    },
  }
}

interface Database {
  readonly statements: ReturnType<typeof prepareStatements>
  /** Tells it from another one under the same path. */
  readonly file: string | undefined
  close(): void
}

function openStatements(settings: Parameters<typeof openDatabase>[0]): Database {
  const connection = openDatabase(settings)
  try {
    const statements = prepareStatements(connection, settings.tableName)
    return {
      statements,
      file: identityOf(settings.path),
      close() {
        statements.finalize()
        connection.close()
      },
    }
  } catch (error) {
    connection.close()
    throw error
  }
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}

function settingsOf(options: SqliteStoreOptions & { now?: (() => number) | undefined }) {
  const { path = 'storage/sessions.sqlite', tableName = 'sessions' } = options
  const { busyTimeoutMs = 5, fsync = false } = options
  const { sweepIntervalSeconds = 60, now = () => Date.now() } = options
  if (typeof path !== 'string' || path === '' || path === ':memory:') {
    throw new SessionConfigError(
      "sqlite.path must name a file. For sessions that live in the process there is driver: 'memory'.",
    )
  }
  if (!/^[a-z_]\w{0,62}$/i.test(tableName) || /^(?:sqlite_|secrets$)/i.test(tableName)) {
    throw new SessionConfigError(
      'sqlite.tableName must be a name of letters, digits and "_" that begins with a letter, is not "secrets" and has at most 63 characters.',
    )
  }
  if (!(busyTimeoutMs >= 0 && busyTimeoutMs <= 900)) {
    throw new SessionConfigError('sqlite.busyTimeoutMs must be a number from 0 to 900.')
  }
  if (!(sweepIntervalSeconds > 0 && sweepIntervalSeconds <= day)) {
    throw new SessionConfigError(`sqlite.sweepIntervalSeconds must be above 0 and at most ${day}.`)
  }
  return {
    path: resolve(path),
    tableName,
    busyTimeoutMs: Math.round(busyTimeoutMs),
    fsync,
    sweepIntervalSeconds,
    now,
  }
}

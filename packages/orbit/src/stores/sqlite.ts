import { resolve } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import { setTimeout as pause } from 'node:timers/promises'
import { SessionError } from '../errors.ts'
import { checkedSection } from './factory-options.ts'
import {
  type Database,
  fullError,
  isBusy,
  isFull,
  openDatabase,
  retryWhileBusy,
  storesOfProcess,
} from './sqlite/open.ts'
import { compareAndSetBy, loadBy } from './sqlite/table.ts'
import { recordsWithin } from './sqlite/within.ts'
import type {
  CheckedStore,
  PrunableStore,
  SynchronousStore,
  TransactionalStore,
  WalkableStore,
} from './store.ts'

/** Options of the sqlite driver. */
export interface SqliteStoreOptions {
  /** The file, on a local disk. Only its owner can read it (0600). Default `storage/sessions.sqlite`. */
  path?: string | undefined
  /** The table of the sessions. Default `sessions`. Apps that share a file need different tables. */
  tableName?: string | undefined
  /**
   * The number of milliseconds for which a call may block the process while another process writes. After that, it
   * waits without blocking, for up to a second in total. Default 5.
   */
  busyTimeoutMs?: number | undefined
  /** Whether each write waits for the disk. Default `false`: a power loss may lose the last seconds. */
  fsync?: boolean | undefined
  /** Seconds between two removals of expired records. Default 60. Maximum 86400, a day. */
  sweepIntervalSeconds?: number | undefined
}

type Maintained = CheckedStore & PrunableStore & WalkableStore
type SqliteStore = Maintained & SynchronousStore & TransactionalStore
type Surroundings = { now: () => number; warn: (message: string) => void }
type Options = SqliteStoreOptions & {
  [Name in keyof Surroundings]?: Surroundings[Name] | undefined
}
type SharedStore = { users: number; surroundings: Surroundings; store: SqliteStore }
type Settings = {
  readonly [Name in keyof SqliteStoreOptions]-?: NonNullable<SqliteStoreOptions[Name]>
}

/** In milliseconds. For this long, a read that finds its record does not check whether the file still exists. */
const trustedFor = 1_000
/**
 * In milliseconds. After the file was removed, the store waits this long before it creates a new one. The journals of
 * the old file are usually removed a moment later. If they already belonged to the new file, its data would be lost.
 */
const removalMs = 100
/** In milliseconds. Expired records are removed in short steps with long pauses, so requests are not slowed down. */
const [batchMs, pauseMs] = [3, 10]

/**
 * Keeps sessions in one SQLite file, for one machine with any number of processes. It needs Node 22.13, Deno 2.2 or
 * Bun. Each call is one statement, and so one transaction, and it is synchronous. Only a call that opens the file, and
 * a write that meets a write of another process, may return a promise and try again.
 *
 * Stores of one process with the same options share one connection. So if hot reloads do not close their store, only
 * one connection stays open. The clock of the newest store is used.
 *
 * @throws {SessionConfigError} if an option is not valid
 */
export function sqliteStore(options: Options = {}): SqliteStore {
  const { now, warn, ...checked } = checkedSection('sqlite', options)
  const settings = { ...checked, path: resolve(checked.path) }
  const surroundings = { now, warn }
  const [stores, name] = [storesOfProcess<SharedStore>(), JSON.stringify(settings)]
  const made = { users: 0, surroundings, store: newStore(settings, surroundings) }
  const shared = stores.get(name) ?? made
  stores.set(name, shared)
  shared.users += 1
  Object.assign(shared.surroundings, surroundings)
  let isClosed = false
  function close() {
    if (!isClosed) shared.users -= 1
    const isLast = !isClosed && shared.users === 0
    isClosed = true
    return isLast && stores.delete(name) ? shared.store.close() : undefined
  }
  return {
    ...shared.store,
    get isSynchronous() {
      return shared.store.isSynchronous
    },
    close,
  }
}

function newStore(settings: Settings, surroundings: Surroundings): SqliteStore {
  const now = () => surroundings.now()
  let database: Database | undefined
  let checkedAt = 0
  let opensAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  // After a write, the store checks whether the path still leads to the same file. If the file was removed or
  // replaced, the write is repeated, as if the database had been busy. A read makes this check if it has found
  // nothing, and once a second.
  function attempt<T>(work: (database: Database) => T, isFound: (result: T) => boolean): T {
    if (isClosed) throw new Error('The session store has been closed.')
    timer ??= later()
    try {
      if (performance.now() < opensAt) throw new Error('database is locked: its file was removed')
      database ??= openDatabase(settings)
      const result = work(database)
      const time = performance.now()
      if (isFound(result) && time - checkedAt < trustedFor) return result
      checkedAt = time
      if (database.isInPlace()) return result
      leave()
      opensAt = time + removalMs
      surroundings.warn(
        `The session database ${settings.path} was removed or replaced while the app was running. Its sessions are lost. The app continues with a new file.`,
      )
      return attempt(work, isFound)
    } catch (error) {
      // The next call opens the database again, and checks it.
      if (!isBusy(error)) leave()
      throw isFull(error) ? fullError(settings.path, error) : error
    }
  }

  const run = <T>(work: (database: Database) => T, isFound: (result: T) => boolean = () => false) =>
    retryWhileBusy(() => attempt(work, isFound))

  function leave(): void {
    const left = database
    database = undefined
    left?.close()
  }

  async function prune(keepsAlive: boolean): Promise<number> {
    for (let [all, most] = [0, 50]; ; await pause(pauseMs, undefined, { ref: keepsAlive })) {
      const began = performance.now()
      const { changes } = await run(({ removeExpired }) => removeExpired.run(now(), most))
      all += Number(changes)
      if (changes < most) return all
      const fitting = (most * batchMs) / Math.max(performance.now() - began, 0.1)
      most = Math.round(Math.min(Math.max(fitting, 5), 2 * most, 500))
    }
  }

  function later(): ReturnType<typeof setTimeout> {
    const sweep = async () => {
      // If the database is busy or unavailable, the next round removes them. Requests report the problem themselves.
      await prune(false).catch(() => {})
      if (!isClosed) timer = later()
    }
    return setTimeout(sweep, settings.sweepIntervalSeconds * 1_000).unref()
  }

  return {
    // A call that opens the file may have to wait for another process.
    get isSynchronous() {
      return database !== undefined
    },
    load(key) {
      const read = (database: Database) => loadBy(database, key, now())
      // A caller that was told that the store is synchronous cannot wait, so a removed file is an error here.
      return database ? attempt(read, Boolean) : run(read, Boolean)
    },
    compareAndSet: (key, version, next) =>
      run((database) => compareAndSetBy(database, key, version, next, now())),
    within: (transaction) => recordsWithin(transaction, settings, now),
    async *keys() {
      for (let last = ''; ; await pause(0)) {
        const rows = await run((database) => database.keys.all(last, now()))
        if (rows.length === 0) return
        yield* rows.map(({ key }) => key)
        last = rows.at(-1)?.key ?? ''
      }
    },
    async ready() {
      try {
        await run(() => undefined)
      } catch (error) {
        // Another process is writing, or the disk is full. Both may resolve themselves.
        if (!isBusy(error) && !(error instanceof SessionError)) throw error
      }
    },
    prune: () => prune(true),
    close() {
      isClosed = true
      clearTimeout(timer)
      leave()
    },
  }
}

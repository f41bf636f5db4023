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

/** The file, and how it is used. */
export interface SqliteStoreOptions {
  /** The file, on a local disk, made for its owner alone (0600). Default `storage/sessions.sqlite`. */
  path?: string | undefined
  /** The table of the sessions. Default `sessions`. Apps that share a file need one each. */
  tableName?: string | undefined
  /**
   * Milliseconds for which a call may stop the process while another one writes. Then it waits without
   * stopping anything, for up to a second altogether. Default 5.
   */
  busyTimeoutMs?: number | undefined
  /** Whether each write waits for the disk. Default `false`: a power loss may take the last seconds. */
  fsync?: boolean | undefined
  /** Seconds between two rounds that remove expired records. Default 60; at most 86400, a day. */
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

/** Milliseconds for which a read that finds its record trusts the file to be still there. */
const trustedFor = 1_000
/**
 * Milliseconds from noticing that the file was removed to making a new one. Its journals are removed a
 * moment later, as a rule. If these were the new file's by then, what is in them would be lost.
 */
const removalMs = 100
/** Milliseconds: so short, and so far apart, that requests do not feel the removal of expired records. */
const [batchMs, pauseMs] = [3, 10]

/**
 * Sessions in one SQLite file: for one machine, with as many processes as it likes. Needs Node 22.13,
 * Deno 2.2 or Bun. Each call is one statement, so one transaction, and answers at once. Only a call that
 * opens the file, and a write that meets that of another process, may return a promise and try again.
 *
 * Stores of one process with the same options share one connection, so that hot reloads that close
 * nothing leave one open, not many. The clock of the newest store counts.
 *
 * @throws {SessionConfigError} for options that cannot work
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

  // A write looks afterwards whether the file is still the one under the path: if somebody has removed or
  // replaced it, it is done again, as if the database had been busy. A read looks if it has found nothing,
  // and once a second.
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
        `The session database ${settings.path} was removed or replaced while the app was running. Its sessions are lost. The app goes on with a new file.`,
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
      // Busy, or away: the next round will do. Requests find out for themselves, and say so.
      await prune(false).catch(() => {})
      if (!isClosed) timer = later()
    }
    return setTimeout(sweep, settings.sweepIntervalSeconds * 1_000).unref()
  }

  return {
    // To open the file, a call may have to wait for another process.
    get isSynchronous() {
      return database !== undefined
    },
    load(key) {
      const read = (database: Database) => loadBy(database, key, now())
      // Who was told that the store answers at once cannot wait, so a file that was just removed is an error.
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
        // Another process is writing, or the disk is full: that passes.
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

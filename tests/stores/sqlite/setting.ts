import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newMark } from '../../../packages/orbit/src/session/marks.ts'
import { isBusy, sqliteOfRuntime } from '../../../packages/orbit/src/stores/sqlite/open.ts'
import type { Connection } from '../../../packages/orbit/src/stores/sqlite/table.ts'
import { sqliteStore } from '../../../packages/orbit/src/stores/sqlite.ts'
import type { Awaitable, SessionRecord } from '../../../packages/orbit/src/stores/store.ts'

/** A record that expires in a minute. */
export function record(fields: Partial<SessionRecord> = {}): SessionRecord {
  return { version: newMark(), payload: 'payload', expiresAt: Date.now() + 60_000, ...fields }
}

type Options = Parameters<typeof sqliteStore>[0]

export interface Place {
  readonly path: string
  /** A store on the file. It is closed after the test. */
  open(options?: Options): ReturnType<typeof sqliteStore>
  /**
   * A direct SQLite connection to the file or to another one, to check the store. It is closed after the test.
   */
  look(file?: string): Connection
}

/** A test with its own folder, which is removed after it. */
export function inFolder(test: (place: Place) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gravito-sqlite-'))
    const opened: { close(): unknown }[] = []
    const path = join(folder, 'sessions.sqlite')
    const keep = <T extends { close(): unknown }>(one: T): T => {
      opened.push(one)
      return one
    }
    try {
      await test({
        path,
        open: (options) => keep(sqliteStore({ path, ...options })),
        look: (file = path) => keep(new (sqliteOfRuntime())(file)),
      })
    } finally {
      for (const one of opened) one.close()
      await rm(folder, { recursive: true })
    }
  }
}

/** Waits until the condition is true, and checks it whenever the process is idle. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('The condition was not true within 20 seconds.')
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Lets SQLite itself change a file. */
export function alter(path: string, sql: string): void {
  const connection = new (sqliteOfRuntime())(path)
  connection.exec(sql)
  connection.close()
}

/** A transaction that an app has begun on a separate connection. Its end closes the connection. */
export function begin(path: string) {
  const within = new (sqliteOfRuntime())(path)
  within.exec('BEGIN IMMEDIATE')
  const end = (sql: string) => () => {
    within.exec(sql)
    within.close()
  }
  return { within, commit: end('COMMIT'), rollback: end('ROLLBACK') }
}

/** Retries while other processes keep the database busy, like a client after a 503. */
export async function patiently<T>(work: () => Awaitable<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error)) throw error
    }
  }
}

export function countRows(connection: Connection): number {
  const row = connection.prepare<{ n: number }>('SELECT count(*) AS n FROM sessions').get()
  return row?.n ?? 0
}

export function firstNumber(payload: string): number {
  return Number.parseInt(payload, 10)
}

/** The journal files next to the database. */
export function journals(path: string): string[] {
  return [`${path}-wal`, `${path}-shm`].filter((file) => existsSync(file))
}

/**
 * For how many milliseconds this process blocked its event loop each time, longest first. Time in which
 * other processes had the processor does not count.
 */
export function watchPauses() {
  const pauses: number[] = []
  const times = () => ({ passed: performance.now(), spent: process.cpuUsage() })
  let last = times()
  const note = () => {
    const { user, system } = process.cpuUsage(last.spent)
    pauses.push(Math.min(performance.now() - last.passed, (user + system) / 1000))
    last = times()
  }
  const tick = () => {
    note()
    next = setImmediate(tick)
    // A test that fails before it stops this still ends.
    next.unref()
  }
  let next = setImmediate(tick)
  return {
    stop() {
      clearImmediate(next)
      note()
      return pauses.sort((a, b) => b - a)
    },
  }
}

import { setTimeout } from 'node:timers/promises'
import { isError } from '../../thrown.ts'
import type { Awaitable } from '../store.ts'

/** Below the second after which the engine gives a store up and looks up what came of the write. */
const patience = 900

/**
 * Runs the work, and again as long as another process holds the lock: first at once, where nothing
 * has to be awaited, then with pauses in which this process serves others. It may run again because
 * a busy database has done nothing of it.
 */
export function patiently<T>(work: () => T): Awaitable<T> {
  try {
    return work()
  } catch (error) {
    if (!isBusy(error)) throw error
    return again(work)
  }
}

async function again<T>(work: () => T): Promise<T> {
  const until = performance.now() + patience
  for (;;) {
    // Of random length, so that two processes do not meet again and again.
    await setTimeout(5 + Math.random() * 20)
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error
    }
  }
}

/** Whether SQLite said SQLITE_BUSY, in one of its variants. */
export function isBusy(error: unknown): boolean {
  // Deno gives no number where a batch of statements failed.
  return isKind(error, 5) || isSaid(error, 'database is locked')
}

/** Whether the disk is full, as SQLite says it (SQLITE_FULL) or the system. */
export function isFull(error: unknown): boolean {
  return isKind(error, 13) || isSaid(error, 'disk is full', 'ENOSPC', 'EDQUOT')
}

/** The lower byte of SQLite's number names the kind. */
function isKind(error: unknown, kind: number): boolean {
  if (!isError(error)) return false
  const code = 'errcode' in error ? error.errcode : 'errno' in error ? error.errno : undefined
  return typeof code === 'number' && code > 0 && (code & 0xff) === kind
}

function isSaid(error: unknown, ...parts: string[]): boolean {
  return isError(error) && parts.some((part) => error.message.includes(part))
}

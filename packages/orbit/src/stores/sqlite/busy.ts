import { setTimeout } from 'node:timers/promises'
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

/** Whether SQLite said SQLITE_BUSY, in one of its variants: the lower byte names the kind. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'errcode' in error ? error.errcode : 'errno' in error ? error.errno : undefined
  if (typeof code === 'number') return (code & 0xff) === 5
  // Deno gives no number where a batch of statements failed.
  return error.message.includes('database is locked')
}

import { clearTimeout, setTimeout } from 'node:timers'
import { setTimeout as pause } from 'node:timers/promises'
import { longestTimer } from '../../checks.ts'
import { newMark } from '../../session/marks.ts'
import type { SessionStore } from '../store.ts'
import type { Run } from './clients.ts'
import { batch, type statementsOf } from './dialects.ts'

/** Milliseconds between two steps of a sweep, so that requests do not wait for it. */
const pauseMs = 20

/** The key of the lease. It is shorter than the key of a session. */
const leaseKey = 'sweep'

/** Removes expired records. */
export interface Sweep {
  /** Starts to sweep from time to time, if it has not started yet. */
  start(): void
  /** Removes expired records now, even if another process does the same, and returns how many it removed. */
  prune(): Promise<number>
  stop(): void
}

/**
 * Removes expired records in small steps. Every process tries from time to time, at random moments. A process sweeps
 * if it can put a lease into the table, as a separate record. The lease expires after half of the interval, and the
 * sweep ends then at the latest. So a killed process does not block the others. While a lease exists, the other
 * processes do nothing, so fifty processes sweep about as often as one. If clocks differ, two processes may sweep at
 * the same time. This is harmless, because each row is removed by one of them.
 */
export function sweepOf({
  run,
  statements,
  compareAndSet,
  now,
  intervalSeconds,
}: {
  readonly run: Run
  readonly statements: ReturnType<typeof statementsOf>
  readonly compareAndSet: SessionStore['compareAndSet']
  readonly now: () => number
  readonly intervalSeconds: number
}): Sweep {
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Removes some expired records. Returns how many it removed, and whether there may be more. */
  async function removeSome(): Promise<{ removed: number; isLast: boolean }> {
    const time = now()
    if (statements.removeExpired) {
      const { changes } = await run(statements.removeExpired, [time])
      return { removed: changes, isLast: changes < batch }
    }
    const keys = (await run(statements.expired, [time])).rows.map(([key]) => String(key)).sort()
    if (keys.length === 0) return { removed: 0, isLast: true }
    // The same statement for every number of keys, so that it is prepared only once.
    const filled = Array.from({ length: batch }, (_, place) => keys[place] ?? keys[0] ?? '')
    const { changes } = await run(statements.removeKeys, [...filled, time])
    return { removed: changes, isLast: keys.length < batch }
  }

  async function removeUntil(end: number, keepsAlive: boolean): Promise<number> {
    for (let all = 0; ; await pause(pauseMs, undefined, { ref: keepsAlive })) {
      const { removed, isLast } = await removeSome()
      all += removed
      if (isLast || now() >= end) return all
    }
  }

  async function sweep(): Promise<void> {
    // Set the timer first, because a client may never settle a statement whose connection has broken.
    timer = later()
    const expiresAt = now() + intervalSeconds * 500
    const lease = { version: newMark(), payload: '', expiresAt, evictable: true }
    if (await compareAndSet(leaseKey, undefined, lease)) await removeUntil(expiresAt, false)
  }

  function later(): ReturnType<typeof setTimeout> {
    // The interval has a random length, so that processes that started together do not sweep together.
    const seconds = Math.min(intervalSeconds * (0.5 + Math.random()), longestTimer)
    // If the server is unavailable, the next round removes them. Requests report the outage themselves.
    return setTimeout(() => void sweep().catch(() => {}), seconds * 1_000).unref()
  }

  return {
    start() {
      timer ??= later()
    },
    prune: () => removeUntil(Number.POSITIVE_INFINITY, true),
    stop() {
      clearTimeout(timer)
    },
  }
}

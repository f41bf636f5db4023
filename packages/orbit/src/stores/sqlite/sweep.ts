import { setTimeout } from 'node:timers'

/** So short that requests do not feel it. */
const batchMs = 3
const pauseMs = 10
/** Timers overflow at 24.8 days. */
const longestMs = 24 * 60 * 60 * 1000

/**
 * Removes what has expired, a little at a time: batches are made as large as takes some
 * milliseconds, and other work gets its turn between them. Several processes may do so at once: each
 * removes what the others have left.
 *
 * @param removeExpired removes as many as it is told, at most, and says how many it removed
 */
export function startSweeping(
  everyMs: number,
  removeExpired: (most: number) => number,
): () => void {
  let most = 50
  let timer = later(everyMs)

  function later(ms: number): ReturnType<typeof setTimeout> {
    const next = setTimeout(sweep, Math.min(ms, longestMs))
    next.unref()
    return next
  }

  function sweep(): void {
    const began = performance.now()
    let isDone = true
    try {
      isDone = removeExpired(most) < most
      const took = Math.max(performance.now() - began, 0.1)
      most = Math.round(Math.min(Math.max((most * batchMs) / took, 5), 2 * most, 500))
    } catch {
      // Busy, or away: the next round will do. Requests find out for themselves, and say so.
    }
    timer = later(isDone ? everyMs : pauseMs)
  }

  return () => clearTimeout(timer)
}

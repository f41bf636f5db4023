import type { Awaitable } from '../stores/store.ts'
import type { CommitQueue } from './queue.ts'

/** The queue of one key: the ticket whose turn it is, and the ticket that the next work gets. */
interface Line {
  serving: number
  next: number
  /** When it last became the turn of another ticket. */
  movedAt: number
}

/** Milliseconds after which the turn passes to the next ticket, because the client may have disconnected. */
const overdueMs = 250
const longestPauseMs = 20
/** Requests usually leave few queues behind. If there are more than this, all of them are dropped. */
const mostLines = 10_000

/**
 * A queue without shared promises, for Cloudflare Workers. There, no request may wait for a promise of another one,
 * and a request may never give back its turn, because its client has disconnected. So each request draws a ticket and
 * uses a timer to check whether it is its turn.
 *
 * The queue only reduces retries. If two requests work at the same time, the compare-and-set of the store decides.
 */
export class Turns implements CommitQueue {
  readonly #lines = new Map<string, Line>()

  run<T>(key: string, job: () => Promise<T>): Promise<T>
  run<T>(key: string, job: () => Awaitable<T>): Awaitable<T>
  run<T>(key: string, job: () => Awaitable<T>): Awaitable<T> {
    const line = this.#lines.get(key)
    if (line) return this.#inTurn(key, line, job)
    const result = job()
    if (!(result instanceof Promise)) return result
    if (this.#lines.size >= mostLines) this.#lines.clear()
    const begun = { serving: 0, next: 1, movedAt: performance.now() }
    this.#lines.set(key, begun)
    return result.finally(() => this.#passOn(key, begun, 0))
  }

  async #inTurn<T>(key: string, line: Line, job: () => Awaitable<T>): Promise<T> {
    const ticket = line.next
    line.next += 1
    while (line.serving < ticket) {
      const isOverdue = performance.now() - line.movedAt > overdueMs
      if (isOverdue) this.#passOn(key, line, line.serving)
      else await pause(Math.min(2 * (ticket - line.serving), longestPauseMs))
    }
    try {
      return await job()
    } finally {
      this.#passOn(key, line, ticket)
    }
  }

  #passOn(key: string, line: Line, ticket: number): void {
    if (line.serving <= ticket) {
      line.serving = ticket + 1
      line.movedAt = performance.now()
    }
    if (line.serving === line.next && this.#lines.get(key) === line) this.#lines.delete(key)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

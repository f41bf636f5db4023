import { busyError } from '../stored-errors.ts'

/** How long a commit waits in the queue, and how long it then retries against other processes, in milliseconds. */
export const retryLimit = 2_000

const longestPause = 40

/** Tries again with growing, random pauses (jitter), until the time limit. */
export class Backoff {
  readonly #until: number
  #attempts = 0
  #isLast = false

  /** @param limit in milliseconds */
  constructor(limit = retryLimit) {
    this.#until = performance.now() + limit
  }

  /** @throws {SessionError} `session-busy` when it has taken too long */
  async pause(): Promise<void> {
    if (this.#isLast) throw busyError()
    // One more attempt after the limit, because the process may have been blocked all the time.
    this.#isLast = performance.now() >= this.#until
    this.#attempts += 1
    // After the first conflict there is usually no second one.
    if (this.#attempts === 1) return
    const most = Math.min(longestPause, 2 ** this.#attempts)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * most))
  }
}

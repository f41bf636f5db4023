import { busyError } from '../errors.ts'

/** How long a commit waits for its turn, and then tries against other processes: milliseconds. */
export const patience = 2_000

const longestPause = 40

/** Tries again with jitter, until patience ends. */
export class Patience {
  readonly #until = performance.now() + patience
  #attempts = 0

  /** @throws {SessionError} `session-busy` when it has taken too long */
  async pause(): Promise<void> {
    if (performance.now() >= this.#until) throw busyError()
    this.#attempts += 1
    // The first conflict is most often the only one.
    if (this.#attempts === 1) return
    const most = Math.min(longestPause, 2 ** this.#attempts)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * most))
  }
}

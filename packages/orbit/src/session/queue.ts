import { busyError } from '../errors.ts'
import { withinTime } from '../time-limit.ts'

/**
 * One after the other, per key: commits of one session in one process would otherwise only make
 * each other try again. Nothing is held for keys that nobody waits for.
 */
export class Queue {
  readonly #tails = new Map<string, Promise<void>>()
  readonly #patience: number

  /** @param patience milliseconds after which waiting is given up */
  constructor(patience: number) {
    this.#patience = patience
  }

  /** @throws {SessionError} `session-busy` if the turn does not come in time */
  async run<T>(key: string, job: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    let leave = () => {}
    const mine = new Promise<void>((resolve) => {
      leave = resolve
    })
    const tail = before ? before.then(() => mine) : mine
    this.#tails.set(key, tail)
    // Not before all those ahead are done, even if this one has given up.
    tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
    try {
      if (before) await withinTime(this.#patience, before, busyError)
      return await job()
    } finally {
      leave()
    }
  }
}

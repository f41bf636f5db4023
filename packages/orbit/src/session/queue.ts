import { busyError } from '../errors.ts'
import { withinTime } from '../time-limit.ts'

/**
 * Runs work one after the other, per key. Without it, commits of one session in one process would make
 * each other try again. It keeps nothing for keys that no work waits for.
 */
export class Queue {
  readonly #tails = new Map<string, Promise<void>>()
  readonly #limit: number

  /** @param limit milliseconds after which waiting is given up */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** @throws {SessionError} `session-busy` if the work has to wait for too long */
  async run<T>(key: string, job: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    let leave = () => {}
    const mine = new Promise<void>((resolve) => {
      leave = resolve
    })
    const tail = before ? before.then(() => mine) : mine
    this.#tails.set(key, tail)
    // The next one waits for all before it, even if this one has given up.
    tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
    try {
      if (before) await withinTime(this.#limit, before, busyError)
      return await job()
    } finally {
      leave()
    }
  }
}

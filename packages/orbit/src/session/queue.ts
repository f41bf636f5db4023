import { busyError } from '../stored-errors.ts'
import type { Awaitable } from '../stores/store.ts'
import { withinTime } from '../time-limit.ts'

/** Runs work one after the other, per key. */
export interface CommitQueue {
  run<T>(key: string, job: () => Promise<T>): Promise<T>
  run<T>(key: string, job: () => Awaitable<T>): Awaitable<T>
}

/**
 * Runs work one after the other for each key. Without it, commits of one session in the same process would make
 * each other retry. It stores nothing for keys without waiting work.
 */
export class Queue implements CommitQueue {
  readonly #tails = new Map<string, Promise<void>>()
  readonly #limit: number

  /** @param limit the number of milliseconds after which waiting fails */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * Synchronous work does not need a place in the queue, because nothing can run in between.
   *
   * @throws {SessionError} `session-busy` if the work has to wait for too long
   */
  run<T>(key: string, job: () => Promise<T>): Promise<T>
  run<T>(key: string, job: () => Awaitable<T>): Awaitable<T>
  run<T>(key: string, job: () => Awaitable<T>): Awaitable<T> {
    const before = this.#tails.get(key)
    const result = before ? withinTime(this.#limit, before, busyError).then(job) : job()
    if (!(result instanceof Promise)) return result
    const done = result.then(ignore, ignore)
    // The next job waits for all jobs before it, even if this one has given up.
    const tail = before ? before.then(() => done) : done
    this.#tails.set(key, tail)
    tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
    return result
  }
}

const ignore = () => {}

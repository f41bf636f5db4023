import { isPresent } from '../../../packages/orbit/src/stores/envelope.ts'
import type { SessionRecord, SessionStore } from '../../../packages/orbit/src/stores/store.ts'
import type { Fault } from './case.ts'

/** One store, which behaves like the server of a database. */
export class Medium {
  readonly #records = new Map<string, SessionRecord>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  load(key: string): SessionRecord | undefined {
    const record = this.#records.get(key)
    return isPresent(record, this.#now()) ? record : undefined
  }

  compareAndSet(key: string, version: string | undefined, next: SessionRecord | undefined) {
    if (this.load(key)?.version !== version) return false
    if (next) this.#records.set(key, next)
    else this.#records.delete(key)
    return true
  }
}

/** Runs the calls of the stores one after the other, in an order that it chooses. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #running = 0

  /** Resolves when it is the caller's turn. */
  async mine(): Promise<void> {
    const turn = new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#running -= 1
    await turn
  }

  /** Call it when a process has died. It gets no further turn. */
  died(): void {
    this.#running -= 1
  }

  /** @param pick returns which call comes next, as an index below `of` */
  async run(jobs: readonly (() => Promise<void>)[], pick: (of: number) => number): Promise<void> {
    this.#running = jobs.length
    const failures: unknown[] = []
    for (const job of jobs) {
      job()
        .catch((error: unknown) => failures.push(error))
        .finally(() => {
          this.#running -= 1
        })
    }
    for (;;) {
      while (this.#running > 0) await undefined
      if (failures.length > 0) throw failures[0]
      if (this.#waiting.length === 0) return
      const [next] = this.#waiting.splice(pick(this.#waiting.length), 1)
      this.#running += 1
      next?.()
    }
  }
}

/** The connection of one process to a store. Its calls are numbered across both stores. */
export function wayTo(
  medium: Medium,
  turns: Turns,
  calls: { count: number },
  fault: Fault | undefined,
): SessionStore {
  const call = async <Result>(work: () => Result): Promise<Result> => {
    await turns.mine()
    const isFaulty = fault?.at === calls.count
    calls.count += 1
    if (!isFaulty) return work()
    if (fault.isDone) work()
    if (fault.kind === 'fail') throw new FailedCall()
    turns.died()
    return new Promise(() => {})
  }
  return {
    load: (key) => call(() => medium.load(key)),
    compareAndSet: (key, version, next) => call(() => medium.compareAndSet(key, version, next)),
    close() {},
  }
}

/** The error of a call that failed because the case says so. */
export class FailedCall extends Error {}

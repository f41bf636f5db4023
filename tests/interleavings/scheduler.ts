/** Runs the steps of overlapping requests one at a time, in an order that it chooses. */
export class Scheduler {
  readonly #waiting: (() => void)[] = []
  readonly #picks: readonly number[]
  readonly #patience: number
  #step = 0
  #underWay = 0
  #settle = () => {}
  /** Without a current case, no call waits. */
  isHolding = false

  /** @param patience milliseconds in which requests in other processes reach their next step */
  constructor(picks: readonly number[], patience = 0) {
    this.#picks = picks
    this.#patience = patience
  }

  turn(): Promise<void> | undefined {
    if (!this.isHolding) return undefined
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** One step: it starts when it is chosen, and ends when the store has responded. */
  async step<Result>(call: () => Result): Promise<Awaited<Result>> {
    await this.turn()
    this.#underWay += 1
    try {
      return await call()
    } finally {
      this.#underWay -= 1
      this.#settle()
    }
  }

  /** @param tick gets the number of the next step, and one of the picks */
  async run(
    jobs: readonly (() => Promise<void>)[],
    tick: (step: number, pick: number) => void,
  ): Promise<void> {
    this.isHolding = true
    let left = jobs.length
    const all = jobs.map(async (job) => {
      await this.turn()
      await job().finally(() => {
        left -= 1
      })
    })
    while (left > 0) {
      await this.#settled()
      const until = performance.now() + this.#patience
      while (this.#waiting.length < left && performance.now() < until) await pause()
      if (this.#waiting.length === 0) {
        // A request waits for a timer: the pause before a retry.
        await pause()
        continue
      }
      const pick = this.#pickOf(this.#step)
      const [next] = this.#waiting.splice(pick % this.#waiting.length, 1)
      tick(this.#step, this.#pickOf(this.#step + 7))
      this.#step += 1
      next?.()
    }
    this.isHolding = false
    await Promise.all(all)
  }

  #pickOf(step: number): number {
    return this.#picks[step % this.#picks.length] ?? 0
  }

  /** Resolves when everything that needs no scheduling has happened. */
  async #settled(): Promise<void> {
    await immediate()
    while (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#settle = resolve
      })
      await immediate()
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1))
}

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

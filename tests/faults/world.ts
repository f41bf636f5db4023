import { setTimeout as after } from 'node:timers/promises'
import type { App } from './apps.ts'
import type { Random } from './random.ts'

/** How long a fault may have effects after its end, until connections are open again and a probe has run. */
const aftermathMs = 2_000

/** What all users of a fault run share: the processes, what has happened to them, and the counts. */
export class World {
  readonly counts = {
    requests: 0,
    acknowledged: 0,
    refused: 0,
    unknown: 0,
    'late responses': 0,
    'ended ids tried': 0,
    'apps killed': 0,
    'servers killed': 0,
    'servers paused': 0,
  }
  readonly violations: string[] = []
  /** How often the server has lost its data. */
  losses = 0
  /** The number of faults so far. */
  faults = 0
  #present = 0
  readonly apps: readonly App[]
  readonly #endsAt: number

  constructor(apps: readonly App[], seconds: number) {
    this.apps = apps
    this.#endsAt = performance.now() + seconds * 1000
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsAt
  }

  /** Whether a process is down, or was down a moment ago. */
  get isDisturbed(): boolean {
    return this.#present > 0
  }

  /** Notes an event of a process. Its effects last a little longer. */
  async disturb(what: () => Promise<void>): Promise<void> {
    this.#present += 1
    this.faults += 1
    try {
      await what()
    } finally {
      after(aftermathMs, undefined, { ref: false }).then(() => {
        this.#present -= 1
      })
    }
  }

  /** The address of a process that is running. */
  async origin(random: Random): Promise<string> {
    for (;;) {
      const up = this.apps.flatMap(({ origin }) => origin ?? [])
      if (up.length > 0) return random.one(up)
      await Promise.race(this.apps.map((app) => app.up))
    }
  }

  /** Reports something that no rule allows. */
  violate(who: string, what: readonly string[]): void {
    for (const one of what) this.violations.push(`${who}: ${one}`)
  }
}

import { clearTimeout, setTimeout } from 'node:timers'
import type { Cleaning } from './cleaning.ts'
import { namesIn } from './disk.ts'
import type { Layout } from './layout.ts'
import { turnIn } from './turn.ts'

export interface Sweeper {
  /** Sweeps now and then from now on, if it does not yet. */
  start(): void
  stop(): Promise<void>
}

/** How long a turn stands that is not kept up: so long the others wait for one that was killed. */
const leaseMs = 60_000
const keptEveryMs = 15_000
/** So many folders, then a pause: a sweep takes a small share of a core, however many there are. */
const sweptAtOnce = 50
const pauseMs = 4

/** Removes what has expired and what killed processes left, a little at a time, by one process. */
export function sweeperOf(layout: Layout, cleaning: Cleaning, intervalMs: number): Sweeper {
  const turn = turnIn(layout)
  let timer: ReturnType<typeof setTimeout> | undefined
  let wake = () => {}
  let sweeping: Promise<void> | undefined
  let hasStopped = false

  function schedule(): void {
    // Processes that began together come at different times.
    timer = setTimeout(
      () => {
        // What fails now, the next round tries again. Requests tell of a disk that is broken.
        sweeping = sweep()
          .catch(() => {})
          .then(() => {
            if (!hasStopped) schedule()
          })
      },
      intervalMs * (0.75 + Math.random() / 4),
    )
    timer.unref()
  }

  async function sweep(): Promise<void> {
    if (!(await turn.take(leaseMs))) return
    let keptAt = performance.now()
    let steps = 0
    for await (const step of allSteps()) {
      if (hasStopped) break
      await step().catch(() => {})
      steps += 1
      if (steps % sweptAtOnce > 0) continue
      await pause()
      if (performance.now() - keptAt < keptEveryMs) continue
      keptAt = performance.now()
      if (!(await turn.keep(leaseMs))) return
    }
    await turn.keep(hasStopped ? 0 : intervalMs / 2)
  }

  async function* allSteps(): AsyncGenerator<() => Promise<void>, void> {
    for (const name of await list('temporary')) {
      yield () => cleaning.prepared(layout.at('temporary', name))
    }
    for await (const folder of foldersIn('records')) yield () => cleaning.session(folder)
    for await (const folder of foldersIn('owners')) yield () => cleaning.owner(folder)
  }

  async function* foldersIn(area: string): AsyncGenerator<string, void> {
    for (const shard of await list(area)) {
      for (const name of await list(area, shard)) yield layout.at(area, shard, name)
    }
  }

  async function list(...names: string[]): Promise<string[]> {
    return (await namesIn(layout.at(...names)).catch(() => undefined)) ?? []
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      if (hasStopped) return resolve()
      wake = resolve
      setTimeout(resolve, pauseMs).unref()
    })
  }

  return {
    start() {
      if (!timer && !hasStopped) schedule()
    },
    async stop() {
      hasStopped = true
      clearTimeout(timer)
      wake()
      await sweeping
    },
  }
}

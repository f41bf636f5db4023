import { afterEach, describe, expect, it } from 'vitest'
import { memoryStore } from '../memory.ts'
import type { SessionStore } from '../store.ts'
import type { Run } from './clients.ts'
import { batch, statementsOf } from './dialects.ts'
import { type Sweep, sweepOf } from './sweep.ts'

const place = {
  dialect: 'postgres',
  table: 'sessions',
  schema: undefined,
  ownerColumn: false,
} as const
const intervalSeconds = 0.01
const leaseMs = (intervalSeconds * 1_000) / 2

const clock = { time: 1_000_000 }
const now = () => clock.time
const sweeps: Sweep[] = []
afterEach(() => {
  for (const sweep of sweeps.splice(0)) sweep.stop()
})

/** Processes that share a table, with counts of their actions. */
function processes(count: number, changes = () => 0) {
  const table = memoryStore({ now })
  const counts = { tries: 0, removals: 0 }
  const run: Run = async () => {
    counts.removals += 1
    return { rows: [], changes: changes() }
  }
  const compareAndSet: SessionStore['compareAndSet'] = (...args) => {
    counts.tries += 1
    return table.compareAndSet(...args)
  }
  const statements = statementsOf(place)
  for (let n = 0; n < count; n += 1) {
    const sweep = sweepOf({ run, statements, compareAndSet, now, intervalSeconds })
    sweeps.push(sweep)
    sweep.start()
    sweep.start()
  }
  return counts
}

describe('several processes', () => {
  it('let only one of them sweep until its lease has expired', async () => {
    const counts = processes(3)
    for (const removals of [1, 2]) {
      const { tries } = counts
      await expect.poll(() => counts.tries, { interval: 5 }).toBeGreaterThan(tries + 9)
      expect(counts.removals).toBe(removals)
      clock.time += leaseMs
    }
  })

  it('stop a sweep when its lease expires, even if there is more to remove', async () => {
    const counts = processes(1, () => {
      clock.time += leaseMs / 2
      return batch
    })
    await expect.poll(() => counts.removals, { interval: 5 }).toBeGreaterThan(5)
    expect(counts.removals).toBeLessThanOrEqual(2 * counts.tries)
  })
})

it('prune() removes all expired records, without the lease', async () => {
  let left = 2 * batch + 1
  const run: Run = async () => {
    const changes = Math.min(left, batch)
    left -= changes
    return { rows: [], changes }
  }
  const compareAndSet = () => false
  const statements = statementsOf(place)
  const sweep = sweepOf({ run, statements, compareAndSet, now, intervalSeconds })
  expect(await sweep.prune()).toBe(2 * batch + 1)
})

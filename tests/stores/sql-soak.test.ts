import { afterAll, describe, expect, it } from 'vitest'
import { start as startProcess } from '../stasis/process.ts'
import { deadlocksOf, newTable, openers, quoted, servers, storeOf } from './sql/setting.ts'
import { hotKeys } from './sql/soak-counts.ts'

/** `npm run soak:sql` runs the writers for ten minutes. */
const seconds = Number(process.env.SOAK_SECONDS ?? 5)
const worker = new URL('./sql/soak.ts', import.meta.url)

interface Outcome {
  readonly counts: Record<string, number>
  readonly hot: Record<string, number>
  readonly problems: Record<string, number>
}

const ends: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

/** The sums of the counts of all processes. */
function summed(all: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const counts of all) {
    for (const [what, count] of Object.entries(counts)) sums[what] = (sums[what] ?? 0) + count
  }
  return sums
}

describe('200 writers in two processes, while sweeps run', () => {
  it.concurrent.each(Object.entries(servers))(
    'lose no update, and cause no deadlock except those of InnoDB: %s',
    { timeout: (seconds + 120) * 1_000 },
    async (kind, { dialect, start, clients }) => {
      const server = await start()
      ends.push(() => server.stop())
      const opened = openers[clients[0]](server.url)
      ends.push(() => opened.end())
      const table = newTable()
      const { store } = storeOf(opened, { table, ownerColumn: true, sweepIntervalSeconds: 86_400 })
      await store.ready()
      const before = await deadlocksOf(opened, dialect)
      const processes = [1, 2].map(() => {
        const each = startProcess(worker, [kind, server.url, table, String(seconds)])
        ends.push(() => each.kill())
        return each
      })
      for (const each of processes) expect(await each.next()).toBe('ready')
      for (const each of processes) each.tell('go')
      const outcomes: Outcome[] = []
      for (const each of processes) outcomes.push(Object(await each.next()))

      const counts = summed(outcomes.map((outcome) => outcome.counts))
      const hot = summed(outcomes.map((outcome) => outcome.hot))
      const problems = summed(outcomes.map((outcome) => outcome.problems))
      const stored: Record<string, number> = {}
      for (const key of hotKeys) stored[key] = Number((await store.load(key))?.payload)
      const deadlocks = (await deadlocksOf(opened, dialect)) - before
      const figures = Object.entries({ ...counts, deadlocks })
      console.log(
        `${kind}, ${seconds} s: ${figures.map(([what, count]) => `${count} ${what}`).join(', ')}`,
      )
      expect(problems).toEqual({})
      expect(stored).toEqual(hot)
      expect([counts.lost, counts.extra]).toEqual([0, 0])
      // InnoDB lets two INSERTs share the lock of a record that a third request removes. Then both need the
      // lock exclusively. InnoDB breaks this deadlock, and the store repeats the INSERT.
      const most = dialect === 'mysql' ? Math.ceil((counts.commits ?? 0) / 5_000) : 0
      expect(deadlocks).toBeLessThanOrEqual(most)
      expect(counts.commits).toBeGreaterThan(50 * seconds)
      await store.prune()
      const left = await opened.look(
        `SELECT 1 FROM ${quoted(dialect, table)} WHERE ${quoted(dialect, 'key')} LIKE 'short%'`,
      )
      expect(left.length).toBeLessThanOrEqual(8)
      await store.close()
    },
  )
})

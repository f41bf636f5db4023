import { randomInt } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { digestOf } from '../../packages/orbit/src/stores/file/folder.ts'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { isComplete } from '../extent.ts'
import { build, start, type Worker } from './file-process.ts'
import { age, newFolder, record, recordsIn } from './file-setting.ts'

/** The number of random moments that `npm test` tries, which is enough for the important ones. */
const share = isComplete ? 1 : 0.25

let built: Awaited<ReturnType<typeof build>>
beforeAll(async () => {
  built = await build()
}, 60_000)
afterAll(() => built.remove())

async function setting() {
  const path = await newFolder(onTestFinished)
  const store = fileStore({ path })
  const run = (what: string, given = {}) => {
    const worker = start(built.url, [what, path, given])
    onTestFinished(() => worker.signal('SIGKILL'))
    return worker
  }
  return { path, store, run }
}

async function ready(workers: readonly Worker[]): Promise<void> {
  for (const worker of workers) expect(await worker.next()).toBe('ready')
}

describe('several processes on the same files', () => {
  it('lose no increment', async () => {
    const { store, run } = await setting()
    await store.compareAndSet('key', undefined, record({ payload: '0' }))
    const workers = [1, 2].map(() => run('increment', { key: 'key', times: 150 }))
    for (const worker of workers) await worker.ended()
    const told = workers.flatMap((worker) => worker.rest().filter((line) => line !== 'ready'))
    expect(new Set(told).size).toBe(300)
    expect((await store.load('key'))?.payload).toBe('300')
  })

  it('create each record once', async () => {
    const { store, run } = await setting()
    const keys = Array.from({ length: 300 }, (_, index) => `key-${index}`)
    const workers = [1, 2, 3].map(() => run('create', { keys }))
    await ready(workers)
    const made: unknown[] = []
    for (const worker of workers) made.push(...((await worker.next()) as unknown[]))
    expect(made.sort()).toEqual([...keys].sort())
    expect(await store.load('key-299')).toBeDefined()
  })

  it('create and remove the same record consistently while another process sweeps', async () => {
    const { path, run } = await setting()
    const workers = [1, 2, 3].map(() => run('toggle', { key: 'key', times: 150 }))
    let isOver = false
    const all = Promise.all(workers.map((worker) => worker.ended())).then(() => {
      isOver = true
    })
    const sweeping = fileStore({ path })
    while (!isOver) await sweeping.prune()
    await all
    // Each version that was created was removed by one process, and only one existed at a time.
    const told = workers.flatMap((worker) => worker.rest() as [string, string][])
    const created = told.filter(([what]) => what === 'created').map(([, version]) => version)
    const removed = told.filter(([what]) => what === 'removed').map(([, version]) => version)
    expect(created.length + removed.length).toBe(450)
    expect(new Set(removed).size).toBe(removed.length)
    const stands = await sweeping.load('key')
    expect([...removed, ...(stands ? [stands.version] : [])].sort()).toEqual(created.sort())
  })
})

describe('a process that is stopped in the middle of its work', () => {
  it('does not block other processes, and loses nothing when it continues', async () => {
    const { store, run } = await setting()
    await store.compareAndSet('key', undefined, record({ payload: '0' }))
    const worker = run('increment', { key: 'key', times: 400 })
    await ready([worker])
    let mine = 0
    for (let pause = 0; pause < 20; pause += 1) {
      await worker.next()
      worker.signal('SIGSTOP')
      for (let count = 0; count < 5; ) {
        const current = await store.load('key')
        if (!current) throw new Error('The record is gone.')
        const next = record({ payload: String(Number(current.payload) + 1) })
        if (await store.compareAndSet('key', current.version, next)) count += 1
      }
      mine += 5
      worker.signal('SIGCONT')
    }
    await worker.ended()
    expect((await store.load('key'))?.payload).toBe(String(400 + mine))
  })

  it('does not restore what was removed or put again meanwhile', {
    timeout: 60_000,
  }, async () => {
    const { path, store, run } = await setting()
    const late = fileStore({ path })
    let inTheMiddle = 0
    const stops = 40 * share
    for (let round = 0; round < stops; round += 1) {
      const key = `key-${round}`
      const first = record({ payload: '0:0' })
      await store.compareAndSet(key, undefined, first)
      const worker = run('write', { key, size: 1_000_000 })
      for (let line: unknown; line !== 'writing'; ) line = await worker.next()
      // Now, or as soon as the file with the new data is there.
      const home = join(path, 'records', digestOf(key))
      for (let looks = 0; looks < 500 && readdirSync(home).length === 2; looks += 1);
      worker.signal('SIGSTOP')
      const current = await store.load(key)
      if (readdirSync(home).length > 2) inTheMiddle += 1
      const again = record({ payload: '1000:again' })
      expect(await store.compareAndSet(key, current?.version, undefined)).toBe(true)
      await age(path)
      await late.prune()
      expect(await store.load(key)).toBeUndefined()
      if (round % 2) expect(await store.compareAndSet(key, undefined, again)).toBe(true)
      worker.signal('SIGCONT')
      // It finishes its write, then continues from the stored record. If there is none, it fails.
      if (round % 2) {
        await worker.next()
        for (let line: unknown; line !== 'writing'; ) line = await worker.next()
        worker.signal('SIGKILL')
      }
      await worker.ended()
      const number = Number.parseInt((await store.load(key))?.payload ?? '-1', 10)
      if (round % 2) expect(number).toBeGreaterThanOrEqual(1000)
      else expect(number).toBe(-1)
    }
    console.log(`stopped ${stops} times, in the middle of a write ${inTheMiddle} times`)
    expect(inTheMiddle).toBeGreaterThan(0)
  })
})

describe('a process that is killed', () => {
  const kills = 240 * share
  const size = 100_000

  it(`leaves the old record or the new one, ${kills} times, and no other files`, {
    timeout: 60_000,
  }, async () => {
    const { path, store, run } = await setting()
    const homeOf = (key: string) => join(path, 'records', digestOf(key))
    let withRemains = 0
    const kill = async (key: string) => {
      const first = record({ payload: `0:${'0'.repeat(size)}` })
      await store.compareAndSet(key, undefined, first)
      let known = 0
      for (let count = 0; count < kills / 4; count += 1) {
        const worker = run('write', { key, size })
        const told: unknown[] = []
        for (let left = randomInt(1, 4); left > 0; left -= 1) {
          for (let line: unknown; line !== 'writing'; told.push(line)) line = await worker.next()
        }
        worker.signal('SIGKILL')
        await worker.ended()
        const written = [...told, ...worker.rest()].filter((line) => line !== 'writing')
        known = Number(written.at(-1) ?? known)
        const payload = (await store.load(key))?.payload ?? ''
        const number = Number.parseInt(payload, 10)
        expect([known, known + 1]).toContain(number)
        expect(payload === `${number}:${String(number % 10).repeat(size)}`).toBe(true)
        if ((await readdir(homeOf(key))).length > 2) withRemains += 1
        known = number
      }
    }
    const keys = ['one', 'two', 'three', 'four']
    await Promise.all(keys.map(kill))
    console.log(`killed ${kills} times, in the middle of a write ${withRemains} times`)
    // Otherwise the kills came at the wrong moments.
    expect(withRemains).toBeGreaterThan(0)

    await age(path)
    await store.prune()
    expect((await recordsIn(path)).size).toBe(4)
    for (const key of keys) {
      const current = await store.load(key)
      expect(current?.payload).toMatch(/^\d+:(\d)\1+$/)
      expect(await store.compareAndSet(key, current?.version, record())).toBe(true)
      expect(await readdir(homeOf(key))).toHaveLength(2)
    }
  })

  it('has created and removed exactly what it reported', { timeout: 60_000 }, async () => {
    const { path, store, run } = await setting()
    await store.ready()
    const standing = new Map<string, boolean>()
    let prepared = 0
    const kills = 40 * share
    for (let count = 0; count < kills; count += 1) {
      const worker = run('createAndRemove', { size })
      const told: unknown[] = []
      for (let left = randomInt(1, 8); left > 0; left -= 1) {
        for (let line: unknown; line !== 'writing'; told.push(line)) line = await worker.next()
      }
      worker.signal('SIGKILL')
      await worker.ended()
      for (const line of [...told, ...worker.rest()]) {
        if (isOutcome(line)) standing.set(line.key, line.stands)
      }
      prepared = (await readdir(join(path, 'records'))).filter((name) => /^new_/.test(name)).length
    }
    console.log(`killed ${kills} times, ${prepared} times while a record was being prepared`)
    await age(path)
    await store.prune()
    const keys: string[] = []
    for await (const key of store.keys()) {
      keys.push(key)
      expect((await store.load(key))?.payload).toBe(`1:${'1'.repeat(size)}`)
    }
    const wanted = [...standing].filter(([, stands]) => stands).map(([key]) => key)
    const removed = [...standing].filter(([, stands]) => !stands).map(([key]) => key)
    // The last removal may have happened without a report, and the last creation too.
    const missing = wanted.filter((key) => !keys.includes(key))
    for (const key of missing) expect(Number(key.split('-')[1]) % 3).toBe(2)
    expect(keys.filter((key) => removed.includes(key))).toEqual([])
    const homes = [...(await recordsIn(path)).values()]
    expect(homes).toHaveLength(keys.length)
    expect(homes.every((files) => files.length === 2)).toBe(true)
  })
})

describe('ten thousand expired records', () => {
  it('are swept without a pause of the event loop above 10 ms', { timeout: 90_000 }, async () => {
    const pauses: { busiest: number; usual: number }[] = []
    // Other programs can only make a pause longer, so the best of three rounds is closest to the pause of the
    // sweep.
    for (let round = 0; round < 3 && !pauses.some(isShort); round += 1) {
      const { run } = await setting()
      const worker = run('sweep', { count: 10_000 })
      expect(await worker.next()).toBe(10_000)
      const { busiest, usual } = Object(await worker.next())
      await worker.ended()
      pauses.push({ busiest, usual })
    }
    console.log('ten thousand expired records swept, in milliseconds:', pauses)
    expect(pauses.some(isShort), JSON.stringify(pauses)).toBe(true)
  })
})

const isShort = ({ busiest, usual }: { busiest: number; usual: number }) =>
  busiest < 10 && usual < 10

function isOutcome(line: unknown): line is { key: string; stands: boolean } {
  return typeof line === 'object' && line !== null && 'key' in line
}

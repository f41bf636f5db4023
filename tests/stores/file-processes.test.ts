import { randomInt } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { digestOf } from '../../packages/orbit/src/stores/file/label.ts'
import { layoutAt } from '../../packages/orbit/src/stores/file/layout.ts'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { build, start, type Worker } from './file-process.ts'
import { age, allIn, newFolder, record, sessionsIn, sweepUntil } from './file-setting.ts'

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

describe('two processes on the same files', () => {
  it('lose no increment', async () => {
    const { store, run } = await setting()
    await store.create('key', record({ payload: '0' }))
    const workers = [1, 2].map(() => run('increment', { key: 'key', times: 150 }))
    for (const worker of workers) await worker.ended()
    const told = workers.flatMap((worker) => worker.rest().filter((line) => line !== 'ready'))
    expect(new Set(told).size).toBe(300)
    expect((await store.load('key'))?.payload).toBe('300')
  })

  it('create each session once', async () => {
    const { store, run } = await setting()
    const keys = Array.from({ length: 300 }, (_, index) => `key ${index}`)
    const workers = [1, 2, 3].map(() => run('create', { keys }))
    await ready(workers)
    const made: unknown[] = []
    for (const worker of workers) made.push(...((await worker.next()) as unknown[]))
    expect(made.sort()).toEqual([...keys].sort())
    expect(await store.load('key 299')).toBeDefined()
  })

  it('list every session of an owner who signs in through both, and end them all', async () => {
    const { store, run } = await setting()
    const keysOf = (name: string) => Array.from({ length: 40 }, (_, index) => `${name} ${index}`)
    const workers = ['one', 'two'].map((name) =>
      run('create', { keys: keysOf(name), owner: 'owner' }),
    )
    for (const worker of workers) await worker.ended()
    const listed = (await store.list('owner')).map(({ key }) => key)
    expect(listed.sort()).toEqual([...keysOf('one'), ...keysOf('two')].sort())
    expect(await store.destroyOwner('owner', 'two 7')).toBe(79)
    expect((await store.list('owner')).map(({ key }) => key)).toEqual(['two 7'])
  })

  it('list what lives and nothing else, while one signs in and the other ends all', async () => {
    const { store, run } = await setting()
    const keys = Array.from({ length: 300 }, (_, index) => `key ${index}`)
    const [maker, ender] = [
      run('create', { keys, owner: 'owner' }),
      run('endOwner', { owner: 'owner', times: 200 }),
    ]
    await Promise.all([maker.ended(), ender.ended()])
    const made = maker.rest().at(-1) as string[]
    const living: string[] = []
    for (const key of keys) if (await store.load(key)) living.push(key)
    expect((await store.list('owner')).map(({ key }) => key).sort()).toEqual(living.sort())
    expect(made).toEqual(expect.arrayContaining(living))
    await store.destroyOwner('owner')
    for (const key of keys) expect(await store.load(key)).toBeUndefined()
  })

  it('agree on one secret', async () => {
    const { path, store } = await setting()
    const proposals = Array.from({ length: 30 }, (_, index) => `secret ${index}`)
    const stores = proposals.map(() => fileStore({ path }))
    const told = await Promise.all(stores.map((one, index) => one.secret?.(proposals[index] ?? '')))
    expect(new Set(told).size).toBe(1)
    expect(await store.secret?.('another')).toBe(told[0])
    expect(await readdir(join(path, 'temporary'))).toEqual([])
  })
})

describe('a process that is stopped in the middle of its work', () => {
  it('keeps nobody waiting, and loses nothing when it goes on', async () => {
    const { store, run } = await setting()
    await store.create('key', record({ payload: '0' }))
    const worker = run('increment', { key: 'key', times: 400 })
    await ready([worker])
    let mine = 0
    for (let pause = 0; pause < 20; pause += 1) {
      await worker.next()
      worker.signal('SIGSTOP')
      for (let count = 0; count < 5; ) {
        const current = await store.load('key')
        if (!current) throw new Error('The session has gone.')
        const next = record({ payload: String(Number(current.payload) + 1) })
        const outcome = await store.replace('key', next, current.version)
        if (outcome === 'replaced') count += 1
      }
      mine += 5
      worker.signal('SIGCONT')
    }
    await worker.ended()
    expect((await store.load('key'))?.payload).toBe(String(400 + mine))
  })
})

describe('a process that is killed', () => {
  const kills = 240
  const size = 100_000

  it(`leaves the old record or the new one, ${kills} times, and nothing that stays`, {
    timeout: 60_000,
  }, async () => {
    const { path, store, run } = await setting()
    const homeOf = (key: string) => layoutAt(path, false).folderOf('records', digestOf(key, 64))
    let withRemains = 0
    const kill = async (key: string) => {
      await store.create(key, record({ payload: `0:${'0'.repeat(size)}` }))
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
    await Promise.all(['one', 'two', 'three', 'four'].map(kill))
    console.log(`killed ${kills} times, in the middle of a write ${withRemains} times`)
    // Else the kills came at no moment that matters.
    expect(withRemains).toBeGreaterThan(0)

    await age(path)
    await sweepUntil({ path }, async () => {
      const files = [...(await sessionsIn(path)).values()]
      return files.every((names) => names.length === 2)
    })
    expect((await sessionsIn(path)).size).toBe(4)
    expect(await readdir(join(path, 'temporary'))).toEqual([])
    for (const key of ['one', 'two', 'three', 'four']) {
      expect((await store.load(key))?.payload).toMatch(/^\d+:(\d)\1+$/)
    }
  })

  it('while it signs people in and out leaves no session that is not listed', {
    timeout: 30_000,
  }, async () => {
    const { path, store, run } = await setting()
    for (let count = 0; count < 60; count += 1) {
      const worker = run('signInAndOut', { owner: 'owner' })
      for (let left = randomInt(1, 8); left > 0; left -= 1) await worker.next()
      worker.signal('SIGKILL')
      await worker.ended()
    }
    const listed = (await store.list('owner')).length
    expect((await sessionsIn(path)).size).toBeGreaterThanOrEqual(listed)
    await age(path)
    await sweepUntil({ path }, async () => {
      const entries = await entriesIn(path)
      const temporary = await readdir(join(path, 'temporary'))
      const sessions = [...(await sessionsIn(path)).values()]
      const isWhole = sessions.every((names) => names.length === 2)
      return temporary.length === 0 && entries === sessions.length && isWhole
    })
    expect(await store.list('owner')).toHaveLength(await entriesIn(path))
    await store.destroyOwner('owner')
    expect((await sessionsIn(path)).size).toBe(0)
  })
})

describe('ten thousand expired sessions', () => {
  it('are swept without a pause of the event loop above 10 ms', { timeout: 90_000 }, async () => {
    const { run } = await setting()
    const worker = run('sweep', { count: 10_000 })
    expect(await worker.next()).toBe(20_000)
    const told = await worker.next()
    await worker.ended()
    console.log('ten thousand expired sessions swept, in milliseconds:', told)
    expect(told).toMatchObject({
      busiest: expect.toSatisfy((longest) => Number(longest) < 10),
      usual: expect.toSatisfy((delay) => Number(delay) < 10),
    })
  })
})

async function entriesIn(path: string): Promise<number> {
  const names = await allIn(join(path, 'owners'))
  return names.filter((name) => name.split('/').length === 3).length
}

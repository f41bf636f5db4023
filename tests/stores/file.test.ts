import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { digestOf } from '../../packages/orbit/src/stores/file/folder.ts'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { build, start } from './file-process.ts'
import { hour, newFolder, record, recordsIn } from './file-setting.ts'
import { runtimes } from './sqlite/runtimes.ts'

for (const fsync of [false, true]) {
  describeSessionStore(
    fsync ? 'file, with fsync' : 'file',
    async ({ now }) => {
      const path = await mkdtemp(join(tmpdir(), 'gravito-file-'))
      const stores = [fileStore({ path, fsync, now }), fileStore({ path, fsync, now })] as const
      return {
        stores,
        spoil: async (key) => {
          await stores[0].compareAndSet(key, undefined, record())
          const home = join(path, 'records', digestOf(key))
          const data = (await recordsIn(path)).get(home)?.find((name) => name.startsWith('data_'))
          await writeFile(join(home, data ?? ''), 'not a record')
        },
        close: async () => {
          for (const store of stores) await store.close()
          await rm(path, { recursive: true, force: true })
        },
      }
    },
    { describe, it },
  )
}

describe('the file driver', () => {
  let built: Awaited<ReturnType<typeof build>>
  beforeAll(async () => {
    built = await build()
  }, 60_000)
  afterAll(() => built.remove())

  const via: Record<string, string[]> = {
    'Node 24': [runtimes['Node 24']('').command],
    Bun: [runtimes.Bun('').command],
    Deno: [runtimes.Deno('').command, 'run', '-A'],
  }

  for (const [name, command] of Object.entries(via)) {
    it(`passes the contract on ${name}`, { timeout: 60_000 }, async () => {
      const path = await newFolder(onTestFinished)
      const told = await start(built.url, ['contract', path], command).next()
      expect(told).toEqual({ passed: expect.any(Number), failed: [] })
      expect(told).toMatchObject({ passed: expect.toSatisfy((count) => Number(count) >= 20) })
    })

    it(`follows no link on ${name}`, async () => {
      const path = await newFolder(onTestFinished)
      expect(await start(built.url, ['loadLinked', path], command).next()).toBe('ELOOP')
    })

    it(`lists its keys and removes expired records on ${name}`, async () => {
      const path = await newFolder(onTestFinished)
      const living = Array.from({ length: 70 }, (_, index) => `living-${index}`).sort()
      const expired = ['a', 'b', 'c']
      const worker = start(built.url, ['prunedAndKeys', path, { living, expired }], command)
      expect(await worker.next()).toEqual({ keys: living, pruned: 3 })
      await worker.ended()
      expect((await recordsIn(path)).size).toBe(70)
    })
  }

  it('shares its files between Node, Bun and Deno', async () => {
    const path = await newFolder(onTestFinished)
    const store = fileStore({ path })
    await store.compareAndSet('key', undefined, record({ payload: '0' }))
    const given = { key: 'key', times: 80 }
    const workers = [[process.execPath], ...Object.values(via)].map((command) =>
      start(built.url, ['increment', path, given], command),
    )
    for (const worker of workers) await worker.ended()
    expect((await store.load('key'))?.payload).toBe('320')
  })

  it('does not keep the process running', async () => {
    const path = await newFolder(onTestFinished)
    const worker = start(built.url, ['makeAll', path, { umask: 0o22, isLeftOpen: true }])
    expect(await worker.next()).toBe('made')
    await worker.ended()
  })

  it('does not restore an expired record that another process has found absent', async () => {
    const path = await newFolder(onTestFinished)
    // It had read the record before it expired, and has been stopped since then.
    const stopped = fileStore({ path })
    const late = fileStore({ path, now: () => Date.now() + 5 * hour })
    const reads = (key: string) => late.load(key)
    const writes = (key: string) => late.compareAndSet(key, record().version, record())
    for (const [key, look] of Object.entries({ reads, writes })) {
      const old = record()
      await stopped.compareAndSet(key, undefined, old)
      expect(await look(key)).toBeFalsy()
      expect(await stopped.compareAndSet(key, old.version, record())).toBe(false)
      expect(await stopped.load(key)).toBeUndefined()
    }
  })

  it('accepts one of many records that are put in place of an expired one, in any order', async () => {
    const path = await newFolder(onTestFinished)
    const now = () => Date.now() + 5 * hour
    const late = fileStore({ path, now })
    const old = record()
    await fileStore({ path }).compareAndSet('key', undefined, old)
    expect(await late.compareAndSet('key', old.version, undefined)).toBe(false)
    const puts = Array.from({ length: 20 }, () => record({ expiresAt: now() + hour }))
    const sweep = late.prune()
    const took = await Promise.all(puts.map((one) => late.compareAndSet('key', undefined, one)))
    await sweep
    expect(took.filter(Boolean)).toHaveLength(1)
    expect(await late.load('key')).toEqual(puts[took.indexOf(true)])
  })
})

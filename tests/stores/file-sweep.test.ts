import { lutimes, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import {
  age,
  hour,
  newFolder,
  onlyRecordIn,
  record,
  recordsIn,
  sweepUntil,
} from './file-setting.ts'

async function setting() {
  const path = await newFolder(onTestFinished)
  const store = fileStore({ path })
  await store.ready()
  return { path, store }
}

/** Thirty records: ten expire after three hours, ten after ten hours, and ten never. */
async function thirtyRecords(store: ReturnType<typeof fileStore>): Promise<void> {
  for (let count = 0; count < 30; count += 1) {
    const { expiresAt: _, ...endless } = record()
    const one = [
      record({ expiresAt: Date.now() + 3 * hour }),
      record({ expiresAt: Date.now() + 10 * hour }),
      endless,
    ][count % 3]
    await store.compareAndSet(`key-${count}`, undefined, one)
  }
}

describe('the sweep', () => {
  it('removes expired records only', async () => {
    const { path, store } = await setting()
    await thirtyRecords(store)
    const now = () => Date.now() + 5 * hour
    await sweepUntil({ path, now }, async () => (await recordsIn(path)).size === 20)
    for (let count = 0; count < 30; count += 1) {
      expect((await store.load(`key-${count}`)) !== undefined).toBe(count % 3 > 0)
    }
  })

  it('can be called, and returns the number of removed records', async () => {
    const { path, store } = await setting()
    await thirtyRecords(store)
    expect(await store.prune()).toBe(0)
    const late = fileStore({ path, now: () => Date.now() + 5 * hour })
    expect(await late.prune()).toBe(10)
    expect(await late.prune()).toBe(0)
    expect((await recordsIn(path)).size).toBe(20)
  })

  it('counts each record once when several processes sweep at the same time', async () => {
    const { path, store } = await setting()
    await thirtyRecords(store)
    const now = () => Date.now() + 11 * hour
    const stores = Array.from({ length: 5 }, () => fileStore({ path, now }))
    const counts = await Promise.all(stores.map((one) => one.prune()))
    expect(counts.reduce((sum, count) => sum + count)).toBe(20)
  })

  it('does nothing if the folder does not exist', async () => {
    const { path, store } = await setting()
    await rm(path, { recursive: true })
    expect(await store.prune()).toBe(0)
    for await (const key of store.keys()) expect(key).toBeUndefined()
  })

  it('removes old prepared files that were never used, but not those in use', async () => {
    const { path, store } = await setting()
    const [old, young] = ['new_00000000000000aa', 'new_00000000000000bb']
    for (const name of [old, young]) {
      await mkdir(join(path, 'records', name))
      await writeFile(join(path, 'records', name, 'data_00000000000000aa'), '')
    }
    await age(path)
    const now = new Date()
    await lutimes(join(path, 'records', young), now, now)
    expect(await store.prune()).toBe(0)
    expect(await readdir(join(path, 'records'))).toEqual([young])
  })

  it('removes nothing from a process that was stopped while it prepared a record', async () => {
    const { path, store } = await setting()
    // Every prepared folder disappears, as in a sweep after an hour.
    let isSweeping = true
    const sweeping = (async () => {
      while (isSweeping) {
        for (const name of await readdir(join(path, 'records'))) {
          if (!name.startsWith('new_')) continue
          await rename(join(path, 'records', name), join(path, name)).catch(() => {})
        }
      }
    })()
    const records = Array.from({ length: 100 }, () => record())
    const put = (one: (typeof records)[number], index: number) =>
      store.compareAndSet(`key-${index}`, undefined, one)
    expect(await Promise.all(records.map(put))).toEqual(records.map(() => true))
    isSweeping = false
    await sweeping
    for (const [index, one] of records.entries()) {
      expect(await store.load(`key-${index}`)).toEqual(one)
    }
    const taken = (await readdir(path)).filter((name) => name.startsWith('new_'))
    expect(taken).not.toEqual([])
  })

  it('keeps the files next to a record that its writer may still need, and the next write removes them', async () => {
    const { path, store } = await setting()
    const first = record()
    await store.compareAndSet('key', undefined, first)
    const { home } = await onlyRecordIn(path)
    await writeFile(join(home, 'data_00000000000000aa'), 'half a rec')
    await age(path)
    await store.prune()
    expect(await readdir(home)).toHaveLength(3)
    expect(await store.load('key')).toEqual(first)
    expect(await store.compareAndSet('key', first.version, record())).toBe(true)
    expect(await readdir(home)).toHaveLength(2)
  })

  it('completes an interrupted removal of a record', async () => {
    const { path, store } = await setting()
    await store.compareAndSet('key', undefined, record())
    const { home, header } = await onlyRecordIn(path)
    await rm(header)
    await store.compareAndSet('another', undefined, record())
    expect(await store.prune()).toBe(0)
    expect((await recordsIn(path)).has(home)).toBe(false)
    expect((await recordsIn(path)).size).toBe(1)
  })

  it('stops at once when the store is closed', async () => {
    const { path, store } = await setting()
    for (let count = 0; count < 200; count += 1) {
      await store.compareAndSet(`key-${count}`, undefined, record())
    }
    const now = () => Date.now() + 5 * hour
    const sweeping = fileStore({ path, now, sweepIntervalSeconds: 0.001 })
    await sweeping.ready()
    while ((await recordsIn(path)).size === 200) await new Promise(setImmediate)
    await sweeping.close()
    const left = (await recordsIn(path)).size
    expect(left).toBeGreaterThan(0)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect((await recordsIn(path)).size).toBe(left)
  })
})

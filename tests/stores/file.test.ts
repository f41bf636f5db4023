import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { build, start } from './file-process.ts'
import { newFolder, record } from './file-setting.ts'
import { runtimes } from './sqlite/runtimes.ts'

for (const fsync of [false, true]) {
  describeSessionStore(
    fsync ? 'file, with fsync' : 'file',
    async ({ now }) => {
      const path = await mkdtemp(join(tmpdir(), 'gravito-file-'))
      const stores = [fileStore({ path, fsync, now }), fileStore({ path, fsync, now })] as const
      return {
        stores,
        close: async () => {
          for (const store of stores) await store.close()
          await rm(path, { recursive: true })
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
    it(`keeps the contract on ${name}`, { timeout: 60_000 }, async () => {
      const path = await newFolder(onTestFinished)
      const told = await start(built.url, ['contract', path], command).next()
      expect(told).toEqual({ passed: expect.any(Number), failed: [] })
      expect(told).toMatchObject({ passed: expect.toSatisfy((count) => Number(count) >= 50) })
    })

    it(`follows no link on ${name}`, async () => {
      const path = await newFolder(onTestFinished)
      expect(await start(built.url, ['loadLinked', path], command).next()).toBe('ELOOP')
    })
  }

  it('shares its files between Node, Bun and Deno', async () => {
    const path = await newFolder(onTestFinished)
    const store = fileStore({ path })
    await store.create('key', record({ payload: '0' }))
    const given = { key: 'key', times: 80 }
    const workers = [[process.execPath], ...Object.values(via)].map((command) =>
      start(built.url, ['increment', path, given], command),
    )
    for (const worker of workers) await worker.ended()
    expect((await store.load('key'))?.payload).toBe('320')
  })

  it('keeps no process alive', async () => {
    const path = await newFolder(onTestFinished)
    const worker = start(built.url, ['makeAll', path, { umask: 0o22, isLeftOpen: true }])
    expect(await worker.next()).toBe('made')
    await worker.ended()
  })

  it('gives back keys and payloads with halves of characters', async () => {
    const path = await newFolder(onTestFinished)
    const store = fileStore({ path })
    const [high, low] = ['\ud83d', '\ude00']
    for (const text of [high, low]) {
      await store.create(text, record({ payload: `${text}|${low}${high}`, owner: text }))
    }
    for (const text of [high, low]) {
      expect((await store.load(text))?.payload).toBe(`${text}|${low}${high}`)
      expect((await store.list(text)).map(({ key }) => key)).toEqual([text])
    }
  })

  it('lists a session that moves to a new id while it looks', async () => {
    const path = await newFolder(onTestFinished)
    const store = fileStore({ path })
    let key = 'key 0'
    let last = record({ owner: 'owner' })
    await store.create(key, last)
    let isMoving = true
    const moving = (async () => {
      for (let count = 1; count <= 150; count += 1) {
        const next = { key: `key ${count}`, record: record({ owner: 'owner' }) }
        await store.create(next.key, next.record)
        const successor = { key: next.key, birth: next.record.birth }
        await store.replace(key, { ...record({ owner: 'owner' }), successor }, last.version)
        if (count > 3) await store.destroy(`key ${count - 3}`)
        key = next.key
        last = next.record
      }
      isMoving = false
    })()
    while (isMoving) expect((await store.list('owner')).length).toBeGreaterThan(0)
    await moving
    expect((await store.list('owner')).map((one) => one.key)).toEqual(['key 150'])
  })
})

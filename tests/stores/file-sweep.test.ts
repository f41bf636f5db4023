import { lutimes, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { layoutAt } from '../../packages/orbit/src/stores/file/layout.ts'
import { turnIn } from '../../packages/orbit/src/stores/file/turn.ts'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import {
  age,
  allIn,
  hour,
  newFolder,
  onlySessionIn,
  record,
  sessionsIn,
  sweepUntil,
} from './file-setting.ts'

async function setting() {
  const path = await newFolder(onTestFinished)
  const store = fileStore({ path })
  await store.ready?.()
  const owners = async () => (await allIn(join(path, 'owners'))).filter((name) => name.length > 2)
  return { path, store, owners }
}

describe('the sweep', () => {
  it('removes what has expired, with its entry in the index, and nothing else', async () => {
    const { path, store, owners } = await setting()
    for (let count = 0; count < 30; count += 1) {
      const expiresAt = Date.now() + (count % 3 ? 10 : 3) * hour
      await store.create(`key ${count}`, record({ owner: `owner ${count}`, expiresAt }))
    }
    const now = () => Date.now() + 5 * hour
    await sweepUntil({ path, now }, async () => (await owners()).length === 40)
    expect((await sessionsIn(path)).size).toBe(20)
    for (let count = 0; count < 30; count += 1) {
      expect((await store.load(`key ${count}`)) !== undefined).toBe(count % 3 > 0)
      expect(await store.list(`owner ${count}`)).toHaveLength(count % 3 ? 1 : 0)
    }
  })

  it('removes what was prepared and never placed, but not from under who is at work', async () => {
    const { path } = await setting()
    const prepared = (name: string) => join(path, 'temporary', name)
    for (const name of ['old', 'young', 'half-swept_swept']) {
      await mkdir(prepared(name))
      await writeFile(join(prepared(name), 'data'), '')
    }
    await age(path)
    const now = new Date()
    await lutimes(prepared('young'), now, now)
    const left = () => readdir(join(path, 'temporary'))
    await sweepUntil({ path }, async () => (await left()).length === 1)
    expect(await left()).toEqual(['young'])
  })

  it('removes entries whose records never came, dead or alive, and keeps the others', async () => {
    const { path, store, owners } = await setting()
    await store.create('key', record({ owner: 'owner' }))
    const [folder = '', entry = ''] = await owners()
    const id = /_[\da-f]{16}$/
    const orphan = join(path, 'owners', entry.replace(id, '_00000000000000aa'))
    await writeFile(orphan, '')
    await writeFile(`${orphan.replace(/aa$/, 'bb')}_dead`, '')
    await age(path)
    expect(await readdir(join(path, 'owners', folder))).toHaveLength(3)
    await sweepUntil({ path }, async () => (await owners()).length === 2)
    expect(await store.list('owner')).toHaveLength(1)
    expect(await store.destroyOwner('owner')).toBe(1)
    expect(await owners()).toEqual([])
  })

  it('removes what a killed writer left beside a session that nobody writes any more', async () => {
    const { path, store } = await setting()
    const first = record()
    await store.create('key', first)
    const { home } = await onlySessionIn(path)
    await writeFile(join(home, 'data-00000000000000aa'), 'half a rec')
    await age(path)
    await sweepUntil({ path }, async () => (await readdir(home)).length === 2)
    expect(await store.load('key')).toEqual(first)
    expect(await store.replace('key', record(), first.version)).toBe('replaced')
  })

  it('removes what is left of a session whose end was cut short', async () => {
    const { path, store } = await setting()
    const folder = join(path, 'records', 'ab', 'ab'.repeat(32))
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'data-00000000000000aa'), '{}')
    await store.create('key', record())
    await sweepUntil({ path }, async () => (await sessionsIn(path)).size === 1)
    expect(await store.load('key')).toBeDefined()
  })

  it('ends at once when the store is closed in the middle of it', async () => {
    const { path, store } = await setting()
    for (let count = 0; count < 200; count += 1) await store.create(`key ${count}`, record())
    const now = () => Date.now() + 5 * hour
    const sweeping = fileStore({ path, now, sweepIntervalSeconds: 0.001 })
    await sweeping.ready?.()
    while ((await sessionsIn(path)).size === 200) await new Promise(setImmediate)
    await sweeping.close()
    const left = (await sessionsIn(path)).size
    expect(left).toBeGreaterThan(0)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect((await sessionsIn(path)).size).toBe(left)
  })
})

describe('the turn to sweep', () => {
  async function turns() {
    const { path } = await setting()
    return [turnIn(layoutAt(path, false)), turnIn(layoutAt(path, false))] as const
  }

  it('is given to one process of many that ask at once', async () => {
    const { path } = await setting()
    const asking = Array.from({ length: 10 }, () => turnIn(layoutAt(path, false)).take(hour))
    expect((await Promise.all(asking)).filter(Boolean)).toHaveLength(1)
  })

  it('stands as long as it was taken for, and is kept up by its process only', async () => {
    const [one, other] = await turns()
    expect(await one.take(hour)).toBe(true)
    expect(await other.take(hour)).toBe(false)
    expect(await other.keep(hour)).toBe(false)
    expect(await one.keep(0)).toBe(true)
    expect(await other.take(hour)).toBe(true)
    expect(await one.keep(hour)).toBe(false)
  })

  it('does not stand for ever because of a clock that was wrong', async () => {
    const [one, other] = await turns()
    expect(await one.take(1_000 * hour)).toBe(true)
    expect(await other.take(hour)).toBe(true)
  })
})

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { sqliteStore } from '../../../packages/orbit/src/stores/sqlite.ts'
import type { ContractRunner } from '../../../packages/orbit/src/testing/contract.ts'
import { inFolder, record } from './setting.ts'

const handles = '/proc/self/fd'

/** How many open handles of this process belong to the file. */
function countHandles(path: string): number {
  const links = readdirSync(handles).map((name) => {
    try {
      return readlinkSync(`${handles}/${name}`)
    } catch {
      return '' // The handle of this directory listing.
    }
  })
  return links.filter((link) => link === path).length
}

/** Loads the module again, as a hot reload does: a separate copy. */
async function reloaded(copy: number): Promise<typeof sqliteStore> {
  const address = '../../../packages/orbit/src/stores/sqlite.ts'
  const module: { sqliteStore: typeof sqliteStore } = await import(`${address}?copy=${copy}`)
  assert.notEqual(module.sqliteStore, sqliteStore)
  return module.sqliteStore
}

/** Stores of one process on one file. */
export function describeReloads({ describe, it }: ContractRunner): void {
  describe('stores of one process', () => {
    if (existsSync(handles)) {
      it(
        'share one connection, even those that a hot reload leaves behind',
        inFolder(async ({ path }) => {
          const first = sqliteStore({ path })
          const one = record()
          await first.compareAndSet('key', undefined, one)
          const before = countHandles(path)
          assert.ok(before > 0)
          const stores = [first]
          for (let copy = 1; copy <= 5; copy += 1) {
            const store = (await reloaded(copy))({ path })
            assert.deepEqual(await store.load('key'), one)
            stores.push(store)
          }
          assert.equal(countHandles(path), before)
          for (const store of stores) {
            assert.equal(countHandles(path), before)
            await store.close()
          }
          assert.equal(countHandles(path), 0)
        }),
      )
    }

    it(
      'close the connection when the last of them is closed, however often each is closed',
      inFolder(async ({ path }) => {
        const [one, two] = [sqliteStore({ path }), sqliteStore({ path })]
        await one.compareAndSet('key', undefined, record())
        await one.close()
        await one.close()
        assert.notEqual(await two.load('key'), undefined)
        await two.close()
        await assert.rejects(async () => two.load('key'), /has been closed/)
        const three = sqliteStore({ path })
        await two.close()
        assert.notEqual(await three.load('key'), undefined)
        await three.close()
      }),
    )

    it(
      'use the clock of the newest store',
      inFolder(async ({ path }) => {
        const old = sqliteStore({ path })
        await old.compareAndSet('key', undefined, record())
        const next = sqliteStore({ path, now: () => Date.now() + 120_000 })
        assert.equal(await next.load('key'), undefined)
        await old.close()
        assert.equal(await next.prune(), 1)
        await next.close()
      }),
    )
  })
}

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import type { ContractRunner } from '../../../packages/orbit/src/testing/contract.ts'
import { together, Worker } from './processes.ts'
import { firstNumber, inFolder, patiently, record } from './setting.ts'

/** How often a writer is killed. */
const kills = 36

/** The files that users remove, in this order. */
const removals = {
  'the file': [''],
  'the file and then its journal files': ['', '-shm', '-wal'],
  'its journal files and then the file': ['-wal', '-shm', ''],
}

/** Several processes on one file, some of which are killed. */
export function describeSeveralProcesses({ describe, it }: ContractRunner): void {
  describe('several processes with the same file', () => {
    it(
      'lose no increment, and count none of them twice',
      inFolder(async ({ path, open }) => {
        const store = open()
        await store.compareAndSet('counter', undefined, record({ payload: '0' }))
        await together([1, 2, 3].map(() => new Worker('increment', path, 'counter', 150)))
        assert.equal((await store.load('counter'))?.payload, '450')
      }),
    )

    it(
      'create the file together, and each record once: only its creator gets true',
      inFolder(async ({ path, open }) => {
        const [one = [], two = []] = await together([
          new Worker('create', path, 300),
          new Worker('create', path, 300),
        ])
        assert.equal(one.length + two.length, 300)
        assert.equal(new Set([...one, ...two]).size, 300)
        const store = open()
        const makers = new Set<string | undefined>()
        for (const index of one) makers.add((await store.load(`key-${index}`))?.payload)
        assert.ok(makers.size <= 1)
      }),
    )

    for (const [what, ends] of Object.entries(removals)) {
      it(
        `lose no record that they put after somebody removed ${what}`,
        inFolder(async ({ path, open }) => {
          const writers = [1, 2].map(() => new Worker('put', path))
          const store = open({ warn: () => {} })
          try {
            for (let round = 1; round <= 10; round += 1) {
              for (const one of writers) await one.said(round * 50)
              for (const end of ends) rmSync(path + end, { force: true })
              const removed = Date.now()
              const isLater = (line = '0') => Number.parseInt(line, 10) > removed
              for (const one of writers) {
                while (!isLater(one.lines.at(-1))) await one.said(one.lines.length + 1)
                await one.said(one.lines.length + 50)
              }
              for (const line of writers.flatMap(({ lines }) => lines.slice(-100))) {
                if (!isLater(line)) continue
                const key = line.split(' ')[1] ?? ''
                const found = await patiently(() => store.load(key))
                assert.notEqual(found, undefined, `${key}, in round ${round}`)
              }
            }
          } finally {
            for (const one of writers) await one.kill()
          }
        }),
      )
    }

    it(
      `keep the file intact and every acknowledged write through ${kills} kills`,
      inFolder(async ({ path, open, look }) => {
        for (let round = 0; round < kills; round += 1) {
          const writer = new Worker('write', path, 'record')
          await writer.said(1 + ((round * 7) % 60))
          await writer.kill()
          const acknowledged = Number(writer.lines.at(-1))

          const check = look().prepare<{ integrity_check: string }>('PRAGMA integrity_check')
          assert.deepEqual(
            check.all().map((row) => row.integrity_check),
            ['ok'],
          )
          const payload = (await open().load('record'))?.payload ?? ''
          const n = firstNumber(payload)
          assert.ok(n === acknowledged || n === acknowledged + 1, `${n} after ${acknowledged}`)
          assert.equal(payload, `${n}:${String(n % 10).repeat((n * 977) % 40_000)}`)
        }
      }),
    )

    it(
      'can end without closing the store, which does not keep them running',
      inFolder(async ({ path, open }) => {
        const leaving = new Worker('leave', path)
        assert.equal(await leaving.ended, 0)
        assert.deepEqual(leaving.lines, ['left'])
        assert.notEqual(await open().load('left'), undefined)
      }),
    )
  })
}

import assert from 'node:assert/strict'
import type { ContractRunner } from '../../../packages/orbit/src/testing/contract.ts'
import { together, Worker } from './processes.ts'
import { firstNumber, inFolder, record } from './setting.ts'

/** How often a writer is killed. */
const kills = 36

/** Several processes on one file, and their sudden death. */
export function describeSeveralProcesses({ describe, it }: ContractRunner): void {
  describe('several processes on one file', () => {
    it(
      'lose no increment, and none counts twice',
      inFolder(async ({ path, open }) => {
        const store = open()
        await store.create('counter', record({ payload: '0' }))
        await together([1, 2, 3].map(() => new Worker('increment', path, 'counter', 150)))
        assert.equal((await store.load('counter'))?.payload, '450')
      }),
    )

    it(
      'create each record once, and the one that says so has made it',
      inFolder(async ({ path, open }) => {
        const store = open()
        await store.load('so that the file is there')
        const [one = [], two = []] = await together([
          new Worker('create', path, 300),
          new Worker('create', path, 300),
        ])
        assert.equal(one.length + two.length, 300)
        assert.equal(new Set([...one, ...two]).size, 300)
        const makers = new Set<string | undefined>()
        for (const index of one) makers.add((await store.load(`key ${index}`))?.payload)
        assert.ok(makers.size <= 1)
      }),
    )

    it(
      'make the file and the secret together, and agree on it',
      inFolder(async ({ path, open }) => {
        const told = await together([1, 2, 3].map(() => new Worker('secret', path)))
        const secrets = new Set(told.flat())
        assert.equal(secrets.size, 1)
        assert.ok(secrets.has(String(await open().secret?.('late'))))
      }),
    )

    it(
      'end all sessions of an owner that another process signs in without pause',
      inFolder(async ({ path, open }) => {
        const store = open()
        const signingIn = new Worker('signIn', path, 'ada')
        try {
          for (let round = 1; round <= 10; round += 1) {
            await signingIn.said(round * 20)
            const before = [...signingIn.lines]
            await store.destroyOwner('ada')
            for (const key of before) assert.equal(await store.load(key), undefined)
          }
        } finally {
          await signingIn.kill()
        }
        const listed = new Set((await store.list('ada')).map(({ key }) => key))
        for (const key of signingIn.lines) {
          assert.equal(listed.has(key), (await store.load(key)) !== undefined)
        }
      }),
    )

    it(
      `keep the file whole and every acknowledged write through ${kills} kills`,
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
      'may leave without closing: nothing of the store keeps a process alive',
      inFolder(async ({ path, open }) => {
        const leaving = new Worker('leave', path)
        assert.equal(await leaving.ended, 0)
        assert.deepEqual(leaving.lines, ['left'])
        assert.notEqual(await open().load('left'), undefined)
      }),
    )
  })
}

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SessionConfigError } from '../../../packages/orbit/src/errors.ts'
import { sqliteStore } from '../../../packages/orbit/src/stores/sqlite.ts'
import type { ContractRunner } from '../../../packages/orbit/src/testing/contract.ts'
import { alter, inFolder, journals, patiently, record, until } from './setting.ts'

/** Expects that `ready` refuses the database under the path, with a matching message. */
async function refused(path: string, message: RegExp): Promise<void> {
  const store = sqliteStore({ path })
  await assert.rejects(async () => store.ready(), { name: 'SessionConfigError', message })
  await assert.rejects(async () => store.load('key'), { name: 'SessionConfigError', message })
  await store.close()
}

function canMount(): boolean {
  const isRoot = process.getuid?.() === 0
  return isRoot && system('unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt').status === 0
}

function system(command: string, ...args: string[]) {
  return spawnSync(command, args, { encoding: 'utf8' })
}

/** The behaviour of the file itself: its path, its permissions, its content and its removal. */
export function describeFile({ describe, it }: ContractRunner): void {
  describe('the database file', () => {
    it(
      'is created with its folder, for its owner only, like the files next to it',
      inFolder(async ({ path }) => {
        const deep = join(dirname(path), 'storage', 'deep', 'sessions.sqlite')
        const store = sqliteStore({ path: deep })
        await store.ready()
        await store.compareAndSet('key', undefined, record())
        assert.equal(statSync(dirname(deep)).mode & 0o777, 0o700)
        const files = [deep, ...journals(deep)]
        assert.equal(files.length, 3)
        for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600)
        await store.close()
      }),
    )

    it(
      'keeps a mode that was set by hand',
      inFolder(async ({ path, open }) => {
        writeFileSync(path, '', { mode: 0o640 })
        await open().ready()
        assert.equal(statSync(path).mode & 0o777, 0o640)
      }),
    )

    it(
      'keeps records when the store is closed and opened again',
      inFolder(async ({ path, open }) => {
        const first = open()
        const one = record()
        await first.compareAndSet('key', undefined, one)
        await first.close()
        assert.deepEqual(journals(path), [])
        const second = open()
        assert.deepEqual(await second.load('key'), one)
      }),
    )

    it(
      'can be shared by two apps with separate tables',
      inFolder(async ({ open }) => {
        const [shop, admin] = [open(), open({ tableName: 'admin_sessions' })]
        await shop.ready()
        await admin.ready()
        const [one, other] = [record(), record()]
        await shop.compareAndSet('key', undefined, one)
        assert.equal(await admin.load('key'), undefined)
        assert.equal(await admin.compareAndSet('key', undefined, other), true)
        assert.deepEqual(await shop.load('key'), one)
        await admin.close()
        assert.deepEqual(await open({ tableName: 'Admin_Sessions' }).load('key'), other)
      }),
    )

    it(
      'accepts any table name that SQLite accepts, and refuses others at boot',
      inFolder(async ({ open }) => {
        const store = open({ tableName: 'order' })
        await store.compareAndSet('key', undefined, record())
        assert.equal((await store.load('key'))?.payload, 'payload')
        for (const tableName of ['', 'a b', 'a"b', '1st', 'sqlite_x', 'x'.repeat(64)]) {
          assert.throws(() => open({ tableName }), {
            name: 'SessionConfigError',
            message: /sqlite\.tableName/,
          })
        }
      }),
    )

    it(
      'is not used after the store has been closed',
      inFolder(async ({ open }) => {
        const store = open()
        await store.ready()
        await store.close()
        await assert.rejects(async () => store.load('key'), /has been closed/)
      }),
    )

    it(
      'of a newer version is refused and not changed',
      inFolder(async ({ path, open }) => {
        const store = open()
        await store.ready()
        await store.close()
        alter(path, 'PRAGMA user_version = 2')
        const before = readFileSync(path)
        await refused(
          path,
          /newer version of @gravito\/orbit \(schema 2, but this version knows 1\)/,
        )
        assert.deepEqual(readFileSync(path), before)
      }),
    )

    it(
      'with other content is refused and not changed',
      inFolder(async ({ path }) => {
        alter(path, 'CREATE TABLE sessions (id TEXT); PRAGMA user_version = 1')
        const before = readFileSync(path)
        await refused(path, /does not contain sessions/)
        assert.deepEqual(readFileSync(path), before)
        assert.deepEqual(journals(path), [])
      }),
    )

    it(
      'is refused if it is not a database, or if the path is invalid',
      inFolder(async ({ path }) => {
        writeFileSync(
          path,
          'A letter, long enough to have room for the header of a database. '.repeat(9),
        )
        await refused(path, /cannot be used: .*not a database.*Set sqlite\.path/)
        await refused(join(path, 'below', 'a-file.sqlite'), /cannot be used: .*Set sqlite\.path/)
        await refused(dirname(path), /cannot be used: .*Set sqlite\.path/)
        assert.throws(() => sqliteStore({ path: ':memory:' }), SessionConfigError)
        assert.throws(() => sqliteStore({ path: '' }), SessionConfigError)
        for (const none of [null, 42, new URL('file:///tmp/sessions.sqlite')]) {
          assert.throws(() => sqliteStore({ path: none as unknown as string }), SessionConfigError)
        }
        await refused(join(dirname(path), 'x'.repeat(300)), /cannot be used: .*Set sqlite\.path/)
        assert.throws(() => sqliteStore({ busyTimeoutMs: Number.NaN }), SessionConfigError)
        assert.throws(() => sqliteStore({ sweepIntervalSeconds: 0 }), SessionConfigError)
      }),
    )

    if (canMount()) {
      it(
        'on a full disk does not prevent the boot, and works once there is space',
        inFolder(async ({ path, open }) => {
          const disk = dirname(path)
          system('mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk)
          try {
            const filler = join(disk, 'filler')
            assert.throws(() => writeFileSync(filler, 'x'.repeat(10_000_000)), /ENOSPC/)
            const store = open()
            await store.ready()
            const putting = async () => store.compareAndSet('key', undefined, record())
            await assert.rejects(putting, { code: 'session-store-full', message: /is full/ })
            rmSync(filler)
            assert.equal(await store.compareAndSet('key', undefined, record()), true)
            await store.close()
          } finally {
            system('umount', '--lazy', disk)
          }
        }),
      )
    }

    it(
      'can be used again after a failure',
      inFolder(async ({ path, open }) => {
        mkdirSync(path)
        const store = open()
        await assert.rejects(async () => store.load('key'), SessionConfigError)
        renameSync(path, `${path}.folder`)
        assert.equal(await store.load('key'), undefined)
      }),
    )

    it(
      'that was replaced is no longer used, and the sessions in the new file stay complete',
      inFolder(async ({ path, open }) => {
        const warnings: string[] = []
        const old = open({ sweepIntervalSeconds: 0.02, warn: (message) => warnings.push(message) })
        await old.compareAndSet('old', undefined, record())
        for (const file of [path, ...journals(path)]) renameSync(file, `${file}.gone`)
        const another = open()
        await another.compareAndSet('new', undefined, record())
        await until(() => warnings.length > 0)
        assert.notEqual(await old.load('new'), undefined)
        assert.equal(await old.load('old'), undefined)
        await old.compareAndSet('later', undefined, record())
        assert.notEqual(await another.load('later'), undefined)
        await old.close()
        assert.equal(journals(path).length, 2)
        assert.notEqual(await another.load('new'), undefined)
        assert.equal(warnings.length, 1)
      }),
    )

    it(
      'that was removed is created again by the next write, which logs it and is not lost',
      inFolder(async ({ path, open }) => {
        const warnings: string[] = []
        const store = open({ warn: (message) => warnings.push(message) })
        const [old, next] = [record(), record()]
        await store.compareAndSet('key', undefined, old)
        rmSync(path)
        assert.equal(await store.compareAndSet('key', old.version, next), false)
        assert.equal(await store.compareAndSet('key', undefined, next), true)
        assert.deepEqual(await open({ busyTimeoutMs: 1 }).load('key'), next)
        assert.equal(statSync(path).mode & 0o777, 0o600)
        assert.equal(warnings.length, 1)
        assert.match(warnings[0] ?? '', /sessions\.sqlite was removed or replaced/)
      }),
    )

    it(
      'that was removed is noticed by a read that finds no record, and by other reads within a second',
      inFolder(async ({ path, open }) => {
        const store = open({ warn: () => {} })
        const one = record()
        await store.compareAndSet('key', undefined, one)
        rmSync(path)
        const another = open({ busyTimeoutMs: 1 })
        await another.compareAndSet('elsewhere', undefined, one)
        // The store is marked as synchronous, so it may not return a promise now.
        assert.equal(store.isSynchronous, true)
        assert.throws(() => store.load('elsewhere'), /its file was removed/)
        assert.equal(store.isSynchronous, false)
        assert.deepEqual(await patiently(() => store.load('elsewhere')), one)
        rmSync(path)
        const began = performance.now()
        await until(async () => (await patiently(() => store.load('elsewhere'))) === undefined)
        assert.ok(performance.now() - began < 1_500)
      }),
    )

    it(
      'whose table was dropped works again after one more call',
      inFolder(async ({ path, open }) => {
        const store = open()
        await store.compareAndSet('key', undefined, record())
        alter(path, 'DROP TABLE sessions')
        await assert.rejects(async () => store.compareAndSet('key', undefined, record()), /no such/)
        assert.equal(await store.compareAndSet('key', undefined, record()), true)
      }),
    )

    it(
      'stores records with fsync: true',
      inFolder(async ({ open }) => {
        const store = open({ fsync: true })
        const one = record()
        assert.equal(await store.compareAndSet('key', undefined, one), true)
        assert.deepEqual(await store.load('key'), one)
      }),
    )
  })
}

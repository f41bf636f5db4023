// All tests of the SQLite store, for a runtime that has SQLite: `node suite.ts`, `bun test
// ./suite.ts`, `deno test suite.ts`. sqlite.test.ts starts them and counts their output.
import { writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { sqliteStore } from '../../../packages/orbit/src/stores/sqlite.ts'
import {
  type ContractRunner,
  describeSessionStore,
} from '../../../packages/orbit/src/testing/contract.ts'
import { describeFile } from './file.ts'
import { describeReloads } from './reloads.ts'
import { describeRows } from './rows.ts'
import { alter, begin } from './setting.ts'
import { describeSeveralProcesses } from './several.ts'
import { describeTransactionsOfApps } from './within.ts'

let registered = 0
let passed = 0

const runner: ContractRunner = {
  describe,
  it(name, body) {
    registered += 1
    it(name, async () => {
      await body()
      passed += 1
      // Every runtime prints its own summary. In the last such line both numbers are the same.
      writeSync(1, `\npassed ${passed} of ${registered}: ${name}\n`)
    })
  },
}

describeSessionStore(
  'sqlite',
  async ({ now }) => {
    const folder = await mkdtemp(join(tmpdir(), 'gravito-sqlite-'))
    const path = join(folder, 'sessions.sqlite')
    // In one process and with the same options, they would share their connection.
    const stores = [5, 6].map((busyTimeoutMs) => sqliteStore({ path, now, busyTimeoutMs }))
    const [store, other] = stores
    if (!store || !other) throw new Error('There must be two stores.')
    let spoilt = 0
    const spoil = (key: string) => {
      spoilt += 1
      const [version, payload] = spoilt % 2 ? ["'version'", 'NULL'] : ['NULL', "'payload'"]
      alter(
        path,
        `INSERT INTO sessions (key, version, payload, evictable) VALUES ('${key}', ${version}, ${payload}, 0)`,
      )
    }
    for (const one of stores) await one.ready()
    const close = async () => {
      for (const one of stores) await one.close()
      await rm(folder, { recursive: true })
    }
    return { stores: [store, other], spoil, begin: () => begin(path), close }
  },
  runner,
)
describeFile(runner)
describeRows(runner)
describeReloads(runner)
describeSeveralProcesses(runner)
describeTransactionsOfApps(runner)

// All tests of the SQLite store, for a runtime that has SQLite: `node suite.ts`, `bun test ./suite.ts`,
// `deno test suite.ts`. sqlite.test.ts starts them and counts what they print.
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
import { describeRows } from './rows.ts'
import { describeSeveralProcesses } from './several.ts'

let registered = 0
let passed = 0

const runner: ContractRunner = {
  describe,
  it(name, body) {
    registered += 1
    it(name, async () => {
      await body()
      passed += 1
      // Every runtime counts in a way of its own. In the last such line both numbers are the same.
      writeSync(1, `\npassed ${passed} of ${registered}: ${name}\n`)
    })
  },
}

describeSessionStore(
  'sqlite',
  async ({ now }) => {
    const folder = await mkdtemp(join(tmpdir(), 'gravito-sqlite-'))
    const path = join(folder, 'sessions.sqlite')
    const stores = [sqliteStore({ path, now }), sqliteStore({ path, now })] as const
    const close = async () => {
      for (const store of stores) await store.close()
      await rm(folder, { recursive: true })
    }
    return { stores, close }
  },
  runner,
)
describeFile(runner)
describeRows(runner)
describeSeveralProcesses(runner)

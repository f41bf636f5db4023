import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { sqliteStore } from '../../packages/orbit/src/stores/sqlite.ts'
import { chosen } from '../extent.ts'
import { run } from '../guide/processes.ts'
import { nodeWithoutSqlite, runtimes } from './sqlite/runtimes.ts'

const folder = fileURLToPath(new URL('./sqlite/', import.meta.url))
const suite = fileURLToPath(new URL('./sqlite/suite.ts', import.meta.url))
const firstUse = fileURLToPath(new URL('./sqlite/first-use.ts', import.meta.url))

/** If there are fewer, some tests of the suite were not found. */
const least = 50

describe('the sqlite store', () => {
  for (const [name, runs] of chosen('stores/sqlite', Object.entries(runtimes))) {
    it(`passes the contract and its own tests on ${name}`, { timeout: 120_000 }, async () => {
      const { command, args } = runs(suite)
      const { code, output, stdout } = await run(command, args, folder)
      const counts = [...stdout.matchAll(/^passed (\d+) of (\d+): /gm)].at(-1)
      const [passed, registered] = [Number(counts?.[1]), Number(counts?.[2])]
      expect(code, output).toBe(0)
      expect(passed, output).toBe(registered)
      expect(passed).toBeGreaterThanOrEqual(least)
    })
  }
})

describe('a runtime without SQLite', () => {
  const message =
    /SessionConfigError: The sqlite driver needs node:sqlite, which Node [\d.]+ does not have\. Run Node 22\.13 or later/

  it('gets an error at boot, and at each use, with the runtime to use', async () => {
    const place = await mkdtemp(join(tmpdir(), 'gravito-sqlite-'))
    const path = join(place, 'storage', 'sessions.sqlite')
    const { command, args } = nodeWithoutSqlite(firstUse)
    const { code, stdout, output } = await run(command, [...args, path], folder)
    expect(code, output).toBe(0)
    const lines = stdout.trim().split('\n')
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).toMatch(message)
    expect(existsSync(join(place, 'storage'))).toBe(false)
    await rm(place, { recursive: true })
  })

  if (process.getBuiltinModule('node:sqlite') === undefined) {
    it('gets the same error in this process', async () => {
      const store = sqliteStore({ path: join(tmpdir(), 'never-made', 'sessions.sqlite') })
      const expected = { name: 'SessionConfigError', message: expect.stringMatching(/Node 22\.13/) }
      await expect(async () => store.ready()).rejects.toMatchObject(expected)
      await expect(async () => store.load('key')).rejects.toMatchObject(expected)
      await store.close()
      expect(existsSync(join(tmpdir(), 'never-made'))).toBe(false)
    })
  }
})

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { run } from '../guide/processes.ts'
import { nodeWithSqlite } from '../stores/sqlite/runtimes.ts'
import { drivers } from './store.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

/** What says how a session behaves. It runs on the memory store as part of the usual suites. */
const suites = ['tests/hono', 'tests/interleavings']

/** What of it runs on no other driver, and why. */
const memoryOnly = {
  'tests/interleavings/mutants.test.ts':
    'tells whether the property would notice a fault, in 20,000 cases each',
}

/** Random interleavings per driver: each takes some dozen round trips. */
const cases = '300'

let expected: string[]

beforeAll(async () => {
  const { code, output, stdout } = await vitestOn('memory', ['list', '--json'])
  expect(code, output).toBe(0)
  const listed: { name: string; file: string }[] = JSON.parse(stdout)
  expected = listed.map(({ file, name }) => nameOf(file, name)).sort()
  // Fewer than this, and something was not found.
  expect(expected.length).toBeGreaterThan(900)
  for (const [file, reason] of Object.entries(memoryOnly)) {
    console.info(`on the memory store alone: ${file}, which ${reason}`)
  }
}, 120_000)

describe('a session behaves the same', () => {
  const others = drivers.filter((driver) => driver !== 'memory')

  it.each(others)('on %s', { timeout: 180_000 }, async (driver) => {
    const folder = await mkdtemp(join(tmpdir(), 'gravito-behaviour-'))
    const report = join(folder, 'report.json')
    const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
    const began = performance.now()
    try {
      const { output } = await vitestOn(driver, ['run', '--silent', ...reporters])
      const results: Results = JSON.parse(await readFile(report, 'utf8'))
      const tests = results.testResults.flatMap(({ name: file, assertionResults }) =>
        assertionResults.map(({ ancestorTitles, title, status }) => ({
          name: nameOf(file, [...ancestorTitles, title].join(' > ')),
          status,
        })),
      )
      const failed = tests.filter(({ status }) => status !== 'passed')
      const seconds = ((performance.now() - began) / 1000).toFixed(0)
      console.info(`${driver}: ${tests.length - failed.length} of ${expected.length}, ${seconds} s`)
      expect(failed, output).toEqual([])
      expect(tests.map(({ name }) => name).sort(), output).toEqual(expected)
      expect(results.success, output).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

/** What Vitest's JSON reporter writes. */
interface Results {
  readonly success: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
    }[]
  }[]
}

function nameOf(file: string, name: string): string {
  return `${relative(root, file)} > ${name}`
}

function vitestOn(driver: (typeof drivers)[number], args: string[]) {
  const [command = '', ...rest] = args
  const excluded = Object.keys(memoryOnly).flatMap((file) => ['--exclude', file])
  const all = [vitest, command, ...suites, ...excluded, '--maxWorkers=2', ...rest]
  const node = driver === 'sqlite' ? nodeWithSqlite() : process.execPath
  return run(node, all, root, { SESSION_STORE: driver, INTERLEAVINGS: cases })
}

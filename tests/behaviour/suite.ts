import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { run } from '../guide/processes.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

/** The program that runs Vitest, and on which runtime. */
interface Suite {
  /** The command that runs the file of Vitest: Node, or another runtime with its arguments. */
  readonly on?: readonly string[]
  /** Files, folders and options. */
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

interface Outcome {
  /** The names of all tests, whatever their result. */
  readonly names: string[]
  readonly skipped: string[]
  readonly passed: number
  readonly seconds: string
  /** The output of Vitest. */
  readonly output: string
}

/** The names of all tests, sorted, each with its file. */
export async function namesIn(suite: Suite): Promise<string[]> {
  const { code, output, stdout } = await start(suite, ['list', '--json'])
  expect(code, output).toBe(0)
  const listed: { name: string; file: string }[] = JSON.parse(stdout)
  return listed.map(({ file, name }) => nameOf(file, name)).sort()
}

/** Runs the tests. None of them may fail. */
export async function pass(suite: Suite): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-behaviour-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
  const began = performance.now()
  try {
    const { output } = await start(suite, ['run', '--silent', ...reporters])
    const results = await readFile(report, 'utf8').then(asResults, () => {
      throw new Error(`Vitest wrote no report:\n${output}`)
    })
    const tests = results.testResults.flatMap(({ name: file, assertionResults }) =>
      assertionResults.map(({ ancestorTitles, title, status }) => ({
        name: nameOf(file, [...ancestorTitles, title].join(' > ')),
        status,
      })),
    )
    const having = (...among: string[]) => tests.filter(({ status }) => among.includes(status))
    const skipped = having('pending', 'skipped')
    const passed = having('passed')
    const others = tests.filter((test) => !passed.includes(test) && !skipped.includes(test))
    expect(others, output).toEqual([])
    expect(results.success, output).toBe(true)
    return {
      names: tests.map(({ name }) => name).sort(),
      skipped: skipped.map(({ name }) => name).sort(),
      passed: passed.length,
      seconds: ((performance.now() - began) / 1000).toFixed(0),
      output,
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function start({ on = [process.execPath], args, env }: Suite, [verb = '', ...more]: string[]) {
  const [command = '', ...before] = on
  const all = [...before, vitest, verb, ...args, '--maxWorkers=2', ...more]
  return run(command, all, root, env)
}

/** The output of Vitest's JSON reporter. */
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

function asResults(text: string): Results {
  return JSON.parse(text)
}

function nameOf(file: string, name: string): string {
  return `${relative(root, file)} > ${name}`
}

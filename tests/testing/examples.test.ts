import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { chosen } from '../extent.ts'
import { run } from '../guide/processes.ts'
import { bun, node, nodeVersions } from '../runtimes/binaries.ts'

const folder = fileURLToPath(new URL('../../examples/testing', import.meta.url))
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))

const onNode = (major: (typeof nodeVersions)[number]) =>
  [
    `node:test on Node ${major}`,
    node(major),
    ['--import', 'tsx', '--test', 'node/app.test.ts'],
  ] as const

/** The command of each runner, and how its output shows the number of passed tests. */
const runners = chosen('testing/examples', [
  ['Vitest', process.execPath, [vitest, 'run']] as const,
  ...nodeVersions.map(onNode),
  ['bun:test', bun(), ['test', './bun/app.test.ts']] as const,
])

const testsIn = async (file: string) =>
  [...(await readFile(join(folder, file), 'utf8')).matchAll(/^ {2}test\('(.+)',/gm)].map(
    ([, name]) => name,
  )

describe('the examples of app tests', () => {
  it.each(runners)('pass with %s', async (_, command, args) => {
    const { code, output } = await run(command, [...args], folder)

    expect(code, output).toBe(0)
    const [, passed] =
      /Tests +(\d+) passed|pass (\d+)|(\d+) pass\b/.exec(output)?.filter(Boolean) ?? []
    expect(Number(passed), output).toBe((await testsIn('vitest/app.test.ts')).length)
  })

  it('are the same tests for each runner', async () => {
    const names = await testsIn('vitest/app.test.ts')

    expect(names.length).toBeGreaterThan(5)
    expect(await testsIn('node/app.test.ts')).toEqual(names)
    expect(await testsIn('bun/app.test.ts')).toEqual(names)
  })
})

import { expect, it } from 'vitest'
import { chosen, isComplete } from '../extent.ts'
import { bun, deno } from '../runtimes/binaries.ts'
import { suites } from './contract-suites.ts'
import { pass } from './suite.ts'

const runtimes = {
  Bun: () => [bun(), '--bun'],
  Deno: () => [deno(), 'run', '-A'],
}

const all = Object.entries(suites).flatMap(([driver, files]) =>
  Object.entries(runtimes).map(
    ([runtime, command]) => [`${driver} on ${runtime}`, files, command] as const,
  ),
)

/** Node runs them as part of the usual suites. */
it.each(chosen('behaviour/contracts', all))(
  'the store contract holds: %s',
  { timeout: 300_000 },
  async (name, files, command) => {
    const SESSION_RUNTIME = name.split(' on ')[1]
    const args = ['tests/behaviour/this-runtime.test.ts', ...files]
    const env = { SESSION_RUNTIME, ...(isComplete && { TESTS: 'all' }) }
    const { passed, skipped, seconds } = await pass({ on: command(), args, env })
    console.info(`${passed} on ${name}, ${seconds} s`)
    expect(skipped).toEqual([])
    expect(passed).toBeGreaterThan(20)
  },
)

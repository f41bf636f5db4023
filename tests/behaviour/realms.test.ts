import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run } from '../guide/processes.ts'

const repo = fileURLToPath(new URL('../../', import.meta.url))

/** Tests that put values of all kinds, edit the headers of immutable responses, and load records. */
const suites = ['values', 'session-api', 'caching', 'payloads'].map(
  (name) => `tests/hono/${name}.test.ts`,
)

it.each(['memory', 'file'])(
  'sessions work in %s with a separate realm for each test file, as in Jest',
  async (store) => {
    const vitest = join(repo, 'node_modules/vitest/vitest.mjs')
    const args = [vitest, 'run', '--pool=vmThreads', ...suites]
    const { code, output } = await run(process.execPath, args, repo, { SESSION_STORE: store })

    expect(code, output).toBe(0)
  },
  120_000,
)

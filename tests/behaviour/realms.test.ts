import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run } from '../guide/processes.ts'

const repo = fileURLToPath(new URL('../../', import.meta.url))

/** What puts values of all kinds, edits the headers of answers that are immutable, and loads records. */
const suites = ['values', 'session-api', 'caching', 'payloads'].map(
  (name) => `tests/hono/${name}.test.ts`,
)

it.each(['memory', 'file'])(
  'sessions in %s work where each test file has a realm of its own, as in Jest',
  async (store) => {
    const vitest = join(repo, 'node_modules/vitest/vitest.mjs')
    const args = [vitest, 'run', '--pool=vmThreads', ...suites]
    const { code, output } = await run(process.execPath, args, repo, { SESSION_STORE: store })

    expect(code, output).toBe(0)
  },
  120_000,
)

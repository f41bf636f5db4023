import { beforeAll, describe, expect, it } from 'vitest'
import { chosen, isComplete } from '../extent.ts'
import { servers } from '../stores/sql/setting.ts'
import { nodeWithSqlite } from '../stores/sqlite/runtimes.ts'
import { startStores } from '../workers/stores.ts'
import { drivers, isOfCloudflare, isSql } from './store.ts'
import { namesIn, pass } from './suite.ts'

/**
 * The suites that describe the behaviour of a session. They also run on the memory store, with the
 * usual suites.
 */
const suites = isComplete
  ? ['tests/hono', 'tests/interleavings']
  : [
      'tests/hono/all-sessions.test.ts',
      'tests/hono/commit.test.ts',
      'tests/hono/sessions-of.test.ts',
      'tests/hono/sign-in.test.ts',
      'tests/hono/values.test.ts',
      'tests/interleavings/endings.test.ts',
      'tests/interleavings/logins.test.ts',
      'tests/interleavings/winners.test.ts',
    ]

/** The files that run on no other driver, and why. */
const memoryOnly = {
  'tests/interleavings/mutants.test.ts':
    'tells whether the properties would notice a fault, in 20,000 cases each',
  'tests/interleavings/owners': 'works on the engine without a driver',
}

/** The number of random interleavings per driver in a full run. Each takes dozens of round trips. */
const cases = '300'

let expected: string[]

beforeAll(async () => {
  expected = await namesIn(suiteOn('memory'))
  // If there are fewer, some files were not found.
  expect(expected.length).toBeGreaterThan(isComplete ? 900 : 120)
  for (const [file, reason] of Object.entries(memoryOnly)) {
    console.info(`on the memory store alone: ${file}, which ${reason}`)
  }
}, 120_000)

describe('a session has the same behaviour', () => {
  const others = chosen(
    'behaviour/drivers',
    drivers.filter((driver) => driver !== 'memory'),
  )

  it.each(others)('on %s', { timeout: 400_000 }, async (driver) => {
    // One for all files, because creating a database folder takes some seconds.
    const database = driver === 'postgres' ? servers.PostgreSQL : servers.MariaDB
    const server = isSql(driver) ? await database.start() : undefined
    const workerd = isOfCloudflare(driver) ? await startStores() : undefined
    try {
      const suite = suiteOn(driver, {
        ...(server && { SESSION_DATABASE: server.url }),
        ...(workerd && { SESSION_WORKERD: workerd.url }),
      })
      const { names, skipped, passed, seconds, output } = await pass(suite)
      console.info(`${driver}: ${passed} of ${expected.length}, ${seconds} s`)
      expect(names, output).toEqual(expected)
      expect(skipped).toEqual([])
    } finally {
      await server?.stop()
      await workerd?.stop()
    }
  })
})

function suiteOn(driver: (typeof drivers)[number], more: NodeJS.ProcessEnv = {}) {
  const excluded = Object.keys(memoryOnly).flatMap((file) => ['--exclude', `${file}**`])
  return {
    on: [driver === 'sqlite' ? nodeWithSqlite() : process.execPath],
    args: [...suites, ...excluded],
    env: { SESSION_STORE: driver, INTERLEAVINGS: cases, ...more },
  }
}

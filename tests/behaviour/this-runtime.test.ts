import { expect, it } from 'vitest'
import { runtimeOf } from '../runtimes/name.ts'

/** Set by the tests that start suites on other runtimes, so that a suite cannot run on Node by mistake. */
const asked = process.env.SESSION_RUNTIME ?? 'Node'

it('the suites run on the runtime that they were started for', () => {
  expect(runtimeOf(process.versions).startsWith(asked)).toBe(true)
})

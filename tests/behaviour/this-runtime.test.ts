import { expect, it } from 'vitest'
import { runtimeOf } from '../runtimes/name.ts'

/** Set by what starts suites on other runtimes, so that they cannot run on Node unnoticed. */
const asked = process.env.SESSION_RUNTIME ?? 'Node'

it('the suites run on the runtime that they were started for', () => {
  expect(runtimeOf(process.versions).startsWith(asked)).toBe(true)
})

import { beforeAll, describe, expect, it } from 'vitest'
import { chosen, isComplete } from '../extent.ts'
import { mustRun } from '../guide/processes.ts'
import { bun, deno, node, nodeVersions } from '../runtimes/binaries.ts'
import { namesIn, pass } from './suite.ts'

const suite = 'tests/hono'

/**
 * The tests that each runtime runs: those of features for which its server, crypto, streams or cookies may
 * differ.
 */
const files = isComplete
  ? [suite]
  : [
      'caching',
      'cookie-issue',
      'csrf-body',
      'csrf-token',
      'error-handler',
      'flash',
      'ids',
      'raw-paths',
      'session-api',
      'sign-in',
      'upgrades',
    ].map((name) => `${suite}/${name}.test.ts`)

/** The tests that cannot run over HTTP. Each of them says why. All others use TCP. */
const calledDirectly = [
  'csrf-body.test.ts > a form whose body does not arrive in time (R21) > still reaches the handler complete in report-only mode',
  ...[
    'nothing, for a request without a cookie',
    'nothing, for a request with a cookie that is not ours',
    'nothing, for a request without a cookie, with a token',
    'nothing, for a request from another site',
    'nothing, for a request with a token in the header',
    'nothing, for a request that is not a form',
    '64 KiB of a form, and one chunk to find out that there is more',
    '64 KiB of an upload, while the handler reads the rest as it arrives',
  ].map(
    (name) =>
      `csrf-body.test.ts > the token check reads only the part of the body that it needs (R21) > ${name}`,
  ),
  'csrf-body.test.ts > a form above maxFormBytes (R21) > counts as too large, whatever its Content-Length says',
  'csrf-origin.test.ts > methods (R20) > FOO is refused without a token and from another site',
  'csrf-origin.test.ts > methods (R20) > FOO passes with the token',
  'csrf-token.test.ts > the token (R20) > is refused: a megabyte',
]
  .map((name) => `${suite}/${name}`)
  .sort()

const runtimes = chosen('behaviour/runtimes', [
  ...nodeVersions.map((major) => [`Node ${major}`, () => [node(major)]] as const),
  ['Bun', () => [bun(), '--bun']] as const,
  ['Deno', () => [deno(), 'run', '-A']] as const,
])

let expected: string[]

beforeAll(async () => {
  expected = await namesIn({ args: files })
  // If there are fewer, some files were not found.
  expect(expected.length).toBeGreaterThan(isComplete ? 750 : 150)
}, 60_000)

describe("a session has the same behaviour over HTTP, on the runtime's own server", () => {
  it.each(runtimes)('on %s', { timeout: isComplete ? 300_000 : 120_000 }, async (name, command) => {
    const on = command()
    const [binary = ''] = on
    const [version] = /\d+\.\d+\.\d+/.exec(await mustRun(binary, ['--version'], '.')) ?? []
    const runtime = `${name.replace(/ .*/, '')} ${version}`
    expect(runtime).toContain(name)

    const env = { SESSION_OVER: 'http', SESSION_RUNTIME: runtime }
    const { names, skipped, passed, seconds, output } = await pass({ on, args: files, env })

    console.info(`${passed} of ${expected.length} on ${runtime}, ${seconds} s`)
    expect(names, output).toEqual(expected)
    expect(skipped).toEqual(calledDirectly.filter((name) => expected.includes(name)))
  })
})

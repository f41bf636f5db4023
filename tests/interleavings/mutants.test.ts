import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type * as orbit from '@gravito/orbit'
import { memoryStore, session } from '@gravito/orbit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { run } from '../guide/processes.ts'
import { anyCase } from './case.ts'
import { anyMovingCase } from './moving/case.ts'
import { movingModules } from './moving/modules.ts'
import { movingHolds } from './moving/property.ts'
import { anyOwnerCase } from './owners/case.ts'
import { modulesIn } from './owners/modules.ts'
import { ownersHold } from './owners/property.ts'
import { holds } from './property.ts'

const source = fileURLToPath(new URL('../../packages/orbit/src/', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))
const vitest = `${root}node_modules/vitest/vitest.mjs`
const mutants = fileURLToPath(new URL('./.mutants/', import.meta.url))

/** A possible oversimplification of the source: the file, the original code, and its replacement. */
const simplifications: readonly {
  readonly name: string
  readonly edits: readonly (readonly [file: string, from: string, to: string])[]
}[] = [
  {
    name: 'the version is not checked',
    edits: [['stores/memory.ts', 'if (slot?.record.version !== version) return false', '']],
  },
  {
    name: 'an ended session is stored again',
    edits: [
      [
        'session/decide.ts',
        "'its record, gone':       ['drop',",
        "'its record, gone':       ['create',",
      ],
    ],
  },
  {
    name: 'a moved session is followed without checking its owner',
    edits: [
      [
        'session/situation.ts',
        'return (\n    stored.record.owner',
        'return true || (\n    stored.record.owner',
      ],
    ],
  },
  {
    name: 'the next user keeps internal data of the previous sign-in',
    edits: [
      [
        'session/sign-in.ts',
        'if (facts === undefined || facts.owner === owner) return facts',
        'if (facts) return facts',
      ],
    ],
  },
  {
    name: 'a version is a counter',
    edits: [
      ['session/record.ts', 'version: newMark(),\n    instance', "version: '1',\n    instance"],
      [
        'session/record.ts',
        'version: newMark(), data, last',
        'version: String(Number(session.version) + 1), data, last',
      ],
    ],
  },
  {
    name: 'an id opens any record under its key, whatever its instance',
    edits: [
      ['session/lookup.ts', 'instance !== undefined && session.instance !== instance', 'false'],
    ],
  },
  {
    name: "a visitor's login leaves no redirect",
    edits: [
      [
        'session/arrival.ts',
        "case 'redirect': {",
        "case 'redirect': {\n      if (from) return true",
      ],
    ],
  },
  {
    name: 'a commit after the move still sets its cookie',
    edits: [
      ['session/commit.ts', 'isRebased: true', 'isRebased: false'],
      ['due-cookies.ts', '(stands ? wanted : [])', 'wanted'],
    ],
  },
  {
    name: 'a login keeps the data of an ended session',
    edits: [
      ['session/commit.ts', '    this.intent = intent\n    this.state = v', '    this.state = v'],
    ],
  },
  {
    name: "signing out ends only the request's own id",
    edits: [['session/decide.ts', "sameOwner ? 'end the end'", "sameOwner ? 'nothing'"]],
  },
  {
    name: 'take() does not require to be the first',
    edits: [
      ['session/transaction.ts', 'atOnce: last !== undefined', 'atOnce: false'],
      ['session/changes.ts', 'change.fn(contents)\n', 'try { change.fn(contents) } catch {}\n'],
    ],
  },
  {
    name: 'a refused request keeps its changes',
    edits: [
      [
        'visit.ts',
        'return error instanceof SessionError || !isResponse(error) ? error : undefined',
        'return isResponse(error) ? undefined : error',
      ],
    ],
  },
  {
    name: 'a commit uses the session as it was loaded, whatever the store has now',
    edits: [['session/lookup.ts', 'isEqual(last.source, record)', 'true']],
  },
  {
    name: 'a request modifies the data that later requests get',
    edits: [['session/transaction.ts', 'if (this.#isShared)', 'if (!this.#isShared)']],
  },
  {
    name: 'a touch that finds a newer version is not retried',
    edits: [
      ['session/touches.ts', "const isDue = found.kind === 'live' &&", 'const isDue = false &&'],
    ],
  },
  {
    name: 'a write counts as activity, whatever touch returns',
    edits: [['session/record.ts', 'active ? Math.max', 'now ? Math.max']],
  },
  {
    name: 'an id that follows an expired one joins the session under it',
    edits: [['session/situation.ts', '!isDerived(state) && isYoung', 'isYoung']],
  },
  {
    name: 'an id that follows an expired one follows the redirect under it',
    edits: [['session/situation.ts', '(mayHaveCome && movedAfter(', '(movedAfter(']],
  },
  {
    name: 'no token is sent if there is a record under the id that follows an expired one',
    edits: [['session/standing.ts', "(kind === 'live' && state.from === 'dead')", 'false']],
  },
  {
    name: 'a write whose result is unknown is repeated',
    edits: [
      [
        'stores/guarded.ts',
        'version === next?.version) return true\n    throw error',
        'version === next?.version) return false\n    return false',
      ],
    ],
  },
  {
    name: 'a change during a running save is lost',
    edits: [
      [
        'session/transaction.ts',
        '    this.#next = undefined\n    this.#forget',
        '    this.#next = undefined\n    this.#changes = []\n    this.#forget',
      ],
    ],
  },
]

/** The same for the sessions of one owner. */
const ownersSimplifications: typeof simplifications = [
  {
    name: 'a move confirms its list entry after the old record has moved',
    edits: [
      [
        'session/arrival.ts',
        'if (entering && !(await index.confirm(entering))) {',
        'if (!entering && owner !== undefined) {',
      ],
      [
        'session/arrival.ts',
        '  if (left && !isSameOwner)',
        "  if (entering && !(await index.confirm(entering))) {\n    await takeBack()\n    return 'ended'\n  }\n  if (left && !isSameOwner)",
      ],
    ],
  },
  {
    name: 'a sign-in ignores that its list entry is marked',
    edits: [['session/owner-index.ts', '!found || found.isMarked', '!found']],
  },
  {
    name: 'a move removes the key that another move has added',
    edits: [['session/owner-index.ts', '[...present, key]', '[from, key]']],
  },
  {
    name: 'a list is not read again',
    edits: [
      [
        'session/owner-sessions.ts',
        'if (unseen.length === 0) {',
        'if (seen.size > 0 || unseen.length === 0) {',
      ],
    ],
  },
  {
    name: 'ending a session does not follow it if it has moved and lost its owner',
    edits: [['session/ending.ts', '(record.owner ?? owner) === owner', 'record.owner === owner']],
  },
  {
    name: 'endOthers() also ends the moved session of the caller',
    edits: [
      [
        'session/owner-sessions.ts',
        'const meant = index.entries.filter(isMeant)',
        'const meant = index.entries.filter((entry) => isMeant(entry) || entry.keys.length > 1)',
      ],
    ],
  },
  {
    name: 'one session above the limit stays active',
    edits: [['session/owner-sessions.ts', 'staying.length - most + 1', 'staying.length - most']],
  },
  {
    name: 'a sign-in that loses a race leaves its record',
    edits: [
      [
        'session/arrival.ts',
        'await store.compareAndSet(key, record.version, undefined)\n    if (entering)',
        'if (entering)',
      ],
    ],
  },
  {
    name: 'a sign-out leaves its list entry',
    edits: [
      ['session/commit.ts', 'await (await engine.index()).leave(record.owner, record.name)', ''],
    ],
  },
]

/** The same for a move to another store. */
const movingSimplifications: typeof simplifications = [
  {
    name: 'a record is marked as arrived before it was prepared',
    edits: [
      [
        'stores/moving/protocol.ts',
        "visible(to) ? 'stays' : prepare(move, to, original, now)",
        "visible(to) ? 'stays' : { side: 'to', version: to.version, next: wrapped('arrived', move, original) }",
      ],
    ],
  },
  {
    name: 'a write changes an arrived record, whatever the old store has',
    edits: [
      [
        'stores/moving.ts',
        "if (from.stage === 'leaving' || to.stage === 'arrived') {",
        "if (from.stage === 'leaving' && to.stage !== 'arrived') {",
      ],
    ],
  },
  {
    name: 'an arrived record is marked as settled while the old store still has it',
    edits: [
      [
        'stores/moving/protocol.ts',
        "return to.stage === 'arrived'\n        ? {",
        "return to.stage === 'arrived'\n        ? now > 0\n          ? settle(to)\n          : {",
      ],
    ],
  },
  {
    name: 'the old store removes a record as soon as it has arrived',
    edits: [
      ['stores/moving/protocol.ts', "next: wrapped('left', move, original) }", 'next: undefined }'],
    ],
  },
  {
    name: 'after a record has left the old store, the new store is not read again',
    edits: [
      [
        'stores/moving/look.ts',
        "isPast(from) ? andThen(see(pair, 'to', key), (to) => ({ to, from })) : { to, from }",
        '({ to, from })',
      ],
    ],
  },
  {
    name: 'a read loads only once from each store',
    edits: [
      [
        'stores/moving.ts',
        "isPast(second) ? andThen(see(pair, 'to', key), visible) : visible(second)",
        'visible(second)',
      ],
    ],
  },
  {
    name: 'a record is created without reading the old store',
    edits: [
      [
        'stores/moving.ts',
        'if (visible(seen)) return false\n      return andThen',
        'return andThen',
      ],
    ],
  },
  {
    name: 'a prepared record counts as stored',
    edits: [
      [
        'stores/moving/protocol.ts',
        "case 'leaving':\n      return seen.original",
        "case 'leaving':\n    case 'prepared':\n      return seen.original",
      ],
    ],
  },
  {
    name: 'a record leaves the old store before it is in the new one',
    edits: [
      [
        'stores/moving/protocol.ts',
        "      const next = wrapped('leaving', to.move, from.original)\n      return { side: 'from', version: from.version, next }",
        "      return { side: 'from', version: from.version, next: undefined }",
      ],
    ],
  },
  {
    name: 'a failed removal counts as done if one of the stores has no record',
    edits: [
      [
        'stores/moving.ts',
        'const pair = { to: guard(to), from: guard(from) }',
        'const pair = { to: lookedUp(guard(to) as never), from: lookedUp(guard(from) as never) }',
      ],
    ],
  },
]

/**
 * Mutants that random cases detect too rarely, because three requests must overlap in one order of thousands.
 * The tests with gates and the tests of the table detect them each time.
 */
const heldSimplifications: readonly ((typeof simplifications)[number] & {
  /** The name of a test that must fail. */
  readonly fails: string
})[] = [
  {
    name: 'a sign-in without overlapping requests leaves no redirect',
    fails: 'is not overwritten by a poll with the dead cookie',
    edits: [
      [
        'session/commit.ts',
        "case 'create and redirect': {",
        "case 'create and redirect': {\n if (this.state !== this.#origin) return this.#create(this.#random, contents, { kind: 'none' })",
      ],
    ],
  },
  {
    name: 'a running save restores a session that was signed out',
    fails: 'stays ended, and the next one holds only later changes',
    edits: [
      ['session/transaction.ts', 'this.#invalidate ? emptyContents() : contents', 'contents'],
    ],
  },
  {
    name: 'a login moves the session of another user',
    fails: 'and signs in: creates a new session',
    edits: [
      [
        'session/situation.ts',
        "endIsOwn: found.kind === 'moved' && found.end.record.owner === owner",
        "endIsOwn: found.kind === 'moved'",
      ],
    ],
  },
]

/** The number of cases in which each mutant may survive. The log says in how many it did. */
const cases = 20_000

// Log lines about a failing store and an expired token are expected.
vi.spyOn(console, 'error').mockImplementation(() => {})
vi.spyOn(console, 'warn').mockImplementation(() => {})

beforeAll(() => mkdirSync(mutants, { recursive: true }))
afterAll(() => rmSync(mutants, { recursive: true, force: true }))

/** A copy of the source with the edits of a mutant. */
function mutate(name: string, edits: (typeof simplifications)[number]['edits']): string {
  const folder = `${mutants}${name}/`
  cpSync(source, folder, { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
  for (const [file, from, to] of edits) {
    const text = readFileSync(folder + file, 'utf8')
    expect(text, `${file} no longer has the text that the mutant changes`).toContain(from)
    writeFileSync(folder + file, text.replace(from, to))
  }
  return folder
}

/** Checks the real source too. A case that also fails with it says nothing about the mutant. */
async function expectCaught<Case>(
  any: fc.Arbitrary<Case>,
  mutant: (one: Case) => Promise<void>,
  real: (one: Case) => Promise<void>,
): Promise<void> {
  const { failed, numRuns, errorInstance, counterexample } = await fc.check(
    fc.asyncProperty(any, mutant),
    { numRuns: cases, seed: 1, endOnFailure: true },
  )
  expect(failed, `survived ${numRuns} cases`).toBe(true)
  if (counterexample) await real(counterexample[0])
  console.info(`case ${numRuns}: ${String(errorInstance)}`)
}

describe('the property of overlapping requests detects', () => {
  for (const [index, { name, edits }] of simplifications.entries()) {
    it(`the mutant in which ${name}`, async () => {
      const folder = mutate(String(index), edits)
      const mutant: typeof orbit = await import(pathToFileURL(`${folder}index.ts`).href)
      const tried = { session: mutant.session, newStore: mutant.memoryStore }
      await expectCaught(
        anyCase,
        (one) => holds(tried, one),
        (one) => holds({ session, newStore: memoryStore }, one),
      )
    }, 300_000)
  }
})

describe('the property of the sessions of one owner detects', () => {
  for (const [index, { name, edits }] of ownersSimplifications.entries()) {
    it(`the mutant in which ${name}`, async () => {
      const folder = mutate(`owners-${index}`, edits)
      const tried = await modulesIn(pathToFileURL(folder).href)
      const real = await modulesIn(pathToFileURL(source).href)
      await expectCaught(
        anyOwnerCase,
        (one) => ownersHold(tried, one),
        (one) => ownersHold(real, one),
      )
    }, 300_000)
  }
})

describe('the property of a move to another store detects', () => {
  for (const [index, { name, edits }] of movingSimplifications.entries()) {
    it(`the mutant in which ${name}`, async () => {
      const folder = mutate(`moving-${index}`, edits)
      const tried = await movingModules(pathToFileURL(folder).href)
      const real = await movingModules(pathToFileURL(source).href)
      await expectCaught(
        anyMovingCase,
        (one) => movingHolds(tried, one),
        (one) => movingHolds(real, one),
      )
    }, 300_000)
  }
})

describe('the tests with gates detect', () => {
  const files = [
    'hono/ended-while-saving',
    'interleavings/logins',
    'interleavings/table-keys',
    'interleavings/table-records',
  ].map((name) => `tests/${name}.test.ts`)
  for (const [index, { name, edits, fails }] of heldSimplifications.entries()) {
    it(`the mutant in which ${name}`, async () => {
      const ORBIT_SOURCE = mutate(`held-${index}`, edits)
      const args = [vitest, 'run', '--reporter=json', ...files]
      const { stdout } = await run(process.execPath, args, root, { ORBIT_SOURCE })
      const report: Report = JSON.parse(stdout.slice(stdout.indexOf('{"')))
      const failed = report.testResults.flatMap(({ assertionResults }) =>
        assertionResults.filter(({ status }) => status === 'failed'),
      )

      expect(failed.map(({ title }) => title)).toContain(fails)
      // If a source cannot be loaded, all tests fail.
      expect(report.numPassedTests).toBeGreaterThan(100)
    }, 120_000)
  }
})

/** The output of Vitest's JSON reporter. */
interface Report {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

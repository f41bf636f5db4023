import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type * as orbit from '@gravito/orbit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { anyCase } from './case.ts'
import { holds } from './property.ts'

const source = fileURLToPath(new URL('../../packages/orbit/src/', import.meta.url))
const mutants = fileURLToPath(new URL('./.mutants/', import.meta.url))

/** What somebody might simplify away: the file, the text, and what would stand there instead. */
const simplifications: readonly {
  readonly name: string
  readonly edits: readonly (readonly [file: string, from: string, to: string])[]
}[] = [
  {
    name: 'the version is not checked',
    edits: [['stores/memory.ts', "if (current.version !== version) return 'conflict'", '']],
  },
  {
    name: 'a session that is gone is stored again',
    edits: [
      [
        'session/write.ts',
        "if (found.kind !== 'live') return attempt.drop(state)",
        "if (found.kind !== 'live') { await attempt.engine.store.create(key, { ...record, payload: '1:' + record.payload.slice(2) }); return attempt.drop(state) }",
      ],
    ],
  },
  {
    name: 'a seal is followed without looking at the owner',
    edits: [['session/fold.ts', 'if (owners.size > 1) throw attempt.refuse(key)', '']],
  },
  {
    name: 'a version is a counter',
    edits: [
      ['session/record.ts', 'version: newMark(),\n    birth', "version: '1',\n    birth"],
      [
        'session/record.ts',
        'version: newMark(), payload, lastActivityAt',
        'version: String(Number(record.version) + 1), payload, lastActivityAt',
      ],
    ],
  },
  {
    name: 'an id opens any record under its key, whatever its birth',
    edits: [['session/state.ts', 'birth !== undefined && record.birth !== birth', 'false']],
  },
  {
    name: "a visitor's login leaves no mark",
    edits: [
      [
        'session/move.ts',
        "    case 'mark':\n",
        "    case 'mark':\n      if (source) return true\n",
      ],
    ],
  },
  {
    name: 'a commit after the move sets its cookie all the same',
    edits: [
      ['session/fold.ts', 'folded: true', 'folded: false'],
      ['visit.ts', '(stands ? wanted : [])', 'wanted'],
    ],
  },
  {
    name: 'a login takes the data of an ended session along',
    edits: [
      [
        'session/move.ts',
        '!source.isStrange ? source.stored.record : undefined\n  const carried',
        "!source.isStrange ? source.stored.record : 'stored' in attempt.state ? attempt.state.stored.record : undefined\n  const carried",
      ],
    ],
  },
  {
    name: 'signing out ends only the id that it was asked with',
    edits: [['session/commit.ts', "else if (found.kind === 'sealed') target = found.end\n", '']],
  },
  {
    name: 'take does not insist on being first',
    edits: [
      ['session/unit.ts', 'strict: strict !== undefined', 'strict: false'],
      ['session/changes.ts', 'change.fn(contents)\n', 'try { change.fn(contents) } catch {}\n'],
    ],
  },
  {
    name: 'a request that we refused keeps its changes',
    edits: [
      [
        'visit.ts',
        'return error instanceof SessionError || !isResponse(error) ? error : undefined',
        'return isResponse(error) ? undefined : error',
      ],
    ],
  },
  {
    name: 'a touch that meets a newer version is given up',
    edits: [
      ['session/touches.ts', "const isDue = found.kind === 'live' &&", 'const isDue = false &&'],
    ],
  },
  {
    name: 'a write counts as activity, whatever touch says',
    edits: [
      [
        'session/record.ts',
        'const lastActivityAt = active ? Math.max(now, record.lastActivityAt) : record.lastActivityAt',
        'const lastActivityAt = active ? now : now',
      ],
    ],
  },
  {
    name: 'an id derived from a dead one joins the record that stands under it',
    edits: [['session/attempt.ts', '    if (this.isDerived) return false\n', '']],
  },
  {
    name: 'an id derived from a dead one follows the redirect that stands under it',
    edits: [['session/write.ts', 'if (attempt.isDerived) throw attempt.refuse(key)', '']],
  },
  {
    name: 'a record under a derived id keeps the token back',
    edits: [['visit.ts', "(kind === 'live' && state.from === 'dead')", 'false']],
  },
  {
    name: 'a write whose outcome is unknown is sent again',
    edits: [
      [
        'session/attempt.ts',
        'if (current?.version === record.version) return done\n      throw error',
        'return current?.version === record.version ? await ask() : await ask()',
      ],
    ],
  },
  {
    name: 'what changes while a save is under way is forgotten',
    edits: [
      [
        'session/unit.ts',
        '    this.#next = undefined\n    this.#forget',
        '    this.#next = undefined\n    this.#changes = []\n    this.#forget',
      ],
    ],
  },
  {
    name: 'a save under way brings back what signing out has ended',
    edits: [
      [
        'session/unit.ts',
        'this.#invalidate ? emptyContents() : outcome.contents',
        'outcome.contents',
      ],
    ],
  },
]

/** How many cases each may survive at most; the log says how many it did. */
const cases = 20_000

// A store that fails and a token that has expired are in the log, as they should be.
vi.spyOn(console, 'error').mockImplementation(() => {})
vi.spyOn(console, 'warn').mockImplementation(() => {})

beforeAll(() => mkdirSync(mutants, { recursive: true }))
afterAll(() => rmSync(mutants, { recursive: true, force: true }))

describe('the property catches', () => {
  for (const [index, { name, edits }] of simplifications.entries()) {
    it(`the mutant in which ${name}`, async () => {
      const folder = `${mutants}${index}/`
      cpSync(source, folder, { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
      for (const [file, from, to] of edits) {
        const text = readFileSync(folder + file, 'utf8')
        expect(text, `${file} no longer has the text that the mutant changes`).toContain(from)
        writeFileSync(folder + file, text.replace(from, to))
      }
      const mutant: typeof orbit = await import(pathToFileURL(`${folder}index.ts`).href)
      const tried = { session: mutant.session, newStore: mutant.memoryStore }
      const property = fc.asyncProperty(anyCase, (one) => holds(tried, one))
      const { failed, numRuns, errorInstance } = await fc.check(property, {
        numRuns: cases,
        seed: 1,
        endOnFailure: true,
      })
      expect(failed, `survived ${numRuns} cases`).toBe(true)
      console.info(`case ${numRuns}: ${String(errorInstance)}`)
    }, 300_000)
  }
})

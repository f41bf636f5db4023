import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { suites } from '../behaviour/contract-suites.ts'
import { drivers } from '../behaviour/store.ts'
import { fromRoot, readPages } from './pages.ts'
import { codesOf, rowsOf, sectionOf } from './tables.ts'

const pages = await readPages()
const page = pages.find(({ path }) => path === 'docs/deploy.md')
if (!page) throw new Error('cannot find docs/deploy.md')
const section = sectionOf(page, 'Runtime × driver')

const platforms = rowsOf(section, 'platform')
const tests = rowsOf(section, 'letter')
const notes = rowsOf(section, 'number')
const [header = ''] = section.split('\n').filter((line) => line.startsWith('| platform'))
const columns = header.split('|').slice(2, -1)

/** `A`, `E + A`, `A (2)` or `no (4)`: the tests, with an optional note, or the note with the reason why not. */
const cellPattern = /^(?:no|([A-Z](?: \+ [A-Z])*))(?: \((\d+)\))?$/

const cells = platforms.flatMap(({ cells: [platform = '', ...rest] }) =>
  rest.map((cell, index) => {
    const column = (columns[index] ?? '').replaceAll('`', '').trim().toLowerCase()
    return { where: `${platform}, ${column}`, platform, column, cell }
  }),
)
const lettersOf = (cell: string) => cellPattern.exec(cell)?.[1]?.split(' + ') ?? []
const numberOf = (cell: string) => cellPattern.exec(cell)?.[2]

const adapters = await readFile(fromRoot('tests/platforms/adapters.test.ts'), 'utf8')
const named = (names: readonly string[], column: string) =>
  names.some((name) => column.split(', ').includes(name))

/** For each letter: whether its test covers this platform and driver, as far as this file can find out. */
const runs: Record<string, (platform: string, column: string) => boolean> = {
  A: (_, column) =>
    named(drivers, column) || (column === 'postgresql' && named(drivers, 'postgres')),
  B: (_, column) => column === 'memory',
  C: (_, column) => named([...Object.keys(suites), 'postgresql', 'mariadb'], column),
  D: (_, column) => column === 'sqlite',
  E: (platform) => adapters.includes(platform),
  W: (platform, column) =>
    platform === 'Cloudflare Workers' && ['upstash', 'durable object', 'd1'].includes(column),
}

describe('the table of platforms and drivers', () => {
  it('has a cell for each driver on each platform', () => {
    expect(platforms.length).toBeGreaterThan(8)
    for (const { cells } of platforms) expect(cells).toHaveLength(columns.length + 1)
  })

  it.each(cells.map(({ where, cell }) => [where, cell]))(
    'has a test or a reason: %s',
    (_, cell) => {
      expect(cell).toMatch(cellPattern)
      // A cell without a test needs the number of a note.
      expect(lettersOf(cell).length > 0 || numberOf(cell) !== undefined).toBe(true)
    },
  )

  it.each(cells.map(({ where, ...rest }) => [where, rest] as const))(
    'names tests that cover it: %s',
    (_, { platform, column, cell }) => {
      expect(lettersOf(cell).filter((letter) => !runs[letter]?.(platform, column))).toEqual([])
    },
  )

  it('explains each letter and each number that it uses, and no others', () => {
    const letters = new Set(cells.flatMap(({ cell }) => lettersOf(cell)))
    const numbers = new Set(cells.flatMap(({ cell }) => numberOf(cell) ?? []))

    expect(tests.map(({ cells: [letter] }) => letter)).toEqual([...letters].sort())
    expect(notes.map(({ cells: [number] }) => Number(number))).toEqual(
      [...numbers].map(Number).sort((a, b) => a - b),
    )
    for (const { cells } of [...tests, ...notes]) expect(cells.every(Boolean)).toBe(true)
  })

  it.each(tests.map(({ cells }) => cells))(
    'names existing files for the letter %s: %s',
    (_letter, file = '') => {
      const files = codesOf(file)

      expect(files).not.toEqual([])
      for (const one of files) {
        expect(one).toMatch(/\.test\.ts$/)
        expect(existsSync(fromRoot(one)), one).toBe(true)
      }
    },
  )
})

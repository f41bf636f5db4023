import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromRoot, readPages } from './pages.ts'
import { codesOf, rowsOf, sectionOf } from './tables.ts'

const pages = await readPages()

function sectionAt(path: string, heading: string): string {
  const page = pages.find((one) => one.path === path)
  if (!page) throw new Error(`cannot find ${path}`)
  return sectionOf(page, heading)
}

describe('the security policy', () => {
  const rows = rowsOf(sectionAt('SECURITY.md', 'What is defended'), 'attacker')

  it.each(rows.map(({ cells }) => cells))(
    'names existing test files: %s who tries to %s',
    (_attacker, _attempt, _defence, tests = '') => {
      const files = codesOf(tests)

      expect(files).not.toEqual([])
      expect(
        files.filter((file) => !/\.test\.ts$/.test(file) || !existsSync(fromRoot(file))),
      ).toEqual([])
    },
  )

  it('has an attacker, an attempt, a defence and a test in each row', () => {
    expect(rows.length).toBeGreaterThan(10)
    for (const { cells } of rows) expect(cells.map(Boolean)).toEqual([true, true, true, true])
  })

  it('says for each unmet requirement what to do until it is met', () => {
    const missing = rowsOf(sectionAt('SECURITY.md', 'What comes in a later release'), 'requirement')

    expect(missing.length).toBeGreaterThan(0)
    for (const { cells } of missing) expect(cells.map(Boolean)).toEqual([true, true, true])
  })
})

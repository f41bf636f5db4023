import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pathsOf, scriptsOf, testFiltersOf } from './commands.ts'
import { fromRoot, type Page, readPages } from './pages.ts'

const pages = await readPages()
const scripts = await scriptsIn('package.json')
const testFiles = (await Promise.all(['packages', 'tests'].map(filesIn)))
  .flat()
  .filter((path) => path.endsWith('.test.ts'))

async function scriptsIn(path: string): Promise<object> {
  const { scripts = {} }: { scripts?: object } = JSON.parse(await readFile(fromRoot(path), 'utf8'))
  return scripts
}

/** The scripts of the repository, and those of the example that the page describes. */
async function scriptsFor({ path }: Page): Promise<object> {
  const isExample = path.startsWith('examples/')
  return isExample ? { ...scripts, ...(await scriptsIn(`${dirname(path)}/package.json`)) } : scripts
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(fromRoot(folder), { withFileTypes: true })
  const found = entries.map(async (entry) => {
    const path = `${folder}/${entry.name}`
    if (!entry.isDirectory()) return [path]
    return /^(?:node_modules|dist|\..*)$/.test(entry.name) ? [] : filesIn(path)
  })
  return (await Promise.all(found)).flat()
}

describe('the commands and paths in the docs', () => {
  const byPath = pages.map((page) => [page.path, page] as const)

  it.each(byPath)('run scripts that are in package.json: %s', async (_, page) => {
    const known = await scriptsFor(page)
    expect(scriptsOf(page).filter((name) => !(name in known))).toEqual([])
  })

  it.each(byPath)('run tests that exist: %s', (_, page) => {
    const missing = testFiltersOf(page).filter(
      (filter) => !testFiles.some((file) => file.includes(filter)),
    )
    expect(missing).toEqual([])
  })

  it.each(byPath)('name files and folders that exist: %s', (_, page) => {
    const missing = pathsOf(page).filter(
      (path) => !existsSync(fromRoot(path)) && !testFiles.some((file) => file.startsWith(path)),
    )
    expect(missing).toEqual([])
  })

  it('are found by this test', () => {
    expect(pages.flatMap(scriptsOf).length).toBeGreaterThan(5)
    expect(pages.flatMap(testFiltersOf).length).toBeGreaterThan(10)
    expect(pages.flatMap(pathsOf).length).toBeGreaterThan(3)
  })
})

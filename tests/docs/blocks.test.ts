import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../guide/processes.ts'
import { blocksOf, countOf } from './blocks.ts'
import { folderOf, layOut } from './layout.ts'
import { fromRoot, type Page, readPages } from './pages.ts'

const pages = await readPages()
const count = pages.flatMap(blocksOf).length

/** True if the compiler error is in a file of the page, in any version of that file. */
const isOf = (page: Page, line: string) =>
  line.startsWith(`${folderOf(page)}/`) || line.startsWith(`${folderOf(page)}@`)

describe('the TypeScript blocks in the docs', () => {
  let complaints: string[]
  let folder: string

  beforeAll(async () => {
    folder = await layOut(pages, 'compiled')
    const tsc = fromRoot('node_modules/typescript/bin/tsc')
    const configs = (await readdir(folder)).filter((file) => file.endsWith('tsconfig.json'))
    complaints = []
    for (const config of configs) {
      const args = [tsc, '--pretty', 'false', '-p', join(folder, config)]
      const { stdout } = await run(process.execPath, args, folder)
      complaints.push(...stdout.split('\n').filter((line) => line !== ''))
    }
  }, 60_000)

  afterAll(async () => {
    console.log(`Compiled ${count} TypeScript blocks on ${pages.length} pages.`)
    await rm(folder, { recursive: true, force: true })
  })

  it.each(pages.map((page) => [page.path, page] as const))('compile: %s', (_, page) => {
    expect(complaints.filter((line) => isOf(page, line))).toEqual([])
  })

  it('cause no compiler errors in other files', () => {
    const others = complaints.filter((line) => !pages.some((page) => isOf(page, line)))
    expect(others).toEqual([])
  })

  it('are all found', () => {
    expect(count).toBe(pages.map((page) => countOf(page, 'ts', 'tsx')).reduce((a, b) => a + b))
    expect(count).toBeGreaterThan(10)
  })
})

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../guide/processes.ts'
import { blocksOf, countOf } from './blocks.ts'
import { folderOf, layOut } from './layout.ts'
import { fromRoot, readPages } from './pages.ts'

const pages = await readPages()
const count = pages.flatMap(blocksOf).length

describe(`the ${count} blocks of TypeScript in the docs`, () => {
  let complaints: string[]
  let folder: string

  beforeAll(async () => {
    folder = await layOut(pages, 'compiled')
    const tsc = fromRoot('node_modules/typescript/bin/tsc')
    const args = [tsc, '--pretty', 'false', '-p', join(folder, 'tsconfig.json')]
    const { stdout } = await run(process.execPath, args, folder)
    complaints = stdout.split('\n').filter((line) => line !== '')
  }, 60_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(pages.map((page) => [page.path, page] as const))('compile: %s', (_, page) => {
    expect(complaints.filter((line) => line.startsWith(`${folderOf(page)}/`))).toEqual([])
  })

  it('make the compiler complain of nothing else', () => {
    const names = pages.map((page) => `${folderOf(page)}/`)
    const others = complaints.filter((line) => !names.some((name) => line.startsWith(name)))
    expect(others).toEqual([])
  })

  it('have all been found', () => {
    expect(count).toBe(pages.map((page) => countOf(page, 'ts', 'tsx')).reduce((a, b) => a + b))
    expect(count).toBeGreaterThan(10)
  })

  it.each(pages.map((page) => [page.path, page] as const))(
    'have files of their own: %s',
    (_, page) => {
      const files = blocksOf(page).map(({ file }) => file)
      expect(files.filter((file, index) => files.indexOf(file) !== index)).toEqual([])
    },
  )
})

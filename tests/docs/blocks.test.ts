import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../guide/processes.ts'
import { anchorsOf, blocksOf, fromRoot, linksOf, type Page, readPages } from './pages.ts'

const folder = fromRoot('tests/docs/.blocks')
const pages = await readPages()
const folderOf = ({ path }: Page) => path.replace(/\.md$/, '').replaceAll('/', '-')

/** As an app has it, with the packages as they are built. */
const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  types: ['node'],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
}

describe('the code of the docs', () => {
  let complaints: string[]

  beforeAll(async () => {
    await rm(folder, { recursive: true, force: true })
    for (const page of pages) {
      for (const { name, code } of blocksOf(page)) {
        const file = join(folder, folderOf(page), name)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, code)
      }
    }
    const config = join(folder, 'tsconfig.json')
    await writeFile(config, JSON.stringify({ compilerOptions, include: ['*/**/*.ts'] }))
    const tsc = fromRoot('node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [tsc, '--pretty', 'false', '-p', config], folder)
    complaints = stdout.split('\n').filter((line) => line !== '')
  }, 60_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(pages.map((page) => [page.path, page] as const))('compiles: %s', (_, page) => {
    expect(complaints.filter((line) => line.startsWith(`${folderOf(page)}/`))).toEqual([])
  })

  it('makes the compiler complain of nothing else', () => {
    const names = pages.map((page) => `${folderOf(page)}/`)
    const others = complaints.filter((line) => !names.some((name) => line.startsWith(name)))
    expect(others).toEqual([])
  })

  it('was found', () => {
    const count = pages.flatMap(blocksOf).length
    expect(count).toBe(pages.flatMap(({ text }) => text.match(/^```ts\b/gm) ?? []).length)
    expect(count).toBeGreaterThan(10)
  })
})

describe('the links of the docs', () => {
  const exists = (page: Page, link: string) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page.path : posix.join(posix.dirname(page.path), path)
    const other = pages.find((one) => one.path === target)
    if (anchor && other) return anchorsOf(other).includes(anchor)
    return existsSync(fromRoot(target))
  }

  it.each(pages.map((page) => [page.path, page] as const))('lead somewhere: %s', (_, page) => {
    expect(linksOf(page).filter((link) => !exists(page, link))).toEqual([])
  })

  it('of a package lead to no file: its README is read where there is no repository', () => {
    const readmes = pages.filter(({ path }) => path.startsWith('packages/'))
    expect(readmes.flatMap(linksOf).filter((link) => !link.startsWith('#'))).toEqual([])
  })
})

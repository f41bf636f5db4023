import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchorsOf, buttonsOf, linksOf } from './links.ts'
import { fromRoot, type Page, readPages } from './pages.ts'

const pages = await readPages()

describe('the links of the docs', () => {
  const exists = (page: Page, link: string) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page.path : posix.join(posix.dirname(page.path), path)
    const other = pages.find((one) => one.path === target)
    if (anchor) return other !== undefined && anchorsOf(other).includes(anchor)
    return existsSync(fromRoot(target))
  }

  it.each(pages.map((page) => [page.path, page] as const))(
    'have a target that exists: %s',
    (_, page) => {
      expect(linksOf(page).filter((link) => !exists(page, link))).toEqual([])
    },
  )

  it('on the front page have a target that exists', () => {
    const buttons = pages.flatMap(buttonsOf)

    expect(buttons.length).toBeGreaterThan(0)
    expect(buttons.filter((to) => !existsSync(fromRoot(`docs${to}.md`)))).toEqual([])
  })

  it('in the menu lead to every page of the site, and to no others', async () => {
    const config = await readFile(fromRoot('docs/.vitepress/config.ts'), 'utf8')
    const menu = [...config.matchAll(/\['[^']+', '([^']+)'\]/g)].map(([, to]) => `docs/${to}.md`)
    const site = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/'))

    expect(menu.sort()).toEqual(site.filter((path) => path !== 'docs/index.md').sort())
  })

  it('in every recipe lead to the API page, and the API page links to every recipe', () => {
    const api = pages.find(({ path }) => path === 'docs/api/orbit-session.md')
    const recipes = pages.filter(({ path }) => path.startsWith('docs/recipes/'))
    const targets = (page: Page | undefined) =>
      page
        ? linksOf(page).map((link) =>
            posix.join(posix.dirname(page.path), link.split('#')[0] ?? ''),
          )
        : []

    expect(recipes.length).toBeGreaterThan(10)
    expect(recipes.filter((page) => !targets(page).includes('docs/api/orbit-session.md'))).toEqual(
      [],
    )
    expect(recipes.map(({ path }) => path).filter((path) => !targets(api).includes(path))).toEqual(
      [],
    )
  })

  it('in the README of a package lead to no files, because registries show it without the repository', () => {
    const readmes = pages.filter(({ path }) => path.startsWith('packages/'))
    expect(readmes.flatMap(linksOf).filter((link) => !link.startsWith('#'))).toEqual([])
  })
})

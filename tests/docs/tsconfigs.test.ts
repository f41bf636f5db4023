import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../guide/processes.ts'
import { blocksOf } from './blocks.ts'
import { folderOf, layOut } from './layout.ts'
import { fromRoot, type Page, readPages } from './pages.ts'

const pages = await readPages()

function pageAt(path: string): Page {
  const page = pages.find((one) => one.path === path)
  if (page === undefined) throw new Error(`there is no ${path}`)
  return page
}

const guide = pageAt('docs/guide/orbit-session-starter.md')
const deployment = pageAt('docs/recipes/deployment.md')

/** The compiler options in the `tsconfig.json` that a page prints. */
function optionsIn({ path, text }: Page): Record<string, unknown> {
  const [, json] = /^```json\n(\{\n {2}"compilerOptions"[\s\S]*?)^```$/m.exec(text) ?? []
  if (json === undefined) throw new Error(`${path} prints no tsconfig.json`)
  return JSON.parse(json).compilerOptions
}

describe('the tsconfig.json that a page prints', () => {
  let folder: string

  beforeAll(async () => {
    folder = await layOut(pages, 'tsconfigs')
  }, 60_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** The compiler's output for the `src` of the page, and the folder of the page. */
  async function compile(page: Page, compilerOptions: Record<string, unknown>) {
    const version = Math.max(...blocksOf(page).map((block) => block.version))
    const own = join(folder, folderOf(page, version))
    const config = JSON.stringify({ compilerOptions, include: ['src'] })
    await writeFile(join(own, 'tsconfig.json'), config)
    const tsc = fromRoot('node_modules/typescript/bin/tsc')
    const { output } = await run(process.execPath, [tsc, '--pretty', 'false', '-p', own], own)
    return { output, own }
  }

  it('compiles the app of the guide', async () => {
    expect((await compile(guide, optionsIn(guide))).output).toBe('')
  })

  it.each(['docs/testing.md', 'docs/recipes/streaming.md'])(
    'compiles the files of %s, if its options are added to those of the guide',
    async (path) => {
      const page = pageAt(path)

      const { output } = await compile(page, { ...optionsIn(guide), ...optionsIn(page) })

      expect(output).toBe('')
    },
  )

  it('builds files that Node can load, with the options of the deployment page', async () => {
    const { output, own } = await compile(deployment, optionsIn(deployment))

    expect(output).toBe('')
    expect(await readFile(join(own, 'dist/server.js'), 'utf8')).toContain("from './app.js'")
    expect(await readFile(join(own, 'dist/app.js'), 'utf8')).toContain("from 'hono'")
  })
})

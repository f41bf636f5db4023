import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { blocksOf } from './blocks.ts'
import { fromRoot, type Page } from './pages.ts'

/** As an app has it, with the packages as they are built. */
const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'esnext',
  moduleResolution: 'bundler',
  allowImportingTsExtensions: true,
  jsx: 'react-jsx',
  jsxImportSource: 'hono/jsx',
  types: ['node'],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
}

/** The name of a page's own folder. */
export const folderOf = ({ path }: Page) => path.replace(/\.md$/, '').replaceAll('/', '-')

/** The blocks of the pages as files, in a folder per page, and where that is. */
export async function layOut(pages: readonly Page[], name: string): Promise<string> {
  const folder = fromRoot(`tests/docs/.blocks-${name}-${process.pid}`)
  await rm(folder, { recursive: true, force: true })
  for (const page of pages) {
    const own = join(folder, folderOf(page))
    await mkdir(own, { recursive: true })
    await writeFile(join(own, 'package.json'), '{ "type": "module" }\n')
    await writeFile(join(own, 'tsconfig.json'), '{ "extends": "../tsconfig.json" }\n')
    // Else Vitest would take the repository's, which is for the sources.
    await writeFile(join(own, 'vitest.config.js'), 'export default {}\n')
    for (const { file, code } of blocksOf(page)) {
      await mkdir(dirname(join(own, file)), { recursive: true })
      await writeFile(join(own, file), code)
    }
  }
  const config = { compilerOptions, include: ['*/**/*.ts', '*/**/*.tsx'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  return folder
}

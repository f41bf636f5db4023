import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Block, blocksOf } from './blocks.ts'
import { fromRoot, type Page } from './pages.ts'

/** The settings of an app that uses the built packages. */
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

/** The name of the folder for the files of a page, in the first or a later version. */
export function folderOf({ path }: Page, version = 1): string {
  const name = path.replace(/\.md$/, '').replaceAll('/', '-')
  return version === 1 ? name : `${name}@${version}`
}

/**
 * Writes the blocks of the pages as files, in a folder for each page and version, and returns the path. The
 * files are one program, except blocks that declare the session data. Their keys must not affect other blocks,
 * so each of them is a separate program, with its configuration next to `tsconfig.json`.
 */
export async function layOut(pages: readonly Page[], name: string): Promise<string> {
  const folder = fromRoot(`tests/docs/.blocks-${name}-${process.pid}`)
  await rm(folder, { recursive: true, force: true })
  const declaring: string[] = []
  for (const page of pages) {
    const blocks = blocksOf(page)
    const last = Math.max(1, ...blocks.map(({ version }) => version))
    for (let version = 1; version <= last; version += 1) {
      // Blocks are written in the order of the page, so the latest block of a file in this version overwrites
      // the earlier ones.
      const files = blocks.filter((block) => block.version <= version)
      await writeFolder(join(folder, folderOf(page, version)), files)
      const own = files.filter(({ code }) => /declare module '@gravito\/orbit'/.test(code))
      declaring.push(...own.map(({ file }) => join(folderOf(page, version), file)))
    }
  }
  const config = { compilerOptions, include: ['*/**/*.ts', '*/**/*.tsx'], exclude: declaring }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  for (const [index, file] of declaring.entries()) {
    const own = { extends: './tsconfig.json', include: [file], exclude: [] }
    await writeFile(join(folder, `declaring-${index}.tsconfig.json`), JSON.stringify(own))
  }
  return folder
}

async function writeFolder(folder: string, files: readonly Block[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
  await writeFile(join(folder, 'tsconfig.json'), '{ "extends": "../tsconfig.json" }\n')
  // Without this file Vitest would use the configuration of the repository.
  await writeFile(join(folder, 'vitest.config.js'), 'export default {}\n')
  for (const { file, code } of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), code)
  }
}

import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { command } from './commands.ts'

const repo = fileURLToPath(new URL('../../', import.meta.url))

/** The files that a release reads from the repository, except for the build output. */
const SOURCES = [
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'scripts',
  '.changeset',
  'packages',
]

export const packageFolders = ['packages/core', 'packages/orbit', 'packages/stasis'] as const

export interface Clone {
  folder: string
  run(...line: [string, ...string[]]): Promise<string>
  changeset(text: string): Promise<void>
  manifest(folder: string): Promise<{ name: string; version: string }>
}

/** A copy of the current repository to release from, with its own history and links. */
export async function cloneInto(folder: string, env: NodeJS.ProcessEnv): Promise<Clone> {
  for (const path of SOURCES) {
    const filter = (source: string) => !/\/(dist|node_modules)$/.test(source)
    await cp(join(repo, path), join(folder, path), { recursive: true, filter })
  }
  for (const example of ['examples/session-demo', 'examples/testing']) {
    await mkdir(join(folder, example), { recursive: true })
    await cp(join(repo, example, 'package.json'), join(folder, example, 'package.json'))
  }
  await linkDependencies(folder)

  const run: Clone['run'] = (...line) => command({ line, cwd: folder, env })
  await writeFile(join(folder, '.gitignore'), 'node_modules\ndist\n')
  await run('git', 'init', '--quiet', '--initial-branch=main')
  // Commits and tags need an author, and the machine may have none.
  await run('git', 'config', 'user.name', 'Test')
  await run('git', 'config', 'user.email', 'test@example.com')
  await commit(run, 'Before the release')
  return {
    folder,
    run,
    async changeset(text) {
      await writeFile(join(folder, '.changeset', 'a-change.md'), text)
    },
    async manifest(path) {
      return JSON.parse(await readFile(join(folder, path, 'package.json'), 'utf8'))
    },
  }
}

export async function commit(run: Clone['run'], message: string): Promise<void> {
  await run('git', 'add', '--all')
  await run('git', 'commit', '--quiet', '-m', message)
}

/** The result of `npm ci`: the installed packages, and the packages of the clone itself. */
async function linkDependencies(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '@gravito'), { recursive: true })
  const own = ['@gravito', 'gravito-core', 'session-demo', 'testing-example']
  for (const name of await readdir(join(repo, 'node_modules'))) {
    if (!own.includes(name)) await symlink(join(repo, 'node_modules', name), join(modules, name))
  }
  await symlink(join(folder, 'packages/core'), join(modules, 'gravito-core'))
  await symlink(join(folder, 'packages/orbit'), join(modules, '@gravito/orbit'))
  await symlink(join(folder, 'packages/stasis'), join(modules, '@gravito/stasis'))
}

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bun } from '../runtimes/binaries.ts'
import { mustRun } from './processes.ts'

const repo = fileURLToPath(new URL('../../', import.meta.url))
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A folder outside the repository, with the packages as npm would publish them. */
export interface Workshop {
  folder: string
  core: string
  orbit: string
  stasis: string
  remove(): Promise<void>
}

export async function openWorkshop(): Promise<Workshop> {
  const names = ['core', 'orbit', 'stasis'] as const
  if (!names.every((name) => existsSync(join(repo, 'packages', name, 'dist')))) {
    await mustRun('npm', ['run', 'build'], repo)
  }
  const folder = await mkdtemp(join(tmpdir(), 'gravito-guide-'))
  const packed = names.map((name) => pack(name, folder))
  const [core = '', orbit = '', stasis = ''] = await Promise.all(packed)
  return { folder, core, orbit, stasis, remove: () => rm(folder, { recursive: true, force: true }) }
}

/**
 * Several suites need the tarballs, and npm needs a second for each, so only changed packages are
 * packed.
 */
async function pack(name: string, into: string): Promise<string> {
  const source = join(repo, 'packages', name)
  const packed = join(repo, 'node_modules', '.cache', 'packed', await hashOf(source))
  if (!existsSync(packed)) {
    const folder = `${packed}.${crypto.randomUUID()}`
    await mkdir(folder, { recursive: true })
    await mustRun('npm', ['pack', '--silent', '--pack-destination', folder], source)
    // Another suite may have been faster. Its tarball is the same.
    await rename(folder, packed).catch(() => rm(folder, { recursive: true }))
  }
  const [tarball = ''] = await readdir(packed)
  await cp(join(packed, tarball), join(into, tarball))
  return join(into, tarball)
}

/** A hash of all files in a folder, with their names. */
async function hashOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('node_modules', folder.length))
    .sort()
  const hash = createHash('sha256')
  for (const path of files) hash.update(`${path}\0`).update(await readFile(path))
  return hash.digest('hex')
}

/** `bun add @gravito/orbit` in an empty folder: the peers are installed with it. */
export async function bunProject({ folder, core, orbit }: Workshop): Promise<string> {
  const project = join(folder, 'bun-app')
  await mkdir(project)
  // What the registry does once the package is published.
  await writePackage(project, { overrides: { 'gravito-core': `file:${core}` } })
  await mustRun(bun(), ['add', orbit], project)
  return project
}

/** `npm install` of the packages, and of the suite's other packages, in an empty folder. */
export async function npmProject(
  { folder, core, orbit }: Workshop,
  name: string,
  others: string[],
  fields: object = {},
): Promise<string> {
  const project = join(folder, name)
  await mkdir(project)
  await writePackage(project, fields)
  await mustRun('npm', ['install', '--no-audit', '--no-fund', core, orbit, ...others], project)
  return project
}

/** A separate folder with another package.json and the same node_modules. */
export async function siblingOf(project: string, name: string, fields: object): Promise<string> {
  const sibling = join(project, '..', name)
  await mkdir(sibling)
  const original: unknown = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'))
  await writePackage(sibling, { ...Object(original), ...fields })
  await symlink(join(project, 'node_modules'), join(sibling, 'node_modules'))
  return sibling
}

/** The guide's code blocks, each in the file that the guide names. */
export async function pasteGuide(project: string): Promise<void> {
  await cp(here('app/src'), join(project, 'src'), { recursive: true })
}

/** The guide's app, with additional routes for the suite. */
export async function pasteGuideWithProbes(project: string): Promise<void> {
  await pasteGuide(project)
  const routes = join(project, 'src/routes')
  await cp(join(routes, 'index.ts'), join(routes, 'printed.ts'))
  await cp(here('app-probes/src'), join(project, 'src'), { recursive: true })
}

export async function pasteHonoApp(project: string): Promise<void> {
  await cp(here('app-hono'), project, { recursive: true })
}

function writePackage(project: string, content: object): Promise<void> {
  return writeFile(join(project, 'package.json'), `${JSON.stringify(content, null, 2)}\n`)
}

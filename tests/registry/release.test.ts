import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clone, cloneInto, commit, packageFolders } from './clone.ts'
import { command } from './commands.ts'
import { type Registry, startRegistry } from './registry.ts'

const changeset = './node_modules/.bin/changeset'

let registry: Registry

beforeAll(async () => {
  registry = await startRegistry()
}, 60_000)

afterAll(() => registry?.stop())

describe('a release, from the changeset of one change to the registry', () => {
  let clone: Clone
  let before: string
  let printed: string

  beforeAll(async () => {
    clone = await cloneInto(await registry.emptyFolder('clone'), registry.env)
    before = (await clone.manifest('packages/orbit')).version
    await clone.changeset(`---\n'@gravito/orbit': minor\n---\n\nSessions do one thing more.\n`)
    await clone.run(changeset, 'version')
    await commit(clone.run, 'Release')
    await clone.run('npm', 'run', 'build')
    printed = await clone.run(changeset, 'publish')
  }, 120_000)

  it('raises the version of the changed package, and adds the change to its changelog', async () => {
    const { version } = await clone.manifest('packages/orbit')

    expect(version).toMatch(/^0\.\d+\.0$/)
    expect(version).not.toBe(before)
    const changelog = await readFile(join(clone.folder, 'packages/orbit/CHANGELOG.md'), 'utf8')
    expect(changelog).toMatch(
      new RegExp(`## ${version}\n\n### Minor Changes\n\n- .*one thing more`),
    )
  })

  it.each(packageFolders)('publishes %s as it was built, and tags it', async (path) => {
    const { name, version } = await clone.manifest(path)
    expect(printed).toContain(`${name}@${version}`)
    expect(await clone.run('git', 'tag')).toContain(`${name}@${version}\n`)

    const response = await fetch(new URL(name.replace('/', '%2f'), registry.url))
    const { versions }: { versions: Record<string, { dist: { tarball: string } }> } =
      await response.json()
    expect(Object.keys(versions)).toEqual([version])
    const published = await fetch(versions[version]?.dist.tarball ?? '')

    const packs = await packed(clone, path)
    expect(digest(new Uint8Array(await published.arrayBuffer()))).toBe(digest(packs))
  })

  it('publishes nothing if it runs again', async () => {
    expect(await clone.run(changeset, 'publish')).toMatch(/No unpublished projects to publish/)
  })
})

it('a publish fails within the time limit if the registry does not respond', async () => {
  const folder = await registry.emptyFolder('nowhere')
  await writeFile(join(folder, 'package.json'), '{ "name": "nowhere", "version": "0.1.0" }')
  // No server uses port 9: npm tries again and again.
  const options = ['--registry=http://127.0.0.1:9/', '--//127.0.0.1:9/:_authToken=none'] as const

  await expect(
    command({ line: ['npm', 'publish', ...options], cwd: folder, env: registry.env, seconds: 3 }),
  ).rejects.toThrow(/^npm publish .* did not end within 3 s/)
})

async function packed({ folder, run }: Clone, path: string): Promise<Uint8Array> {
  const into = join(folder, 'node_modules/.packed')
  await mkdir(into, { recursive: true })
  const name = await run('npm', 'pack', `./${path}`, '--silent', '--pack-destination', into)
  return readFile(join(into, name.trim().split('\n').at(-1) ?? ''))
}

function digest(bytes: Uint8Array): string {
  return createHash('sha512').update(bytes).digest('base64')
}

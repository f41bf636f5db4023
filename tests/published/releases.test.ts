import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mustRun } from '../guide/processes.ts'

const repo = fileURLToPath(new URL('../../', import.meta.url))
const folders = [
  'packages/core',
  'packages/orbit',
  'packages/stasis',
  'examples/session-demo',
  'examples/testing',
]

interface Manifest {
  name: string
  version?: string
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

let copy: string

/** Everything that determines a version: the manifests and the pending changesets in .changeset. */
beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), 'gravito-releases-'))
  const manifests = folders.map((folder) => `${folder}/package.json`)
  for (const path of ['package.json', 'package-lock.json', '.changeset', ...manifests]) {
    await mkdir(join(copy, dirname(path)), { recursive: true })
    await cp(join(repo, path), join(copy, path), { recursive: true })
  }
  await symlink(join(repo, 'node_modules'), join(copy, 'node_modules'))
  await mustRun('git', ['init', '--quiet', '--initial-branch=main'], copy)
})

afterEach(() => rm(copy, { recursive: true, force: true }))

async function pending(name: string, step: 'patch' | 'minor'): Promise<void> {
  const text = `---\n'${name}': ${step}\n---\n\nA change.\n`
  await writeFile(join(copy, '.changeset', `${crypto.randomUUID()}.md`), text)
}

/** Makes the packages accept the next minor version of gravito-core, in addition to the current ones. */
async function widenRanges(): Promise<void> {
  for (const folder of ['packages/orbit', 'packages/stasis']) {
    const file = join(copy, folder, 'package.json')
    const text = await readFile(file, 'utf8')
    const widened = text.replace(
      /"gravito-core": "(.*\^0\.(\d+)\.\d+)"/,
      (_, range, minor) => `"gravito-core": "${range} || ^0.${Number(minor) + 1}.0"`,
    )
    expect(widened).not.toBe(text)
    await writeFile(file, widened)
  }
}

async function versioned(): Promise<Map<string, Manifest>> {
  await mustRun(join(repo, 'node_modules/.bin/changeset'), ['version'], copy)
  return manifestsIn(copy)
}

async function manifestsIn(root: string): Promise<Map<string, Manifest>> {
  const manifests = new Map<string, Manifest>()
  for (const folder of folders) {
    const manifest: Manifest = JSON.parse(
      await readFile(join(root, folder, 'package.json'), 'utf8'),
    )
    manifests.set(manifest.name, manifest)
  }
  return manifests
}

/** Ranges between the packages that do not accept the current version. */
function misfits(manifests: Map<string, Manifest>): string[] {
  return [...manifests.values()].flatMap(({ name, dependencies, peerDependencies }) =>
    Object.entries({ ...dependencies, ...peerDependencies })
      .filter(([other, range]) => {
        const version = manifests.get(other)?.version
        return version !== undefined && !range.split(' || ').some((one) => takes(one, version))
      })
      .map(([other, range]) => `${name} takes ${other} ${range}`),
  )
}

/** The only kind of range between packages of 0.x: `^0.1.2` accepts 0.1.2 and later 0.1 versions. */
function takes(range: string, version: string): boolean {
  const [, minor, patch] = /^\^0\.(\d+)\.(\d+)$/.exec(range) ?? []
  const [, itsMinor, itsPatch] = /^0\.(\d+)\.(\d+)$/.exec(version) ?? []
  return minor !== undefined && minor === itsMinor && Number(patch) <= Number(itsPatch)
}

const versionOf = (manifests: Map<string, Manifest>, name: string) => manifests.get(name)?.version

it('the dependency ranges between the packages accept their current versions', async () => {
  expect(misfits(await manifestsIn(repo))).toEqual([])
})

it('the dependency ranges still accept them after the next release, which keeps all packages at 0.x', async () => {
  const manifests = await versioned()

  expect(misfits(manifests)).toEqual([])
  for (const [name, { version }] of manifests) {
    expect(version ?? '0 (private)', name).toMatch(/^0/)
  }
})

describe('a minor release of gravito-core', () => {
  it('changes the version of @gravito/orbit only by its own changesets, if its range accepts it', async () => {
    const before = await versioned()
    await widenRanges()
    await pending('gravito-core', 'minor')

    const after = await versioned()

    expect(versionOf(after, 'gravito-core')).not.toBe(versionOf(before, 'gravito-core'))
    for (const name of ['@gravito/orbit', '@gravito/stasis']) {
      expect(versionOf(after, name), name).toBe(versionOf(before, name))
    }
    expect(misfits(after)).toEqual([])
  })

  it('would make @gravito/orbit 1.0.0 if its range does not accept it, and this test suite notices', async () => {
    await pending('gravito-core', 'minor')

    const after = await versioned()

    expect(versionOf(after, '@gravito/orbit')).toBe('1.0.0')
    expect(misfits(after)).not.toEqual([])
  })
})

it('a patch or minor release of @gravito/orbit changes no other package', async () => {
  const before = await versioned()
  await pending('@gravito/orbit', 'minor')

  const after = await versioned()

  expect(versionOf(after, '@gravito/orbit')).not.toBe(versionOf(before, '@gravito/orbit'))
  for (const name of ['gravito-core', '@gravito/stasis']) {
    expect(versionOf(after, name), name).toBe(versionOf(before, name))
  }
  const changelog = await readFile(join(copy, 'packages/orbit/CHANGELOG.md'), 'utf8')
  expect(changelog).toContain(`## ${versionOf(after, '@gravito/orbit')}\n`)
  expect(misfits(after)).toEqual([])
})

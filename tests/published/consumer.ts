import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mustRun } from '../guide/processes.ts'
import { openWorkshop } from '../guide/project.ts'

const repo = fileURLToPath(new URL('../../', import.meta.url))

/**
 * The packages' dependencies at run time. `redis` is not among them, and the bundler must work
 * without it.
 */
const OTHERS = ['hono', 'devalue', 'lru-cache', '@hono/node-server']

interface Manifest {
  name: string
  version: string
  exports: Record<string, string | { types: string; default: string }>
  bin?: Record<string, string>
  engines: { node: string }
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** A package from the tarball that npm would publish. */
export interface Published {
  manifest: Manifest
  tarball: string
  folder: string
}

/** A folder outside the repository with the published packages, unpacked, in its node_modules. */
export interface Consumer {
  folder: string
  packages: Published[]
  write(path: string, content: string): Promise<string>
  remove(): Promise<void>
}

export async function openConsumer(): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-packages-'))
  const { core, orbit, stasis, remove } = await openWorkshop()
  try {
    const packages = await Promise.all([
      unpack(core, folder, 'gravito-core'),
      unpack(orbit, folder, '@gravito/orbit'),
      unpack(stasis, folder, '@gravito/stasis'),
    ])
    for (const name of OTHERS) {
      const place = join(folder, 'node_modules', name)
      await mkdir(dirname(place), { recursive: true })
      await symlink(join(repo, 'node_modules', name), place)
    }
    return {
      folder,
      packages,
      async write(path, content) {
        await writeFile(join(folder, path), content)
        return join(folder, path)
      },
      remove: () => rm(folder, { recursive: true, force: true }),
    }
  } finally {
    await remove()
  }
}

async function unpack(packed: string, into: string, name: string): Promise<Published> {
  const folder = join(into, 'node_modules', name)
  await mkdir(folder, { recursive: true })
  await mustRun('tar', ['-xzf', packed, '-C', folder, '--strip-components=1'], into)
  const tarball = join(into, `${name.replaceAll(/\W+/g, '-')}.tgz`)
  await cp(packed, tarball)
  const manifest: Manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return { manifest, tarball, folder }
}

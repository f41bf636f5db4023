import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll } from 'vitest'

const entry = fileURLToPath(new URL('./angular.mjs', import.meta.url))

/** The page's script with Angular's HTTP client, bundled as one file. */
export function useAngular(): () => string {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gravito-angular-'))
    const build = await rolldown({ input: entry, platform: 'browser', logLevel: 'silent' })
    await build.write({ dir: folder, format: 'esm', minify: true, entryFileNames: 'angular.js' })
    await build.close()
  }, 60_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  return () => join(folder, 'angular.js')
}

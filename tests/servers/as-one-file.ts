import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A test program, bundled as one JavaScript file. */
export interface AsOneFile {
  readonly file: string
  remove(): Promise<void>
}

/**
 * Bundles a TypeScript program with our sources. A test that starts it several times needs a quarter of the
 * time that tsx needs for the separate files.
 */
export async function asOneFile(entry: URL): Promise<AsOneFile> {
  // The folder with the packages that are not in the bundle.
  const cache = join(root, 'node_modules', '.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'as-one-file-'))
  const file = join(folder, 'program.mjs')
  const bundle = await rolldown({
    input: fileURLToPath(entry),
    platform: 'node',
    logLevel: 'silent',
  })
  await bundle.write({ file, format: 'esm', codeSplitting: false })
  await bundle.close()
  return { file, remove: () => rm(folder, { recursive: true }) }
}

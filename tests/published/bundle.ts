import { brotliCompressSync, gzipSync } from 'node:zlib'
import { type OutputChunk, rolldown } from 'rolldown'

export interface Size {
  minified: number
  gzip: number
  brotli: number
}

/** A bundle as an app deploys it: minified, with separate files for drivers that are loaded on demand. */
export interface Bundle {
  chunks: OutputChunk[]
  /** The entry and its static imports: what is loaded before the first request. */
  atOnce: OutputChunk[]
}

export interface BundleOptions {
  folder: string
  entry: string
  /** Packages that are left out of it. */
  without?: RegExp
  /** The folder for its files, if any. */
  into?: string
}

export async function bundle({ folder, entry, without, into }: BundleOptions): Promise<Bundle> {
  const warnings: string[] = []
  const build = await rolldown({
    input: entry,
    cwd: folder,
    platform: 'node',
    external: without ?? [],
    onLog: (level, log) => {
      // An optional peer that is not installed is resolved at run time.
      const isRedis = log.code === 'UNRESOLVED_IMPORT' && log.message.includes("'redis'")
      if (level === 'warn' && !isRedis) warnings.push(log.message)
    },
  })
  const options = { format: 'esm', minify: true, entryFileNames: 'entry.mjs' } as const
  const { output } = into
    ? await build.write({ ...options, dir: into, chunkFileNames: '[name].mjs' })
    : await build.generate(options)
  await build.close()
  if (warnings.length > 0) throw new Error(warnings.join('\n'))
  const chunks = output.filter((file) => file.type === 'chunk')
  return { chunks, atOnce: chunks.filter(isLoadedAtOnce(chunks)) }
}

function isLoadedAtOnce(chunks: OutputChunk[]): (chunk: OutputChunk) => boolean {
  const names = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
  // The iteration of a set includes values that are added during it.
  for (const name of names) {
    const chunk = chunks.find(({ fileName }) => fileName === name)
    for (const imported of chunk?.imports ?? []) names.add(imported)
  }
  return ({ fileName }) => names.has(fileName)
}

/** The compressed size of each file, as in a server's or worker's upload. */
export function sizeOf(chunks: OutputChunk[]): Size {
  const size = { minified: 0, gzip: 0, brotli: 0 }
  for (const { code } of chunks) {
    size.minified += Buffer.byteLength(code)
    size.gzip += gzipSync(code, { level: 9 }).length
    size.brotli += brotliCompressSync(code).length
  }
  return size
}

/** The files of the bundle with code from a module whose path matches. */
export function chunksWith(chunks: OutputChunk[], path: RegExp): string[] {
  return chunks
    .filter(({ modules }) => Object.keys(modules).some((module) => path.test(module)))
    .map(({ fileName }) => fileName)
}

import { brotliCompressSync, gzipSync } from 'node:zlib'
import { type OutputChunk, rolldown } from 'rolldown'

export interface Size {
  minified: number
  gzip: number
  brotli: number
}

/** A bundle as an app is delivered: minified, drivers that are loaded on demand in files of their own. */
export interface Bundle {
  chunks: OutputChunk[]
  /** The entry and what it imports statically: what is loaded before the first request. */
  atOnce: OutputChunk[]
}

export interface BundleOptions {
  folder: string
  entry: string
  /** Packages that are left out of it. */
  without?: RegExp
  /** Where it is written to, if anywhere. */
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
      // An optional peer that is not installed is left for the run time.
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
  // A set's iteration goes on to what is added meanwhile.
  for (const name of names) {
    const chunk = chunks.find(({ fileName }) => fileName === name)
    for (const imported of chunk?.imports ?? []) names.add(imported)
  }
  return ({ fileName }) => names.has(fileName)
}

/** Each file compressed by itself, as a server or a worker's upload does. */
export function sizeOf(chunks: OutputChunk[]): Size {
  const size = { minified: 0, gzip: 0, brotli: 0 }
  for (const { code } of chunks) {
    size.minified += Buffer.byteLength(code)
    size.gzip += gzipSync(code, { level: 9 }).length
    size.brotli += brotliCompressSync(code).length
  }
  return size
}

/** The files of the bundle that have anything of a module whose path looks like that. */
export function chunksWith(chunks: OutputChunk[], path: RegExp): string[] {
  return chunks
    .filter(({ modules }) => Object.keys(modules).some((module) => path.test(module)))
    .map(({ fileName }) => fileName)
}

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const repo = fileURLToPath(new URL('../..', import.meta.url))

/** Bundles a Worker from the built packages, with the settings of `wrangler deploy`. */
export async function bundled(entry: string): Promise<string> {
  const { outputFiles, warnings } = await build({
    entryPoints: [entry],
    absWorkingDir: repo,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    // An app that uses Upstash does not have the package redis, and esbuild ignores the missing import.
    external: ['node:*', 'cloudflare:*', 'redis'],
    define: { 'process.env.NODE_ENV': '"production"' },
    // Without the path aliases of the repository, which lead to the sources.
    tsconfigRaw: '{}',
  })
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'))
  return outputFiles.map(({ text }) => text).join('\n')
}

// Measures the code that a bundled Hono app on the memory store loads from us before its first request: our code
// and our dependencies, without Hono itself.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

/** Returns the bytes of the entry and its static imports, minified and compressed. */
export async function bundleSize(root) {
  const build = await rolldown({
    input: fileURLToPath(new URL('bundled-app.mjs', import.meta.url)),
    platform: 'node',
    external: /^hono(\/|$)/,
    resolve: { alias: { '@gravito/orbit': join(root, 'packages/orbit/dist/index.js') } },
    logLevel: 'silent',
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  const chunks = new Map(
    output.filter(({ type }) => type === 'chunk').map((one) => [one.fileName, one]),
  )
  const atOnce = new Set([...chunks.values()].filter(({ isEntry }) => isEntry))
  // The iteration of a set includes values that are added during it.
  for (const { imports } of atOnce) {
    for (const name of imports) if (chunks.has(name)) atOnce.add(chunks.get(name))
  }
  let size = 0
  for (const { code } of atOnce) size += gzipSync(code, { level: 9 }).length
  return size
}

// Writes the code of the package into a few files: one for the code that every app starts with, and
// one for each part that is loaded later. So Node opens fewer files, and the bundler of an app puts the code
// that starts together into one chunk. Without this script, bundlers create a chunk for each set of
// modules that several parts share, and many small chunks compress badly.

import { readFile } from 'node:fs/promises'
import { rolldown } from 'rolldown'

/** The modules that every app starts with. The memory store is not one of them, because most apps load it later or never. */
const starting = ['src/middleware.ts', 'src/orbit.ts', 'src/sessions.ts']

const { exports, dependencies, peerDependencies } = JSON.parse(
  await readFile('package.json', 'utf8'),
)
const packages = Object.keys({ ...dependencies, ...peerDependencies })
const entries = Object.values(exports)
  .flatMap((target) => target.default ?? [])
  .map((file) => /^\.\/dist\/(.+)\.js$/.exec(file)?.[1])
/** The module that replaces the drivers that do not run on Cloudflare Workers. See `imports` in package.json. */
const elsewhere = 'stores/elsewhere'
const input = Object.fromEntries([...entries, elsewhere].map((name) => [name, `src/${name}.ts`]))

/**
 * Imports the drivers by a name in `imports` of package.json, so that the bundler of an app chooses the module. The
 * bundle of a Worker then contains neither the package `redis`, which may not be installed, nor files and sockets of Node.
 */
const driversByPlatform = {
  name: 'drivers-by-platform',
  resolveId(source, importer) {
    const [, driver] = /^\.\/(file|redis|sqlite|sql)\.ts$/.exec(source) ?? []
    if (!driver || !importer?.endsWith('/src/stores/drivers.ts')) return null
    return { id: `#drivers/${driver}`, external: true }
  },
}

const core = await staticallyImported(starting)
const build = await open(input)
await build.write({
  dir: 'dist',
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  codeSplitting: { groups: [{ name: 'core', test: (id) => core.has(id) }] },
})
await build.close()

/** Returns these modules and the modules that they import, without modules that are loaded on demand. */
async function staticallyImported(files) {
  const build = await open(files)
  const { output } = await build.generate({ format: 'esm' })
  await build.close()
  const chunks = output.filter(({ type }) => type === 'chunk')
  const names = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
  // The iteration of a set includes values that are added during it.
  for (const name of names) {
    for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) {
      names.add(imported)
    }
  }
  return new Set(
    chunks
      .filter(({ fileName }) => names.has(fileName))
      .flatMap(({ modules }) => Object.keys(modules)),
  )
}

function open(input) {
  return rolldown({
    input,
    platform: 'neutral',
    external: isElsewhere,
    plugins: [driversByPlatform],
    onLog(level, log) {
      if (level === 'warn') throw new Error(log.message)
    },
  })
}

/**
 * Returns whether the module is from Node, Bun, Cloudflare or another package. Any other module, such as a helper of
 * the compiler, becomes a part of the bundle.
 */
function isElsewhere(id) {
  if (/^(node|bun|cloudflare):/.test(id)) return true
  return packages.some((name) => id === name || id.startsWith(`${name}/`))
}

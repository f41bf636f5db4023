import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const installed = fileURLToPath(new URL('./node_modules/', import.meta.url))

/** The major versions of Node that the packages support. */
export const nodeVersions = [20, 22, 24, 26] as const

export const bun = () => binaryOf('@oven', /^bun-/, 'bin/bun')
export const deno = () => binaryOf('@deno', /^/, 'deno')

/** A Node with this major version, whatever version runs the suite. */
export function node(major: (typeof nodeVersions)[number]): string {
  return binaryOf('.', new RegExp(`^node-${major}-`), 'bin/node')
}

/**
 * The binary from the package for this machine. The commands in node_modules/.bin only work after an install
 * script has run.
 */
function binaryOf(scope: string, name: RegExp, path: string): string {
  const folder = join(installed, scope)
  const packages = existsSync(folder) ? readdirSync(folder) : []
  const found = packages
    .filter((one) => name.test(one))
    .map((one) => join(folder, one, path))
    .find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new Error(`No ${name}/${path} in ${folder}: run \`npm ci --prefix tests/runtimes\`.`)
}

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const installed = fileURLToPath(new URL('../../runtimes/node_modules/', import.meta.url))

/** The binary out of the one package that fits this machine: no install script has to have run. */
function binaryOf(scope: string, packages: RegExp, path: string): string {
  const folder = join(installed, scope)
  const names = existsSync(folder) ? readdirSync(folder) : []
  const found = names
    .filter((name) => packages.test(name))
    .map((name) => join(folder, name, path))
    .find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new Error(`No ${path} in ${folder}: run \`npm ci --prefix tests/runtimes\`.`)
}

/** A Node that has SQLite, whatever runs this. */
export const nodeWithSqlite = () => binaryOf('', /^node-[a-z]+-/, 'bin/node')

/** What runs a file of tests on each runtime that has SQLite. */
export const runtimes = {
  'Node 24': (file: string) => ({ command: nodeWithSqlite(), args: ['--test-reporter=tap', file] }),
  Bun: (file: string) => ({
    command: binaryOf('@oven', /./, 'bin/bun'),
    args: ['test', '--timeout', '60000', file],
  }),
  Deno: (file: string) => ({
    command: binaryOf('@deno', /./, 'deno'),
    args: ['test', '-A', '--no-check', file],
  }),
}

/** A Node that has SQLite and is told to do without, as Node 20 must. */
export function nodeWithoutSqlite(file: string) {
  return { command: nodeWithSqlite(), args: ['--no-experimental-sqlite', file] }
}

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Launch } from './server.ts'

export const bun = () => binaryOf('@oven', 'bin/bun')
const deno = () => binaryOf('@deno', 'deno')

/**
 * The binary itself, out of the one package of its scope that fits this machine: the commands in
 * node_modules/.bin need an install script to have run.
 */
function binaryOf(scope: string, path: string): string {
  const folder = fileURLToPath(new URL(`../runtimes/node_modules/${scope}/`, import.meta.url))
  const packages = existsSync(folder) ? readdirSync(folder) : []
  const found = packages.map((name) => join(folder, name, path)).find((file) => existsSync(file))
  if (found === undefined) {
    throw new Error(`no ${scope}/*/${path}: run \`npm ci --prefix tests/runtimes\``)
  }
  return found
}

/** What a person types on each runtime to serve the guide's app, in its folder. */
export const serveGuideApp = {
  bun: (cwd: string) => (): Launch => ({
    command: bun(),
    args: ['run', 'src/bootstrap.ts'],
    cwd,
  }),
  node: (cwd: string) => (): Launch => ({
    command: join(cwd, 'node_modules/.bin/gravito'),
    args: ['serve', 'src/bootstrap.ts'],
    cwd,
  }),
  /** As `node` does, on another Node than the one that runs the suite. */
  nodeAt:
    (node: string, cwd: string, options: string[] = []) =>
    (): Launch => ({
      command: node,
      args: [...options, join(cwd, 'node_modules/.bin/gravito'), 'serve', 'src/bootstrap.ts'],
      cwd,
    }),
  // Deno wants to be asked before it completes imports without an extension, which the guide has.
  deno: (cwd: string) => (port: number) => ({
    command: deno(),
    args: ['serve', '--port', String(port), '-A', '--sloppy-imports', 'src/bootstrap.ts'],
    cwd,
  }),
}

export const serveHonoApp = {
  bun: (cwd: string) => (): Launch => ({ command: bun(), args: ['run', 'app.ts'], cwd }),
  node: (cwd: string) => (): Launch => ({
    command: join(cwd, 'node_modules/.bin/tsx'),
    args: ['node.ts'],
    cwd,
  }),
  deno: (cwd: string) => (port: number) => ({
    command: deno(),
    args: ['serve', '--port', String(port), '-A', 'app.ts'],
    cwd,
  }),
}

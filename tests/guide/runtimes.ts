import { join } from 'node:path'
import { bun, deno } from '../runtimes/binaries.ts'
import type { Launch } from './server.ts'

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

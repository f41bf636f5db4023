import { join } from 'node:path'
import { bun, deno, node, nodeVersions } from '../runtimes/binaries.ts'
import type { Launch } from './server.ts'

type Serve = (cwd: string) => (port: number) => Launch

/** The command that serves the guide's app on each runtime, in its folder. */
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
  /** Like `node`, but with another version of Node than the one that runs the suite. */
  nodeAt:
    (node: string, cwd: string, options: string[] = []) =>
    (): Launch => ({
      command: node,
      args: [...options, join(cwd, 'node_modules/.bin/gravito'), 'serve', 'src/bootstrap.ts'],
      cwd,
    }),
  // Deno completes imports without an extension, as in the guide, only with this flag.
  deno: (cwd: string) => (port: number) => ({
    command: deno(),
    args: ['serve', '--port', String(port), '-A', '--sloppy-imports', 'src/bootstrap.ts'],
    cwd,
  }),
}

const serveHonoApp = {
  bun: (cwd: string) => (): Launch => ({ command: bun(), args: ['run', 'app.ts'], cwd }),
  nodeAt: (node: string, cwd: string) => (): Launch => ({
    command: node,
    args: [join(cwd, 'node_modules/.bin/tsx'), 'node.ts'],
    cwd,
  }),
  deno: (cwd: string) => (port: number) => ({
    command: deno(),
    args: ['serve', '--port', String(port), '-A', 'app.ts'],
    cwd,
  }),
}

type OnEach = readonly (readonly [name: string, serve: Serve])[]

/** The guide's app on each runtime that the packages support. */
export const guideRuntimes: OnEach = [
  ['Bun', serveGuideApp.bun],
  ['Deno', serveGuideApp.deno],
  ...onEachNode(serveGuideApp.nodeAt),
]

/** A Hono app on the same runtimes. */
export const honoRuntimes: OnEach = [
  ['Bun', serveHonoApp.bun],
  ['Deno', serveHonoApp.deno],
  ...onEachNode(serveHonoApp.nodeAt),
]

function onEachNode(serveAt: (node: string, cwd: string) => (port: number) => Launch): OnEach {
  return nodeVersions.map((major) => [`Node ${major}`, (cwd) => serveAt(node(major), cwd)])
}

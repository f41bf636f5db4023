import { join } from 'node:path'
import { bun, deno, node, nodeVersions } from '../runtimes/binaries.ts'
import type { Launch } from './server.ts'

type Serve = (cwd: string) => (port: number) => Launch

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

/** The guide's app on each runtime that the packages promise to run on. */
export const guideRuntimes: OnEach = [
  ['Bun', serveGuideApp.bun],
  ['Deno', serveGuideApp.deno],
  ...onEachNode(serveGuideApp.nodeAt),
]

/** An app of Hono alone on the same. */
export const honoRuntimes: OnEach = [
  ['Bun', serveHonoApp.bun],
  ['Deno', serveHonoApp.deno],
  ...onEachNode(serveHonoApp.nodeAt),
]

function onEachNode(serveAt: (node: string, cwd: string) => (port: number) => Launch): OnEach {
  return nodeVersions.map((major) => [`Node ${major}`, (cwd) => serveAt(node(major), cwd)])
}

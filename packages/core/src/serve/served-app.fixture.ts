import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from '../temporary-folder.fixture.ts'

const CORE = fileURLToPath(new URL('../../', import.meta.url))
const MODULES = fileURLToPath(new URL('../../../../node_modules/', import.meta.url))

/** Creates the folder of an app with these files. gravito-core and hono are installed, and tsx on request. */
export function appFolder(files: Record<string, string>, { tsx = false } = {}): string {
  const folder = temporaryFolder({ 'package.json': '{}', ...files })
  mkdirSync(join(folder, 'node_modules'))
  const install = (name: string, target: string) =>
    symlinkSync(target, join(folder, 'node_modules', name))
  install('gravito-core', CORE)
  install('hono', join(MODULES, 'hono'))
  if (tsx) install('tsx', join(MODULES, 'tsx'))
  return folder
}

/** A process under test and its output so far. */
export interface Run {
  readonly child: ChildProcess
  readonly output: () => string
  /** Waits for the first match of `pattern` in the output. Rejects if the process ends first. */
  wait(pattern: RegExp): Promise<RegExpExecArray>
  /** The exit code. */
  readonly exit: Promise<number | null>
}

/** Runs `node` with these arguments in `cwd`. It passes only PATH from the environment of the tests. */
export function runNode(cwd: string, args: string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const note = (chunk: unknown) => {
    output += String(chunk)
    child.emit('written')
  }
  child.stdout.on('data', note)
  child.stderr.on('data', note)
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    child,
    output: () => output,
    exit: new Promise((resolve) => child.once('close', resolve)),
    wait: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output)
          if (match) resolve(match)
        }
        child.on('written', look)
        child.once('close', () => reject(new Error(`ended without ${pattern}:\n${output}`)))
        look()
      }),
  }
}

/** Runs `gravito` with these arguments in `cwd`. */
export function runGravito(cwd: string, args: string[], env?: Record<string, string>): Run {
  return runNode(cwd, ['node_modules/gravito-core/bin/gravito.mjs', ...args], env)
}

/** Runs `gravito serve` and waits until it listens. */
export async function serve(cwd: string, args: string[] = [], env?: Record<string, string>) {
  const run = runGravito(cwd, ['serve', ...args], env)
  const [, url = ''] = await run.wait(/^Listening on (\S+)$/m)
  return { ...run, url }
}

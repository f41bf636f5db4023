import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { mustRun } from '../guide/processes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const worker = fileURLToPath(new URL('./file-worker.mjs', import.meta.url))

/** The package as JavaScript, which starts five times as fast as TypeScript. */
export async function build(): Promise<{ url: string; remove(): Promise<void> }> {
  // The folder with the package's own dependencies.
  const cache = join(root, 'node_modules', '.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'file-driver-'))
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const project = join(root, 'packages', 'orbit', 'tsconfig.build.json')
  await mustRun(tsc, ['-p', project, '--noCheck', '--outDir', folder], root)
  return {
    url: pathToFileURL(`${folder}/`).href,
    remove: () => rm(folder, { recursive: true }),
  }
}

export interface Worker {
  readonly pid: number
  /** The next line of its output. */
  next(): Promise<unknown>
  /** All output that no test has read yet. */
  rest(): unknown[]
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void
  /** Resolves when it has ended and all its output has been read. */
  ended(): Promise<void>
}

/** Starts a separate process for a test. `via` is the command before the worker and its arguments. */
export function start(
  built: string,
  [what, path, given = {}]: readonly [string, string, object?],
  via: readonly string[] = [process.execPath],
): Worker {
  const [command = '', ...before] = via
  const args = [...before, worker, built, what, path, JSON.stringify(given)]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const waiting: (() => void)[] = []
  let part = ''
  let errors = ''
  const wakeAll = () => {
    for (const wake of waiting.splice(0)) wake()
  }
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    const whole = `${part}${data}`.split('\n')
    part = whole.pop() ?? ''
    lines.push(...whole)
    wakeAll()
  })
  child.stderr.setEncoding('utf8').on('data', (data: string) => {
    errors += data
  })
  let isOver = false
  const closed = once(child, 'close').finally(() => {
    isOver = true
    wakeAll()
  })
  return {
    pid: child.pid ?? 0,
    async next() {
      while (lines.length === 0) {
        if (isOver) throw new Error(`The process for ${what} ended: ${errors}`)
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      return JSON.parse(lines.shift() ?? '')
    },
    rest: () => lines.splice(0).map((line): unknown => JSON.parse(line)),
    signal: (signal) => void child.kill(signal),
    async ended() {
      await closed
    },
  }
}

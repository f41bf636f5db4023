import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** A separate process that runs a TypeScript file and prints lines of JSON. */
export interface Process {
  /** The next line of its output. */
  next(): Promise<unknown>
  /** Sends it a line. */
  tell(line: string): void
  /** `kill -9`. */
  kill(): Promise<void>
}

export function start(file: URL, args: readonly string[]): Process {
  const path = fileURLToPath(file)
  const child = spawn(process.execPath, ['--import', tsx, path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const waiting: (() => void)[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    const [last = '', ...whole] = `${rest}${data}`.split('\n').reverse()
    rest = last
    lines.push(...whole.reverse())
    for (const wake of waiting.splice(0)) wake()
  })
  child.once('exit', () => {
    for (const wake of waiting.splice(0)) wake()
  })
  return {
    async next() {
      while (lines.length === 0) {
        if (hasEnded(child)) throw new Error(`${path} ended without output.`)
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      return JSON.parse(lines.shift() ?? '')
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    async kill() {
      if (hasEnded(child)) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url))
const runs = process.versions.deno ? ['run', '-A'] : []

/** A second process of the runtime that runs the suite, see worker.ts. */
export class Worker {
  /** Its output so far, in complete lines. */
  readonly lines: string[] = []
  readonly ended: Promise<number | null>
  readonly #child: ChildProcessByStdio<Writable, Readable, null>

  constructor(...args: (string | number)[]) {
    this.#child = spawn(process.execPath, [...runs, worker, ...args.map(String)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let rest = ''
    this.#child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split('\n')
      rest = lines.pop() ?? ''
      this.lines.push(...lines)
    })
    this.ended = new Promise((resolve) => this.#child.on('close', resolve))
  }

  /** Waits until it has printed this many lines. */
  async said(count: number): Promise<void> {
    let isOver = false
    const over = this.ended.then(() => {
      isOver = true
    })
    while (this.lines.length < count) {
      if (isOver) throw new Error(`The worker ended after ${this.lines.length} lines.`)
      const more = new Promise((resolve) => this.#child.stdout.once('data', resolve))
      await Promise.race([more, over])
    }
  }

  go(): void {
    this.#child.stdin.end('go\n')
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }
}

/** Lets several workers start at the same moment, and waits until they end. */
export async function together(workers: readonly Worker[]): Promise<string[][]> {
  for (const one of workers) await one.said(1)
  for (const one of workers) one.go()
  const codes = await Promise.all(workers.map((one) => one.ended))
  if (codes.some((code) => code !== 0)) throw new Error(`Workers ended with ${codes.join(', ')}.`)
  return workers.map((one) => one.lines.slice(1))
}

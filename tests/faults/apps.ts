import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { SessionOptions } from '@gravito/orbit'
import { outsideEnv } from '../guide/processes.ts'
import { runtimes } from '../stores/sqlite/runtimes.ts'

const file = fileURLToPath(new URL('./app.mjs', import.meta.url))
const startLimitMs = 20_000

/** With two stores, new sessions are created in the first one. */
type TwoStores = 'file, then redis' | 'redis, from file'
export type Driver = 'redis' | 'cache' | 'file' | 'sqlite' | 'postgres' | 'mariadb'

export interface AppOptions {
  readonly driver: Driver | TwoStores
  /** The URL of the server, or the path of the folder or file. */
  readonly at: string | { readonly redis: string; readonly file: string }
  /** Session options, except the store. */
  readonly options?: Omit<SessionOptions, 'driver' | 'store' | 'now' | 'onEvent'>
  /** The command to run it in: `['sh', '-c', 'ulimit …; exec "$0" "$@"']`. */
  readonly via?: readonly string[]
}

/** A process that serves `app.mjs`, and can be killed and started again. */
export class App {
  /** All its log output. */
  log = ''
  /** How often another request has written first. */
  conflicts = 0
  /** How often the process has ended without being killed. */
  crashes = 0
  readonly #options: AppOptions
  #child: ChildProcessByStdio<Writable, Readable, Readable> | undefined
  #origin: string | undefined
  #tell: () => void = () => {}
  #up = this.#awaited()

  constructor(options: AppOptions) {
    this.#options = options
  }

  /** Resolves when requests can reach the process. */
  get up(): Promise<void> {
    return this.#up
  }

  #awaited(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = resolve
    })
  }

  /** The address of the process. Undefined while it is down. */
  get origin(): string | undefined {
    return this.#origin
  }

  async start(): Promise<void> {
    const { driver, at, options = {}, via = [] } = this.#options
    const given = JSON.stringify({ driver, at, options })
    // Node 20 has no SQLite.
    const node =
      driver === 'sqlite' ? [runtimes['Node 24'](file).command, file] : [process.execPath, file]
    const [command = '', ...args] = [...via, ...node, given]
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: outsideEnv() })
    this.#child = child
    child.stdin.on('error', () => {})
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.log += text
    })
    child.once('exit', () => {
      if (this.#child !== child) return
      this.crashes += 1
      this.#leave()
    })
    const port = await this.#ready(child)
    this.#origin = `http://127.0.0.1:${port}`
    this.#tell()
  }

  #ready(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<string> {
    let part = ''
    return new Promise((resolve, reject) => {
      const fail = (what: string) => {
        clearTimeout(timer)
        child.kill('SIGKILL')
        reject(new Error(`The app ${what}:\n${this.log}`))
      }
      const timer = setTimeout(() => fail('did not start in time'), startLimitMs)
      child.once('error', (error) => fail(error.message))
      child.once('exit', (code) => fail(`ended with ${code}`))
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = `${part}${text}`.split('\n')
        part = lines.pop() ?? ''
        for (const line of lines) {
          if (line === 'conflict') this.conflicts += 1
          const port = /^ready (\d+)$/.exec(line)?.[1]
          if (port === undefined) continue
          clearTimeout(timer)
          resolve(port)
        }
      })
    })
  }

  #leave(): void {
    this.#child = undefined
    this.#origin = undefined
    this.#up = this.#awaited()
  }

  /** Like `kill -9`. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child) return
    this.#leave()
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /**
   * Changes the machine of the process: moves its clock ahead by this many milliseconds, or changes the system
   * user.
   */
  async machine(what: { ahead?: number; user?: number }): Promise<void> {
    const answer = await fetch(`${this.#origin}/machine`, {
      method: 'POST',
      body: JSON.stringify(what),
    })
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  }
}

export async function startApp(options: AppOptions): Promise<App> {
  const app = new App(options)
  await app.start()
  return app
}

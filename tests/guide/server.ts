import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { outsideEnv } from './processes.ts'

export interface Launch {
  command: string
  args: string[]
  cwd: string
}

export interface Server {
  /** Without a slash at the end. */
  url: string
  /** Its output so far. */
  output(): string
  /** Stops the server and returns its exit code: null if a signal killed it. */
  stop(): Promise<number | null>
}

const START_LIMIT_MS = 20_000
const STOP_LIMIT_MS = 10_000

/** Starts a server on a free port. Resolves when it accepts connections. */
export async function startServer(launch: (port: number) => Launch): Promise<Server> {
  const port = await freePort()
  const { command, args, cwd } = launch(port)
  const child = spawn(command, args, {
    cwd,
    env: { ...outsideEnv(), PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const note = (text: unknown) => {
    output += String(text)
  }
  child.stdout.on('data', note)
  child.stderr.on('data', note)
  let running = true
  const exited = new Promise<number | null>((resolve) => {
    child.on('error', note)
    child.on('close', (code) => {
      running = false
      resolve(code)
    })
  })

  const deadline = Date.now() + START_LIMIT_MS
  while (!(await accepts(port))) {
    if (!running || Date.now() > deadline) {
      const what = running ? 'did not start in time' : 'ended'
      child.kill('SIGKILL')
      throw new Error(`${[command, ...args].join(' ')} ${what}:\n${output}`)
    }
    await Promise.race([exited, wait(20)])
  }

  return {
    url: `http://localhost:${port}`,
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
      const code = await exited
      clearTimeout(timer)
      return code
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost' })
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SessionOptions, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { afterAll } from 'vitest'
import { outsideEnv } from '../guide/processes.ts'
import { Client } from '../hono/client.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** The packages that an app installs, and their folders. */
const packages = {
  'gravito-core': 'packages/core',
  '@gravito/orbit': 'packages/orbit',
  ...Object.fromEntries(
    ['hono', '@hono/node-server', 'tsx', 'redis', 'pg', 'mysql2'].map((name) => [
      name,
      `node_modules/${name}`,
    ]),
  ),
}

/** Makes the folder of an app, with these files and the built packages. */
export function project(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gravito-operations-'))
  folders.push(folder)
  for (const [path, content] of Object.entries({ 'package.json': '{}', ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  for (const [name, path] of Object.entries(packages)) {
    const place = join(folder, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(root, path), place)
  }
  return folder
}

/** The result of a command. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Everything that commands have written, so that the tests can search it for ids. */
export const written: string[] = []

/** Runs `gravito sessions` with these arguments in a folder, as a separate process. */
export async function sessions(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
  [command, ...options]: readonly [string, ...string[]] = [process.execPath],
  stdout: 'pipe' | number = 'pipe',
): Promise<Ran> {
  const bin = 'node_modules/gravito-core/bin/gravito.mjs'
  return finished(
    spawn(command, [...options, bin, 'sessions', ...args], {
      cwd,
      env: { ...outsideEnv(), ...env },
      stdio: ['pipe', stdout, 'pipe'],
    }),
  )
}

/** The same in a terminal, with a reply to the question. */
export async function sessionsInTerminal(
  cwd: string,
  args: readonly string[],
  typed: string,
): Promise<Ran> {
  const bin = 'node_modules/gravito-core/bin/gravito.mjs'
  const line = [process.execPath, bin, 'sessions', ...args].join(' ')
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd, env: outsideEnv() })
  const ran = finished(child)
  const answer = (chunk: unknown) => {
    if (!String(chunk).includes('[y/N]')) return
    child.stdout.off('data', answer)
    child.stdin.write(`${typed}\n`)
  }
  child.stdout.on('data', answer)
  return ran
}

async function finished(child: ChildProcess): Promise<Ran> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk)
  })
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk)
  })
  const [code]: unknown[] = await once(child, 'close')
  written.push(stdout, stderr)
  return { code: typeof code === 'number' ? code : null, stdout, stderr }
}

/** Browsers of an app that stores its sessions in this store. */
export function browsers(store: SessionOptions['store'], ownerKey = 'userId') {
  const middleware = session({ store, ownerKey, devices: true })
  const app = new Hono()
  app.use(middleware)
  app.get('/me', (c) => c.json({ userId: c.get('session').userId ?? null }))
  app.post('/login', async (c) => {
    const { owner }: { owner: string | number } = await c.req.json()
    c.get('session').signIn(owner, { label: 'from \u001b[31mthe tests' })
    c.get('session').put('plan', 'fly to Mars')
    return c.json({ handle: c.get('session').handle })
  })
  app.post('/cart', (c) => {
    c.get('session').put('cart', ['pear'])
    return c.json({ handle: c.get('session').handle })
  })
  const clients: Client[] = []

  async function post(client: Client, path: string, body?: object) {
    await client.get('/me')
    const headers = { 'Content-Type': 'application/json', 'User-Agent': 'Firefox/142.0' }
    const response = await client.post(path, { headers, body: JSON.stringify(body ?? {}) })
    if (response.status !== 200) throw new Error(await response.text())
    const { handle }: { handle: string } = Object(await response.json())
    return { client, handle }
  }

  const newClient = () => {
    const client = new Client(app)
    clients.push(client)
    return client
  }
  return {
    signIn: (owner: string | number) => post(newClient(), '/login', { owner }),
    withCart: () => post(newClient(), '/cart'),
    isSignedIn: async (client: Client) => Object(await client.json('/me')).userId !== null,
    /** All secrets: ids, with and without their signatures, and tokens. */
    secrets: () =>
      clients.flatMap((client) => [
        ...client.received,
        ...client.received.flatMap((id) => id.split('.').filter((part) => part.length >= 16)),
      ]),
    middleware,
    close: () => middleware.close(),
  }
}

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { outsideEnv } from '../guide/processes.ts'
import { freePort } from '../servers/redis.ts'
import { command } from './commands.ts'

const verdaccio = fileURLToPath(new URL('node_modules/verdaccio/bin/verdaccio', import.meta.url))

/**
 * A registry on this machine. It is empty at first, and gets other packages from the registry that the machine
 * uses.
 */
export interface Registry {
  url: string
  /** A folder for everything that is removed with the registry. */
  folder: string
  /**
   * The environment that makes npm, Bun and Deno use it, with separate caches and without the
   * user's settings.
   */
  env: NodeJS.ProcessEnv
  /** An empty folder. */
  emptyFolder(name: string): Promise<string>
  publish(tarball: string): Promise<void>
  stop(): Promise<void>
}

const START_LIMIT_MS = 20_000

export async function startRegistry(): Promise<Registry> {
  if (!existsSync(verdaccio)) {
    throw new Error(`no ${verdaccio}: run \`npm ci --prefix tests/registry\``)
  }
  const folder = await mkdtemp(join(tmpdir(), 'gravito-registry-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const config = join(folder, 'config.yaml')
  await writeFile(config, configuration(await machinesRegistry(folder)))

  const args = [verdaccio, '--config', config, '--listen', `127.0.0.1:${port}`]
  const server = spawn(process.execPath, args, { cwd: folder, env: outsideEnv() })
  let printed = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (text) => {
      printed += String(text)
    })
  }
  const exited = new Promise<void>((resolve) => server.on('close', () => resolve()))
  const end = () => void server.kill('SIGKILL')
  process.once('exit', end)
  const stop = async () => {
    process.off('exit', end)
    end()
    await exited
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }

  try {
    await answers(`${url}-/ping`, () => `verdaccio does not answer:\n${printed}`)
    const env = await settings(folder, url)
    return {
      url,
      folder,
      env,
      async emptyFolder(name) {
        const path = join(folder, name)
        await mkdir(path)
        return path
      },
      async publish(tarball) {
        await command({ line: ['npm', 'publish', tarball, '--access=public'], cwd: folder, env })
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The registry for other packages. Its address is not written to files of the repository. */
async function machinesRegistry(cwd: string): Promise<string> {
  const printed = await command({
    line: ['npm', 'config', 'get', 'registry', '--loglevel=error'],
    cwd,
    env: {},
  })
  return printed.trim()
}

function configuration(uplink: string): string {
  const own = '{ access: $all, publish: $authenticated }'
  return `
storage: ./storage
auth: { htpasswd: { file: ./htpasswd } }
uplinks: { machine: { url: ${JSON.stringify(uplink)}, timeout: 20s, max_fails: 10 } }
packages:
  'gravito-core': ${own}
  '@gravito/*': ${own}
  '**': { access: $all, proxy: machine }
web: { enable: false }
log: { type: stdout, format: pretty, level: warn }
`
}

async function answers(url: string, explain: () => string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    if (Date.now() > deadline) throw new Error(explain())
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function settings(folder: string, url: string): Promise<NodeJS.ProcessEnv> {
  const name = 'publisher'
  const response = await fetch(new URL(`-/user/org.couchdb.user:${name}`, url), {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, password: crypto.randomUUID() }),
  })
  const { token }: { token?: string } = await response.json()
  if (token === undefined) throw new Error(`verdaccio gave no token: ${response.status}`)
  const npmrc = join(folder, 'npmrc')
  const lines = [`registry=${url}`, `${url.replace('http:', '')}:_authToken=${token}`]
  await writeFile(npmrc, `${lines.join('\n')}\naudit=false\nfund=false\nupdate-notifier=false\n`)
  return {
    npm_config_userconfig: npmrc,
    npm_config_registry: url,
    npm_config_cache: join(folder, 'npm-cache'),
    BUN_CONFIG_REGISTRY: url,
    BUN_INSTALL_CACHE_DIR: join(folder, 'bun-cache'),
    NPM_CONFIG_REGISTRY: url,
    DENO_DIR: join(folder, 'deno-cache'),
  }
}

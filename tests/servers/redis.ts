import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'

/** A real server with a separate folder and port. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  readonly folder: string
  /** Returns a client for the test. It is closed when the server stops. */
  look(user?: { password: string }): Promise<ReturnType<typeof createClient>>
  /** Makes the server hang: connections stay open, but get no responses. */
  pause(): void
  continue(): void
  /** Ends the process as a power cut does. */
  kill(): Promise<void>
  /** Starts the server again after a kill, with the data that is on disk. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const binary = process.env.REDIS_SERVER ?? 'redis-server'
const limitMs = 10_000

/**
 * @param args additional arguments of the command, for example `['--maxmemory', '3mb']`
 * @param config a configuration file, for settings that the command line does not support
 */
export async function startRedis(args: string[] = [], config?: string): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-redis-'))
  const port = await freePort()
  const ours = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const command = [...(config === undefined ? [] : [config]), ...ours, ...args]
  const url = `redis://127.0.0.1:${port}`
  let server = await launch(command)
  let looker: ReturnType<typeof createClient> | undefined

  async function kill(): Promise<void> {
    looker?.destroy()
    looker = undefined
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    // The only signal that also ends a paused process.
    server.kill('SIGKILL')
    await ended
  }

  return {
    port,
    url,
    folder,
    async look(user) {
      if (!looker) {
        looker = createClient({ url, ...user })
        looker.on('error', () => {})
        await looker.connect()
      }
      return looker
    },
    pause: () => void server.kill('SIGSTOP'),
    continue: () => void server.kill('SIGCONT'),
    kill,
    async restart() {
      server = await launch(command)
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(command: string[]): Promise<ChildProcess> {
  const server = spawn(binary, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const end = () => void server.kill('SIGKILL')
  process.once('exit', end)
  server.once('exit', () => process.off('exit', end))
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const fail = (problem: string) => {
      clearTimeout(timer)
      end()
      const advice = 'Install it (apt-get install redis-server) or name it in REDIS_SERVER.'
      reject(new Error(`${binary} ${problem}. ${advice}\n${said}`))
    }
    const timer = setTimeout(() => fail('was not ready in time'), limitMs)
    const hear = (data: Buffer) => {
      said += data
      if (!/Ready to accept connections|Sentinel ID is/.test(said)) return
      clearTimeout(timer)
      resolve()
    }
    server.stdout.on('data', hear)
    server.stderr.on('data', hear)
    server.once('error', (error) => fail(`could not be started (${error.message})`))
    server.once('exit', (code) => fail(`ended with ${code}`))
  })
  // Later output must be read, because the process would wait if the pipe were full.
  for (const stream of [server.stdout, server.stderr]) stream.removeAllListeners('data').resume()
  return server
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address === 'object' && address) return address.port
  throw new Error('No port is free.')
}

/** A Sentinel that watches the server under the name `main`. */
export async function startSentinel(master: RedisServer): Promise<RedisServer> {
  const config = join(master.folder, 'sentinel.conf')
  const lines = [
    `monitor main 127.0.0.1 ${master.port} 1`,
    'down-after-milliseconds main 500',
    'failover-timeout main 5000',
  ]
  await writeFile(config, lines.map((line) => `sentinel ${line}\n`).join(''))
  return startRedis(['--sentinel'], config)
}

/** A Cluster of masters that share the slots, with an optional replica for each master. */
export interface RedisCluster {
  readonly masters: RedisServer[]
  readonly replicas: RedisServer[]
  stop(): Promise<void>
}

export async function startCluster(options: {
  masters: number
  hasReplicas?: boolean
}): Promise<RedisCluster> {
  const buses = new Map<RedisServer, string>()
  const start = async () => {
    const bus = String(await freePort())
    const timeout = ['--cluster-node-timeout', '1000']
    const node = await startRedis(['--cluster-enabled', 'yes', '--cluster-port', bus, ...timeout])
    buses.set(node, bus)
    return node
  }
  const several = (count: number) => Promise.all(Array.from({ length: count }, start))
  const masters = await several(options.masters)
  const replicas = await several(options.hasReplicas ? options.masters : 0)
  const nodes = [...masters, ...replicas]
  const [first] = masters
  if (!first) throw new Error('A Cluster has at least one master.')
  const send = async (node: RedisServer, ...command: string[]) =>
    String(await (await node.look()).sendCommand(['CLUSTER', ...command]))

  const share = 16_384 / masters.length
  for (const [place, node] of masters.entries()) {
    const [from, to] = [Math.floor(place * share), Math.floor((place + 1) * share) - 1]
    await send(node, 'ADDSLOTSRANGE', String(from), String(to))
    await send(node, 'SET-CONFIG-EPOCH', String(place + 1))
  }
  for (const node of nodes.slice(1)) {
    await send(node, 'MEET', '127.0.0.1', String(first.port), buses.get(first) ?? '')
  }
  for (const node of nodes)
    await until(
      async () =>
        /state:ok[\s\S]*known_nodes:(\d+)/.exec(await send(node, 'INFO'))?.[1] ===
        String(nodes.length),
    )
  for (const [place, replica] of replicas.entries()) {
    const master = masters[place]
    if (!master) continue
    await send(replica, 'REPLICATE', await send(master, 'MYID'))
  }
  for (const replica of replicas) {
    await until(async () =>
      String(await (await replica.look()).info('replication')).includes('master_link_status:up'),
    )
  }
  return {
    masters,
    replicas,
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 3 * limitMs
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('The Cluster was not ready in time.')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

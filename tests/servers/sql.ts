import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './redis.ts'

/** A real server with a separate data folder and port. Its only user has no password. */
export interface SqlServer {
  readonly url: string
  /** Ends the process as a power cut does. */
  kill(): Promise<void>
  /** Starts the server again after a kill, with the data that is on disk. */
  restart(): Promise<void>
  /** Pauses all processes of the server until it continues. Connections stay open. */
  pause(): void
  continue(): void
  stop(): Promise<void>
}

/** How to set up and start a kind of server. */
interface Kind {
  /** The system user that runs the server if the tests run as root. Neither server starts as root. */
  readonly user: string
  readonly setUp: (data: string) => readonly [command: string, ...args: string[]]
  readonly start: (data: string, port: number) => readonly [command: string, ...args: string[]]
  readonly url: (port: number) => string
  readonly isReady: RegExp
  readonly advice: string
}

const limitMs = 30_000

const postgres: Kind = {
  user: 'postgres',
  setUp: (data) => [
    'initdb',
    ...['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
  ],
  start: (data, port) => [
    'postgres',
    ...['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
    // A killed process loses nothing that it has written to the operating system, so waiting for the disk is
    // not necessary.
    ...['-c', 'unix_socket_directories=', '-c', 'fsync=off', '-c', 'max_connections=300'],
  ],
  url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
  isReady: /ready to accept (?:read-only )?connections/,
  advice: 'Install it (apt-get install postgresql) or put its commands on PATH.',
}

const mariadb: Kind = {
  user: 'mysql',
  setUp: (data) => [
    'mariadb-install-db',
    ...['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal'],
    '--skip-test-db',
  ],
  start: (data, port) => [
    'mariadbd',
    ...['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1'],
    ...[`--socket=${join(data, 'socket')}`, '--max-connections=300'],
    // As above: writing to the operating system is enough.
    '--innodb-flush-log-at-trx-commit=2',
  ],
  url: (port) => `mysql://root@127.0.0.1:${port}/mysql`,
  isReady: /ready for connections/,
  advice: 'Install it (apt-get install mariadb-server) or put its commands on PATH.',
}

/** @param args additional arguments of the command, for example `['-c', 'fsync=on']` */
export const startPostgres = (args: string[] = []) => startServer(postgres, args)

/** A replica of a PostgreSQL server. It receives all writes of the primary. */
export const startStandby = (primary: SqlServer) =>
  startServer(
    {
      ...postgres,
      setUp: (data) => [
        'pg_basebackup',
        ...['-d', primary.url, '-D', data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'],
      ],
    },
    [],
  )

/** @param args additional arguments of the command, for example `['--sql-mode=']` */
export const startMariadb = (args: string[] = []) => startServer(mariadb, args)

async function startServer(kind: Kind, args: string[]): Promise<SqlServer> {
  const folder = await mkdtemp(join(tmpdir(), `gravito-${kind.user}-`))
  const data = join(folder, 'data')
  await mkdir(data, { mode: 0o700 })
  const user = process.getuid?.() === 0 ? identityOf(kind) : undefined
  if (user) for (const each of [folder, data]) await chown(each, user.uid, user.gid)
  // Two MariaDB servers that share a folder for temporary files remove the files of the other one.
  const context = { ...user, cwd: folder, env: { ...process.env, PATH: path(), TMPDIR: folder } }
  const port = await freePort()
  const [command, ...own] = kind.start(data, port)
  const start = () => launch(kind, [command, ...own, ...args], context)
  await setUp(kind, data, context)
  let server = await start()

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }

  /** PostgreSQL runs a process for each connection. All of them are in a separate process group. */
  function signal(name: NodeJS.Signals): void {
    const children = `/proc/${server.pid}/task/${server.pid}/children`
    const pids = readFileSync(children, 'utf8').split(' ').filter(Boolean).map(Number)
    for (const pid of [server.pid, ...pids]) if (pid) process.kill(pid, name)
  }

  return {
    url: kind.url(port),
    kill,
    pause: () => signal('SIGSTOP'),
    continue: () => signal('SIGCONT'),
    async restart() {
      const end = performance.now() + limitMs
      for (;;) {
        try {
          server = await start()
          return
        } catch (error) {
          // The child processes of a killed PostgreSQL end a moment later.
          if (performance.now() > end) throw error
          await pause(100)
        }
      }
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

interface User {
  readonly uid: number
  readonly gid: number
}

/** The folder in which a command runs, and its user. */
interface Context extends Partial<User> {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

async function setUp(kind: Kind, data: string, context: Context): Promise<void> {
  const [command, ...args] = kind.setUp(data)
  const setUp = spawn(command, args, { ...context, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [setUp.stdout, setUp.stderr]) stream.on('data', (text) => (said += text))
  const code = await new Promise((resolve) => {
    setUp.once('error', (error) => resolve(error.message))
    setUp.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${command} ended with ${code}. ${kind.advice}\n${said}`)
}

async function launch(
  { isReady, advice }: Kind,
  [command = '', ...args]: string[],
  context: Context,
): Promise<ChildProcess> {
  const server = spawn(command, args, { ...context, stdio: ['ignore', 'pipe', 'pipe'] })
  const end = () => void server.kill('SIGKILL')
  process.once('exit', end)
  server.once('exit', () => process.off('exit', end))
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const fail = (problem: string) => {
      clearTimeout(timer)
      end()
      reject(new Error(`${command} ${problem}. ${advice}\n${said}`))
    }
    const timer = setTimeout(() => fail('was not ready in time'), limitMs)
    const hear = (data: Buffer) => {
      said += data
      if (!isReady.test(said)) return
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

function identityOf({ user, advice }: Kind): User {
  const number = (flag: string) => {
    try {
      return Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
    } catch (cause) {
      throw new Error(`There is no user ${user} to run the server as. ${advice}`, { cause })
    }
  }
  return { uid: number('-u'), gid: number('-g') }
}

/**
 * Debian installs the commands of each PostgreSQL version into a separate folder, and puts servers only on the
 * PATH of root.
 */
function path(): string {
  const all = '/usr/lib/postgresql'
  const versions = existsSync(all) ? readdirSync(all).map(Number) : []
  const folders = versions.sort((a, b) => b - a).map((version) => join(all, String(version), 'bin'))
  return [process.env.PATH, '/usr/sbin', ...folders].join(delimiter)
}

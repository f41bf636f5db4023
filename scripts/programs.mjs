// The programs that the test suites start. For some of them, an environment variable can name another program.

import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const programs = [
  { package: 'redis-server', variable: 'REDIS_SERVER', asks: '--version' },
  { package: 'openssl', asks: 'version' },
  { package: 'curl', asks: '--version' },
  // A system without a desktop may have no fonts.
  {
    package: 'chromium fonts-liberation',
    command: 'chromium',
    variable: 'CHROMIUM',
    asks: '--version',
  },
  { package: 'nginx-light', command: 'nginx', variable: 'NGINX', asks: '-v' },
  { package: 'caddy', variable: 'CADDY', asks: 'version' },
  { package: 'postgresql', command: 'postgres', asks: '--version' },
  { package: 'mariadb-server', command: 'mariadbd', asks: '--version' },
]

/** Returns a PATH that includes the folders of servers. These are often not on a user's PATH. PostgreSQL on Debian never is. */
function pathOfServers() {
  const all = '/usr/lib/postgresql'
  const folders = existsSync(all)
    ? readdirSync(all).map((version) => join(all, version, 'bin'))
    : []
  return [process.env.PATH, '/usr/sbin', '/usr/local/sbin', ...folders].join(delimiter)
}

/** Returns the programs that cannot be run, and the PATH that was searched. */
export async function lookForPrograms() {
  const path = pathOfServers()
  const found = await Promise.all(programs.map((program) => isThere(program, path)))
  return { path, missing: programs.filter((_, index) => !found[index]) }
}

async function isThere(program, path) {
  const command = process.env[program.variable] ?? program.command ?? program.package
  try {
    await run(command, [program.asks], { env: { ...process.env, PATH: path } })
    return true
  } catch {
    return false
  }
}

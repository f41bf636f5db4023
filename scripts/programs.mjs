// The programs that the suites start. For some a variable of the environment can name another one.

import { execFile } from 'node:child_process'
import { delimiter } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const programs = [
  { package: 'redis-server', variable: 'REDIS_SERVER', asks: '--version' },
  { package: 'openssl', asks: 'version' },
  { package: 'curl', asks: '--version' },
  // A system without a desktop may have no font at all.
  {
    package: 'chromium fonts-liberation',
    command: 'chromium',
    variable: 'CHROMIUM',
    asks: '--version',
  },
  { package: 'nginx-light', command: 'nginx', variable: 'NGINX', asks: '-v' },
  { package: 'caddy', variable: 'CADDY', asks: 'version' },
]

/** Servers are not on everybody's PATH. */
const path = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter)

/** Which of the programs cannot be run, and the PATH on which they were looked for. */
export async function lookForPrograms() {
  const found = await Promise.all(programs.map(isThere))
  return { path, missing: programs.filter((_, index) => !found[index]) }
}

async function isThere(program) {
  const command = process.env[program.variable] ?? program.command ?? program.package
  try {
    await run(command, [program.asks], { env: { ...process.env, PATH: path } })
    return true
  } catch {
    return false
  }
}

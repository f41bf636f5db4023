import { execFile } from 'node:child_process'
import { delimiter, dirname } from 'node:path'

export interface Outcome {
  code: number
  /** Its output, on both streams. */
  output: string
  stdout: string
}

const LIMIT_MS = 360_000

export function run(
  command: string,
  args: string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const options = {
    cwd,
    env: { ...outsideEnv(), ...env },
    timeout: LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
  }
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({
        code,
        stdout,
        output: `${stdout}${stderr}${stderr || !error ? '' : error.message}`,
      })
    })
  })
}

export async function mustRun(command: string, args: string[], cwd: string): Promise<string> {
  const { code, output, stdout } = await run(command, args, cwd)
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} exited with ${code}:\n${output}`)
  return stdout
}

/** The environment of a user who types the command, without the variables of npm or Vitest. */
export function outsideEnv(): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)))
  return {
    ...env,
    // `#!/usr/bin/env node` must find the Node that runs the suite.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    NO_COLOR: '1',
    DENO_NO_UPDATE_CHECK: '1',
  }
}

function isOurs(name: string): boolean {
  return (
    /^(NODE_ENV|DEV|PROD|MODE|TEST|PORT|APP_KEY|INIT_CWD|FORCE_COLOR|VITEST.*)$/.test(name) ||
    /^npm_(package|lifecycle)_/.test(name) ||
    /^npm_config_(prefix|local_prefix|loglevel|workspaces?|omit_lockfile_.*)$/.test(name)
  )
}

import { execFile } from 'node:child_process'
import { outsideEnv } from '../guide/processes.ts'

export interface Command {
  /** The program and its arguments. */
  line: [string, ...string[]]
  cwd: string
  env: NodeJS.ProcessEnv
  /** npm waits for minutes if a registry does not respond. A test should not. */
  seconds?: number
}

/** Runs it to its end and returns its output. Throws if it fails or takes too long. */
export function command({ line, cwd, env, seconds = 30 }: Command): Promise<string> {
  const [program, ...args] = line
  const options = {
    cwd,
    env: { ...outsideEnv(), ...env },
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
  } as const
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const printed = `${stdout}${stderr}`
      if (error === null) resolve(printed)
      else {
        const how = error.killed ? `did not end within ${seconds} s` : 'failed'
        reject(new Error(`${line.join(' ')} ${how}:\n${printed || error.message}`))
      }
    })
  })
}

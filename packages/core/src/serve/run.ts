import { parseArgs } from 'node:util'
import { chainOf, explainsItself, GravitoError, messageOf } from '../errors.ts'
import { environment } from '../runtime.ts'
import { serve } from './serve.ts'
import { runSessions } from './sessions.ts'

const USAGE = `Usage: gravito serve [entry] [--shutdown-timeout <seconds>]
       gravito sessions <command>, see gravito sessions --help

Serves the default export of the entry module (that of core.liftoff()) on Node.
entry: default src/bootstrap.{ts,mts,js,mjs}, else bootstrap.*, else dist/bootstrap.*
--shutdown-timeout: how long requests under way may take after SIGTERM or SIGINT; default 10
PORT: the port, unless liftoff() was given one; default config.port, else 3000`

/** The `gravito` command. What fails is printed, and ends the process with 1. */
export async function run(args: string[]): Promise<void> {
  try {
    const [name, ...rest] = args
    if (name === 'sessions') process.exit(await runSessions(rest))
    const command = parse(args)
    if (command === undefined) console.log(USAGE)
    else await serve(command)
  } catch (error) {
    console.error(`gravito: ${explain(error)}`)
    process.exit(1)
  }
}

function parse(args: string[]): Parameters<typeof serve>[0] | undefined {
  const { values, positionals } = options(args)
  const [command, entry, ...rest] = positionals
  if (values.help) return undefined
  if (command !== 'serve' || rest.length > 0) throw new GravitoError('usage', USAGE)
  const shutdownSeconds = Number(values['shutdown-timeout'] ?? 10)
  if (!(shutdownSeconds >= 0 && shutdownSeconds <= 86_400)) throw new GravitoError('usage', USAGE)
  return { entry, shutdownSeconds }
}

function options(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { 'shutdown-timeout': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
  } catch (cause) {
    throw new GravitoError('usage', USAGE, { cause })
  }
}

/** A GravitoError says what to do; for any other, and underneath, the stack leads to the fault. */
function explain(error: unknown): string {
  let said = ''
  const told = chainOf(error).filter((one) => {
    // The message above often includes the message of its cause.
    if (isBrief(one) && said.includes(messageOf(one))) return false
    said = one instanceof Error ? one.message : ''
    return true
  })
  return told.map(textOf).join('\n  because: ')
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return isBrief(error) ? error.message : (error.stack ?? error.message)
}

/** Whether the message is all there is to say. */
function isBrief(error: unknown): boolean {
  const isProduction = environment('NODE_ENV') === 'production'
  return explainsItself(error) || isMissingModule(error) || isProduction
}

/** Node's message names the missing module and its importer. The stack shows only Node's module loader. */
function isMissingModule(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

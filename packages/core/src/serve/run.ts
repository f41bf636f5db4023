import { parseArgs } from 'node:util'
import { chainOf, explainsItself, GravitoError, messageOf } from '../errors.ts'
import { environment } from '../runtime.ts'
import { serve } from './serve.ts'
import { runSessions } from './sessions.ts'

const USAGE = `Usage: gravito serve [entry] [--shutdown-timeout <seconds>]
       gravito sessions <command>, see gravito sessions --help

Serves the default export of the entry module, the result of core.liftoff(), on Node.

entry               the entry module. Default: the first file that exists of
                    src/bootstrap.{ts,mts,js,mjs}, bootstrap.* and dist/bootstrap.*
--shutdown-timeout  the seconds that requests in flight have to finish after SIGTERM
                    or SIGINT. Default: 10

Without an argument of liftoff(), the port is the PORT variable, config.port or 3000.`

/** The `gravito` command. If it fails, it prints the error and exits with 1. */
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

/** Returns the text for an error and its causes. Errors whose message does not say what to do are shown with their stack. */
function explain(error: unknown): string {
  let said = ''
  const told = chainOf(error).filter((one) => {
    // The previous message often includes the message of its cause.
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

/** Returns whether the message is enough without the stack. */
function isBrief(error: unknown): boolean {
  const isProduction = environment('NODE_ENV') === 'production'
  return explainsItself(error) || isMissingModule(error) || isProduction
}

/** Node's message names the missing module and its importer. The stack shows only Node's module loader. */
function isMissingModule(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

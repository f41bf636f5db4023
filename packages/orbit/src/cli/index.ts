import process from 'node:process'
import { SessionConfigError } from '../errors.ts'
import { sessionsOf } from '../sessions.ts'
import { withinTime } from '../time-limit.ts'
import { openApp } from './app.ts'
import { type CommandName, help, helpOf, isCommand, type Line, parsed } from './arguments.ts'
import { commands, workOf } from './commands.ts'
import type { Host } from './host.ts'
import type { Opened } from './opened.ts'
import { openStore } from './stores.ts'
import { openTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/**
 * Runs `gravito sessions …`. The command `gravito` of gravito-core calls this function of the package that the app
 * has installed.
 *
 * @param args the arguments after `sessions`
 * @param host how to load the app
 * @returns the exit code: 0 done, 1 failed or not found, 2 wrong usage or not confirmed
 * @throws the errors of the app and of the store
 */
export async function sessionsCommand(args: readonly string[], host: Host): Promise<number> {
  const terminal = openTerminal()
  try {
    return await run(args, host, terminal)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    terminal.note(`gravito sessions: ${error.message}`)
    return 2
  }
}

async function run(args: readonly string[], host: Host, terminal: Terminal): Promise<number> {
  const [name, ...rest] = args
  const wantsHelp = (list: readonly string[]) =>
    list.some((one) => one === '--help' || one === '-h')
  if (!isCommand(name)) {
    if (name !== undefined && name !== 'help' && !wantsHelp([name])) {
      throw new UsageError(`Unknown command "${name.slice(0, 40)}".\n\n${help()}`)
    }
    if (name === undefined) throw new UsageError(`The command is missing.\n\n${help()}`)
    await terminal.out(help())
    return 0
  }
  if (wantsHelp(rest)) {
    await terminal.out(helpOf(name))
    return 0
  }
  const line = parsed(name, rest)
  loadEnvironment(line.text('env'))
  if (name === 'move') {
    const { moveStores } = await import('./move.ts')
    return moveStores(line, terminal)
  }
  if (name === 'table') {
    const { printTable } = await import('./migration.ts')
    return printTable(line, terminal)
  }
  return withSessions(name, line, host, terminal)
}

async function withSessions(
  name: Exclude<CommandName, 'move' | 'table'>,
  line: Line,
  host: Host,
  terminal: Terminal,
): Promise<number> {
  const opened = await open(line, host)
  try {
    return await commands[name](workOf(line, terminal, opened))
  } finally {
    await closed(opened)
  }
}

/** Shuts the app down. If that hangs or fails, the result of the command stays the same. */
async function closed(opened: Opened): Promise<void> {
  try {
    await withinTime(closeLimit, opened.close(), () => new Error('it took too long'))
  } catch {
    // The process ends now in any case.
  }
}

/** How long an app may take to shut down, in milliseconds. */
const closeLimit = 5_000

function loadEnvironment(path: string | undefined): void {
  if (path === undefined) return
  try {
    process.loadEnvFile(path)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new UsageError(`--env cannot be read: ${problem}`)
  }
}

async function open(line: Line, host: Host): Promise<Opened> {
  const given = line.text('store')
  const [app, exposeAs] = [line.text('app'), line.text('session')]
  if (given === undefined) {
    if (line.text('cookie-name') !== undefined) {
      throw new UsageError(
        '--cookie-name needs --store. With an app, the command reads the name from the app.',
      )
    }
    return openApp(host, app, exposeAs)
  }
  if (app !== undefined || exposeAs !== undefined) {
    throw new UsageError(
      '--store replaces the app, so it cannot be combined with --app or --session.',
    )
  }
  const { store, kind, close } = await openStore(given)
  try {
    const name = line.text('cookie-name')
    const ownerKey = line.text('owner-key')
    const options = { ...(name && { cookie: { name } }), ...(ownerKey && { ownerKey }) }
    const sessions = sessionsOf(store, { ...options, ...withoutTimeouts })
    return { sessions, close, where: `the ${kind} store of --store` }
  } catch (error) {
    await close()
    if (error instanceof SessionConfigError) throw new UsageError(error.message)
    throw error
  }
}

/** A hundred years, so that only the times in the records limit the sessions. */
const forever = 100 * 365 * 86_400
const withoutTimeouts = { idleTimeoutSeconds: forever, absoluteTimeoutSeconds: forever }

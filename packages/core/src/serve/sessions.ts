import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { GravitoError } from '../errors.ts'
import { markServed, SHUTDOWN } from '../runtime.ts'
import { DEFAULT_ENTRIES, findEntry, loadModule } from './entry.ts'

/** The entries where apps with plain Hono usually are. */
const ENTRIES_OF_HONO = ['src/index', 'src/app', 'src/server', 'index', 'app', 'server'].flatMap(
  (place) => ['ts', 'mts', 'tsx', 'js', 'mjs'].map((extension) => `${place}.${extension}`),
)

/**
 * Runs `gravito sessions …`. The command is part of `@gravito/orbit`, because this package knows nothing about
 * sessions. It is loaded from the app's folder, so that the command and the app use the same copy.
 *
 * @returns the exit code
 */
export async function runSessions(args: readonly string[]): Promise<number> {
  const folder = process.cwd()
  const command = await commandOf(resolve(folder, entryIn(args) ?? 'package.json'))
  return command(args, {
    async load(given: string | undefined) {
      const entry = findEntry(given, folder, [...DEFAULT_ENTRIES, ...ENTRIES_OF_HONO], {
        toServe: 'with sessions',
        usage: 'gravito sessions <command> --app <file>',
      })
      markServed(entry)
      const { default: app } = await loadModule(entry)
      const { [SHUTDOWN]: shutdown }: { [SHUTDOWN]?: () => Promise<void> } = Object(app)
      return { entry, shutdown: async () => shutdown?.() }
    },
  })
}

type Command = (args: readonly string[], host: object) => Promise<number>

async function commandOf(from: string): Promise<Command> {
  let path: string
  try {
    path = createRequire(from).resolve('@gravito/orbit/cli')
  } catch {
    // Node's error is not the cause: it would only add paths inside this package.
    throw new GravitoError(
      'orbit-missing',
      'gravito sessions needs a version of @gravito/orbit that has this command. Install it: npm i @gravito/orbit@latest',
    )
  }
  const { sessionsCommand }: { sessionsCommand: Command } = await import(pathToFileURL(path).href)
  return sessionsCommand
}

/** The value of `--app`. */
function entryIn(args: readonly string[]): string | undefined {
  const at = args.findIndex((one) => one === '--app' || one.startsWith('--app='))
  return at < 0 ? undefined : args[at] === '--app' ? args[at + 1] : args[at]?.slice('--app='.length)
}

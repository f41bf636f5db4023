import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { SessionConfigError } from '../errors.ts'
import { collected, type Made } from '../made.ts'
import { quote } from '../quote.ts'
import { withinTime } from '../time-limit.ts'
import type { Host, LoadedEntry } from './host.ts'
import type { Opened } from './opened.ts'
import { holdServers } from './servers.ts'
import { UsageError } from './usage-error.ts'

/** How long an entry may take to create its session() after the import, in milliseconds. */
const patience = 3_000

/** Loads an app to get its sessions. It finds the `session()` of the app, even if the entry does not export it. */
export async function openApp(
  host: Host,
  given: string | undefined,
  exposeAs: string | undefined,
): Promise<Opened> {
  const made: Made[] = []
  Reflect.set(globalThis, collected, made)
  holdServers()
  const { entry, shutdown } = await loaded(host, given)
  // An entry may continue after its import, for example if it calls `main()` without `await`.
  const until = Date.now() + patience
  while (made.length === 0 && Date.now() < until) await pause(20)
  const { sessions, settings } = chosen(made, exposeAs, entry)
  const close = async () => {
    await shutdown()
    await Promise.all(made.map((one) => one.close()))
  }
  if (settings.driver === 'memory' && !settings.store) {
    await close()
    throw new SessionConfigError(
      'This app keeps its sessions in the memory of its process (driver "memory"), where other processes cannot read them. Use sessionAdmin() in the app, or another driver.',
    )
  }
  return { sessions, close, where: entry }
}

/** How long the import of an entry may take, in milliseconds. */
const importLimit = 30_000

async function loaded(host: Host, given: string | undefined): Promise<LoadedEntry> {
  // Without this, an entry that calls process.exit() would look like a command that succeeded.
  const fail = () => {
    process.exitCode = 1
    process.stderr.write(
      `gravito sessions: The app ended the process while it was loaded. ${advice}\n`,
    )
  }
  process.once('exit', fail)
  try {
    return await withinTime(importLimit, host.load(given), () => {
      const seconds = importLimit / 1_000
      return new SessionConfigError(`The app was not loaded within ${seconds} seconds. ${advice}`)
    })
  } finally {
    process.off('exit', fail)
  }
}

const advice = 'Use --app <file> with a module that only creates session(), or --store <store>.'

function chosen(made: readonly Made[], exposeAs: string | undefined, entry: string): Made {
  const different = made.filter((one, at) => made.findIndex((other) => isSame(one, other)) === at)
  const candidates =
    exposeAs === undefined
      ? different
      : different.filter(({ settings }) => settings.exposeAs === exposeAs)
  const [one, ...others] = candidates
  if (one && others.length === 0) return one
  const names = [...new Set(different.map(({ settings }) => quote(settings.exposeAs)))].join(', ')
  if (different.length === 0) {
    throw new SessionConfigError(
      `${entry} has not created a session(). Use --app <file> with the module of your app that does, or --store <store>.`,
    )
  }
  throw new UsageError(
    one
      ? `The app has several sessions: ${names}. Choose one with --session <name>.`
      : `The app has no session with the name ${quote(exposeAs ?? '')}. It has: ${names}.`,
  )
}

function isSame({ settings: a }: Made, { settings: b }: Made): boolean {
  return a.exposeAs === b.exposeAs && a.cookie.name === b.cookie.name
}

import { choosePort } from '../port.ts'
import { markServed, SHUTDOWN } from '../runtime.ts'
import { findEntry, loadEntry } from './entry.ts'
import { type Listening, listen } from './server.ts'
import { within } from './time-limit.ts'

/** Sooner than anybody presses Ctrl-C a second time. */
const NPM_ECHO_MS = 200

/** What `gravito serve` is told. */
export interface ServeOptions {
  /** The module to serve. Default: the first of the usual places. */
  entry?: string | undefined
  /** How long, after a signal, requests under way and the orbits get to finish. */
  shutdownSeconds: number
}

/** Loads the entry, listens, and ends the process at SIGTERM or SIGINT. */
export async function serve({ entry: given, shutdownSeconds }: ServeOptions): Promise<void> {
  const entry = findEntry(given, process.cwd())
  markServed(entry)
  const app = await loadEntry(entry)
  const shutdown = async () => app[SHUTDOWN]?.()
  try {
    const port = typeof app.port === 'number' ? app.port : undefined
    const server = await listen(app, choosePort(port))
    // First: a process that reads the line may send a signal at once.
    endAtSignal(server, shutdown, shutdownSeconds)
    console.log(`Listening on http://localhost:${server.port}`)
  } catch (error) {
    await shutdown()
    throw error
  }
}

function endAtSignal(server: Listening, shutdown: () => Promise<void>, seconds: number): void {
  let since: number | undefined
  const end = async (signal: NodeJS.Signals) => {
    if (since !== undefined) {
      // One Ctrl-C can come twice: from the terminal, and handed on by npm.
      if (signal === 'SIGINT' && performance.now() - since < NPM_ECHO_MS) return
      // By convention, 128 and the number of the signal.
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    since = performance.now()
    console.log(`${signal}: finishing ${server.underWay()} requests; once more to exit at once`)
    const cut = await server.close(seconds)
    if (cut > 0) console.error(`Cut off ${cut} requests after ${seconds} seconds`)
    const done = await within(seconds, shutdown())
    if (!done) console.error(`The orbits were not shut down after ${seconds} seconds`)
    process.exit(0)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}

import { choosePort } from '../port.ts'
import { markServed, SHUTDOWN } from '../runtime.ts'
import { findEntry, loadEntry } from './entry.ts'
import { type Listening, listen } from './server.ts'
import { within } from './time-limit.ts'

/** In milliseconds. It is shorter than the time that a user needs to press Ctrl-C again. */
const NPM_ECHO_MS = 200

/** Options of `gravito serve`. */
export interface ServeOptions {
  /** The module to serve. Default: the first default entry that exists. */
  entry?: string | undefined
  /** The seconds that requests, and then orbits, have to finish after a signal. */
  shutdownSeconds: number
}

/** Loads the entry, listens, and ends the process on SIGTERM or SIGINT. */
export async function serve({ entry: given, shutdownSeconds }: ServeOptions): Promise<void> {
  const entry = findEntry(given, process.cwd())
  markServed(entry)
  const app = await loadEntry(entry)
  const shutdown = async () => app[SHUTDOWN]?.()
  try {
    const port = typeof app.port === 'number' ? app.port : undefined
    const server = await listen(app, choosePort(port))
    // Register before the output: a process that reads the next line may send a signal at once.
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
      // One Ctrl-C can arrive twice: from the terminal and from npm.
      if (signal === 'SIGINT' && performance.now() - since < NPM_ECHO_MS) return
      // By convention, the exit code is 128 plus the number of the signal.
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    since = performance.now()
    console.log(
      `${signal}: waiting for ${server.inFlight()} requests to finish. Send it again to exit at once.`,
    )
    const aborted = await server.close(seconds)
    if (aborted > 0) console.error(`Aborted ${aborted} requests after ${seconds} seconds`)
    const done = await within(seconds, shutdown())
    if (!done) console.error(`The orbits were not shut down after ${seconds} seconds`)
    process.exit(0)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}

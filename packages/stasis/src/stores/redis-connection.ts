import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { CacheConfigError, CacheError } from '../errors.ts'

/** The part of a client of the `redis` package that this file uses. */
interface RedisClient {
  sendCommand(words: string[]): Promise<unknown>
}

/** One connection to one server. It reconnects by itself. */
export interface Connection {
  /**
   * Runs a command within the time limit. While the server is known to be unavailable, it fails at once, and
   * commands do not wait in a queue. A command that failed may still have run on the server.
   *
   * @throws {CacheError} `cache-unavailable`
   */
  call<T>(command: (client: RedisClient) => Promise<T>): Promise<T>
  /**
   * Connects. Waits until the connection succeeds or fails, up to the time limit of a call.
   *
   * @throws {CacheConfigError} if the `redis` package is missing
   */
  ready(): Promise<void>
  /** From now on, logs a warning if the server may remove entries before they expire. */
  warnOfEviction(): void
  close(): Promise<void>
}

/** The longest pause between two attempts to reconnect, in milliseconds. */
const longestPauseMs = 500

export function connectionTo(
  { url, timeoutMs }: { url: string; timeoutMs: number },
  warn: (message: string) => void,
): Connection {
  const place = placeOf(url)
  let opening: ReturnType<typeof open> | undefined
  let isAway = false
  let minds = false
  let hasWarned = false
  let leftAt = Number.NEGATIVE_INFINITY

  async function open() {
    const { createClient } = await redisPackage()
    const client = createClient({
      url,
      disableOfflineQueue: true,
      commandsQueueMaxLength: 10_000,
      socket: {
        connectTimeout: timeoutMs,
        reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, longestPauseMs),
      },
    })
    client.on('error', (error: unknown) => {
      // One line per outage, not one per attempt.
      if (isAway) return
      isAway = true
      warn(
        `The cache server ${place} does not respond (${reasonOf(error)}). The app reconnects by itself.`,
      )
    })
    client.on('ready', () => {
      if (isAway) warn(`The cache server ${place} responds again.`)
      isAway = false
      if (minds) checkEviction(client)
    })
    const known = new Promise<void>((resolve) => {
      client.once('ready', resolve)
      // A blocked event loop also causes a connection timeout. The client retries by itself.
      client.on('error', (error) => reasonOf(error) !== 'Connection timeout' && resolve())
    })
    // The promise rejects if the client is closed before it has connected.
    client.connect().catch(() => {})
    return { client, known: within(timeoutMs, known, () => {}) }
  }

  function checkEviction(client: RedisClient): void {
    if (hasWarned) return
    client
      .sendCommand(['INFO', 'memory'])
      .then((info) => {
        const policy = evictionOf(String(info))
        if (policy === undefined || hasWarned) return
        hasWarned = true
        warn(
          `The cache server ${place} stores sessions, but it removes entries when its memory is full (maxmemory-policy ${policy}). This would sign users out. Set maxmemory-policy to noeviction, or use a separate server for sessions.`,
        )
      })
      // If the server does not return its policy, or is unavailable again, there is nothing to warn about.
      .catch(() => {})
  }

  /** Reconnects after the server has become a replica. Its address may now lead to the new master. */
  function leave(client: { readonly isOpen: boolean; destroy(): void }): void {
    const time = performance.now()
    if (!client.isOpen || time - leftAt < longestPauseMs) return
    leftAt = time
    opening = open()
    client.destroy()
  }

  async function ready(): Promise<void> {
    opening ??= open()
    await (await opening).known
  }

  return {
    async call(command) {
      opening ??= open()
      const { client, known } = await opening
      // Only the first calls wait here, for the first attempt to connect.
      await known
      if (!client.isReady) throw unavailable(place, 'is unavailable')
      try {
        return await within(timeoutMs, command(client), () => {
          throw unavailable(place, `did not respond within ${timeoutMs} ms`)
        })
      } catch (cause) {
        if (cause instanceof CacheError) throw cause
        const reason = reasonOf(cause)
        if (reason.includes('READONLY')) leave(client)
        if (/\bOOM\b/.test(reason)) throw full(place, cause)
        throw unavailable(place, `refused a command (${reason})`, cause)
      }
    },
    ready,
    warnOfEviction() {
      minds = true
      opening?.then(
        ({ client }) => client.isReady && checkEviction(client),
        () => {},
      )
    },
    async close() {
      const opened = await opening?.catch(() => undefined)
      if (!opened?.client.isOpen) return
      const { client } = opened
      if (!client.isReady) return client.destroy()
      // Running commands finish first. If the server hangs, this does not wait longer than the time limit.
      await within(timeoutMs, client.close(), () => client.destroy())
    },
  }
}

async function redisPackage() {
  try {
    return await import('redis')
  } catch (cause) {
    const reason = reasonOf(cause)
    // Node, Bun and Deno quote the name of the missing package. If it is another name, "redis" needs that package.
    const isMissing = /(?:find|import).*['"]redis['"]/i.test(reason)
    throw new CacheConfigError(
      isMissing
        ? 'The redis store of the cache needs the package "redis". Install it: npm i redis'
        : `The redis store of the cache cannot load the package "redis": ${reason}. If you bundle the app, exclude the package (esbuild: --external:redis) and install it where the app runs.`,
      { cause },
    )
  }
}

/**
 * Returns the result of the promise. After the time limit, it returns the result of `late` or throws its
 * error. After a blocked event loop, timers run before sockets are read. So the time is counted in
 * steps, and after the last step the sockets are read once more.
 */
function within<T, L>(ms: number, promise: Promise<T>, late: () => L): Promise<T | L> {
  let isOver = false
  let timer: ReturnType<typeof setTimeout>
  const limit = new Promise<void>((resolve) => {
    const wait = (left: number) => {
      timer = setTimeout(() => (left > 1 ? wait(left - 1) : setImmediate(resolve)), ms / 5)
    }
    wait(5)
  })
  const work = promise.finally(() => {
    isOver = true
    clearTimeout(timer)
  })
  const end = limit.then<T | L>(() => (isOver ? work : late()))
  return Promise.race([work, end])
}

/** Returns the eviction policy, if the server has a memory limit and may remove entries. */
function evictionOf(info: string): string | undefined {
  const limit = /^maxmemory:(\d+)/m.exec(info)?.[1]
  const policy = /^maxmemory_policy:([\w-]+)/m.exec(info)?.[1]
  return limit === undefined || limit === '0' || policy === 'noeviction' ? undefined : policy
}

/** Returns the host and port, without the password. */
function placeOf(url: string): string {
  const { hostname, port } = new URL(url)
  return `${hostname || '127.0.0.1'}:${port || 6379}`
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Node wraps the errors of several addresses in an error without a message.
  const inner: unknown = 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : error
  return inner instanceof Error ? inner.message || inner.name : error.name
}

function full(place: string, cause: unknown): CacheError {
  return new CacheError(
    'cache-full',
    `The memory of the cache server ${place} is full. Raise maxmemory, or remove entries.`,
    { cause },
  )
}

function unavailable(place: string, problem: string, cause?: unknown): CacheError {
  return new CacheError('cache-unavailable', `The cache server ${place} ${problem}.`, {
    ...(cause === undefined ? {} : { cause }),
  })
}

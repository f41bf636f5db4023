import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { CacheConfigError, CacheError } from '../errors.ts'

/** What is used of a client of the `redis` package. */
interface RedisClient {
  sendCommand(words: string[]): Promise<unknown>
}

/** One connection to one server, which comes back by itself. */
export interface Connection {
  /**
   * Runs a command, within the time limit. Fails at once while the server is known to be away:
   * nothing waits in a queue. What fails may have been done.
   *
   * @throws {CacheError} `cache-unavailable`
   */
  call<T>(command: (client: RedisClient) => Promise<T>): Promise<T>
  /**
   * Connects, and waits until that has worked or failed, as long as a call may take.
   *
   * @throws {CacheConfigError} if the `redis` package is missing
   */
  ready(): Promise<void>
  /** From now on the connection says in the log where the server may drop entries before their time. */
  warnOfEviction(): void
  close(): Promise<void>
}

/** The longest that a lost connection waits before it is tried again. */
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
      warn(`The cache server ${place} does not answer (${reasonOf(error)}). Trying again.`)
    })
    client.on('ready', () => {
      if (isAway) warn(`The cache server ${place} answers again.`)
      isAway = false
      if (minds) checkEviction(client)
    })
    const known = new Promise<void>((resolve) => {
      client.once('ready', resolve)
      // The client counts the time in which this process stood still, and tries again by itself.
      client.on('error', (error) => reasonOf(error) !== 'Connection timeout' && resolve())
    })
    // It rejects where it is closed before it has connected.
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
          `The cache server ${place} keeps sessions, and drops entries when its memory is full (maxmemory-policy ${policy}): people would be signed out. Set maxmemory-policy to noeviction, or use a server of their own.`,
        )
      })
      // A server that does not tell, or is away again: no reason for anything.
      .catch(() => {})
  }

  /** The server is a replica by now. Its address may lead to the new master, so connect again. */
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
      // Only the first calls wait, for the first attempt to connect.
      await known
      if (!client.isReady) throw unavailable(place, 'is away')
      try {
        return await within(timeoutMs, command(client), () => {
          throw unavailable(place, `did not answer within ${timeoutMs} ms`)
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
      // What is under way gets its answer; a server that hangs is not waited for.
      await within(timeoutMs, client.close(), () => client.destroy())
    },
  }
}

async function redisPackage() {
  try {
    return await import('redis')
  } catch (cause) {
    const reason = reasonOf(cause)
    // Node, Bun and Deno quote the name that they do not find; another name is one that "redis" needs.
    const isMissing = /(?:find|import).*['"]redis['"]/i.test(reason)
    throw new CacheConfigError(
      isMissing
        ? 'The redis store of the cache needs the package "redis". Install it: npm i redis'
        : `The redis store of the cache cannot load the package "redis": ${reason}. If a bundler has put it into the app, keep it out (esbuild: --external:redis) and install it where the app runs.`,
      { cause },
    )
  }
}

/**
 * The promise's result, or after so long what `late` gives or throws. A process that stands still for a
 * while runs its timers before it reads its sockets, so the time is counted in steps, and after the last
 * one the sockets are read once more.
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

/** The eviction policy, where the server has one that can ever strike. */
function evictionOf(info: string): string | undefined {
  const limit = /^maxmemory:(\d+)/m.exec(info)?.[1]
  const policy = /^maxmemory_policy:([\w-]+)/m.exec(info)?.[1]
  return limit === undefined || limit === '0' || policy === 'noeviction' ? undefined : policy
}

/** Host and port, without the password. */
function placeOf(url: string): string {
  const { hostname, port } = new URL(url)
  return `${hostname || '127.0.0.1'}:${port || 6379}`
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Node joins the errors of several addresses in one without a message.
  const inner: unknown = 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : error
  return inner instanceof Error ? inner.message || inner.name : error.name
}

function full(place: string, cause: unknown): CacheError {
  return new CacheError(
    'cache-full',
    `The memory of the cache server ${place} is full. Raise its maxmemory, or remove entries.`,
    { cause },
  )
}

function unavailable(place: string, problem: string, cause?: unknown): CacheError {
  return new CacheError('cache-unavailable', `The cache server ${place} ${problem}.`, {
    ...(cause === undefined ? {} : { cause }),
  })
}

import { clearTimeout, setTimeout } from 'node:timers'
import { setTimeout as pause } from 'node:timers/promises'
import { withinTime } from '../../time-limit.ts'
import { isNodeRedis, type NodeRedis, nodeRedis, recognized, refuseMissing } from './clients.ts'
import { call, messageOf, type RedisCommands } from './commands.ts'

/** Runs commands. A call that takes longer than the time limit fails. */
export interface Connection {
  run<Result>(work: (commands: RedisCommands) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/** Uses the client of the app, and duplicates of it. The app closes the client. */
export function givenConnection(client: unknown, timeoutMs: number): Connection {
  const first = linkOf(client, timeoutMs, false)
  return renewed(timeoutMs, async (isFirst) =>
    isFirst ? first : linkOf(await call(Object(client), 'duplicate'), timeoutMs, true),
  )
}

/** A client in use. */
interface Link {
  commands: RedisCommands
  /** Waits for the first attempt to connect. Throws if there is no connection now. */
  ready: () => Promise<void>
  /** Closes the client if the store created it. */
  end: () => Promise<void>
}

/** @param queueMs the maximum time of a command, in the client's queue and on the server, or 0 for no limit */
function linkOf(client: unknown, queueMs: number, isOurs: boolean): Link {
  const end = async () => {
    if (isOurs) await endOf(Object(client))
  }
  if (isNodeRedis(client)) {
    const ready = connecting.get(client) ?? connect(client)
    connecting.set(client, ready)
    const plain = client.withCommandOptions({ timeout: queueMs, typeMapping: {} })
    return { commands: nodeRedis(plain), ready, end }
  }
  const commands = recognized(client, queueMs)
  // Without a listener, ioredis writes each error to the console.
  if (isOurs) call(Object(client), 'on', 'error', () => {})
  return { commands, ready: async () => {}, end }
}

/** Closes the client. Commands in flight get their responses first, unless the server hangs. */
async function endOf(client: object): Promise<void> {
  const [polite, abrupt] = 'close' in client ? ['close', 'destroy'] : ['quit', 'disconnect']
  const timer = setTimeout(() => call(client, abrupt).catch(() => {}), renewEvery)
  await call(client, polite).catch(() => {})
  clearTimeout(timer)
}

/** Each client is connected and gets its listeners only once, even if several stores use it. */
const connecting = new WeakMap<NodeRedis, Link['ready']>()

function connect(client: NodeRedis): Link['ready'] {
  const isReady = () => client.isOpen && Reflect.get(client, 'isReady') !== false
  let problem: unknown = 'it has not responded yet'
  const attempt = new Promise<void>((resolve) => {
    const failed = (error: unknown) => {
      problem = error
      resolve()
    }
    // Without an error listener, an error of the client would end the process. The client reconnects automatically.
    client.on('error', failed)
    client.on('ready', () => resolve())
    if (isReady()) resolve()
    else if (!client.isOpen) client.connect().then(() => resolve(), failed)
  })
  return async () => {
    await attempt
    if (!isReady()) throw new Error(whyAway(messageOf(problem).replace(/\.$/, '')))
  }
}

function whyAway(problem: string): string {
  return /WRONGPASS|NOAUTH|AUTH failed/.test(problem)
    ? `Redis refuses the user or the password: ${problem}. Check redis.url (or REDIS_URL), or the options of redis.client.`
    : `Redis is unavailable: ${problem}.`
}

const renewEvery = 1_000
/** In milliseconds. If calls are late for this long, the client is replaced. */
const silence = 1_500

/** Any reply proves that the server responds, even a refusal. */
async function answerOf({ ready, commands }: Link): Promise<unknown> {
  await ready()
  return commands.get('orbit').catch(() => {})
}

/**
 * A client reconnects when its connection breaks. It does not notice that a server is silent, or that a server has
 * become a replica while its host name leads to the new master. In these cases, another client replaces it, as soon as
 * the other one is connected.
 */
function renewed(timeoutMs: number, make: (isFirst: boolean) => Promise<Link>): Connection {
  let current: Promise<Link> | undefined
  let lateSince: number | undefined
  let renewedAt = Number.NEGATIVE_INFINITY
  let isClosed = false

  async function renew(): Promise<void> {
    if (isClosed || performance.now() - renewedAt < renewEvery) return
    renewedAt = performance.now()
    const next = await make(false)
    try {
      await withinTime(renewEvery, answerOf(next), () => noAnswer(renewEvery))
    } catch {
      return next.end()
    }
    if (isClosed) return next.end()
    const old = await current
    lateSince = undefined
    current = Promise.resolve(next)
    await old?.end()
  }

  async function attempt<Result>(work: (commands: RedisCommands) => Promise<Result>) {
    if (isClosed) throw new Error('The Redis store has been closed.')
    current ??= make(true)
    const { ready, commands } = await current.catch((error) => {
      // A missing package may be installed before the next attempt.
      current = undefined
      throw error
    })
    await ready()
    return work(commands)
  }

  function tooLate(): Error {
    const time = performance.now()
    // A late call from long ago does not count.
    if (lateSince === undefined || time - lateSince > 10 * silence) lateSince = time
    if (time - lateSince > silence) renew().catch(() => {})
    return noAnswer(timeoutMs)
  }

  return {
    async run(work) {
      try {
        return await withinTime(timeoutMs, attempt(work), tooLate)
      } catch (error) {
        if (/\bREADONLY\b/.test(messageOf(error))) renew().catch(() => {})
        throw error
      }
    },
    async close() {
      isClosed = true
      await current?.then((link) => link.end()).catch(() => {})
    },
  }
}

/** On `globalThis`, so that a hot reload without `close()` finds the open connection. */
const registry = Symbol.for('@gravito/orbit/redis/1')

type SharedConnections = Map<string, { connection: Connection; users: number }>

/** Created when it is first needed, so that an import has no side effects. */
function sharedConnections(): SharedConnections {
  const present: SharedConnections = Reflect.get(globalThis, registry) ?? new Map()
  Reflect.set(globalThis, registry, present)
  return present
}

/** The connection of this process to a server, with the package `redis`. */
export function ownConnection(url: string, timeoutMs: number): Connection {
  const shared = sharedConnections()
  const key = `${timeoutMs} ${url}`
  const used = shared.get(key) ?? { connection: open(url, timeoutMs), users: 0 }
  shared.set(key, used)
  used.users += 1
  let isClosed = false
  return {
    run: (work) => used.connection.run(work),
    async close() {
      if (isClosed) return
      isClosed = true
      used.users -= 1
      if (used.users > 0) return
      shared.delete(key)
      await used.connection.close()
    },
  }
}

function open(url: string, timeoutMs: number): Connection {
  // The URL was checked with the options.
  const { username, password } = new URL(url)
  let connectedAt = Number.NEGATIVE_INFINITY
  return renewed(timeoutMs, async () => {
    const { createClient } = await import('redis').catch(refuseMissing)
    const client = createClient({
      url,
      // We use nothing that differs between the versions, and this version needs fewer commands to connect.
      RESP: 2,
      disableClientInfo: true,
      disableOfflineQueue: true,
      socket: {
        connectTimeout: 3_000,
        reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 500),
      },
      credentialsProvider: {
        type: 'async-credentials-provider',
        // When its connection breaks, a client reconnects at once, without its strategy. A server that closes
        // accepted connections would get thousands of attempts a second. So if a connection follows another one
        // quickly, it must last for a moment before it counts.
        async credentials() {
          const isSoon = performance.now() - connectedAt < 1_000
          connectedAt = performance.now()
          if (isSoon) await pause(50)
          return { username: decodeURIComponent(username), password: decodeURIComponent(password) }
        },
      },
    })
    return linkOf(client, 0, true)
  })
}

function noAnswer(timeoutMs: number): Error {
  return new Error(`Redis is unavailable: it did not respond within ${timeoutMs} ms.`)
}

import { clearTimeout, setTimeout } from 'node:timers'
import { isError } from '../../thrown.ts'
import { withinTime } from '../../time-limit.ts'
import type { RedisClient, RedisCommands } from './client.ts'
import type { Script } from './scripts.ts'

/** Where clients come from. */
export interface ClientSource {
  /** A client that has not connected yet, or has. */
  make(): Promise<RedisClient>
  /** The client's commands, with what keeps them from waiting in a queue. */
  commands(client: RedisClient): RedisCommands
  /** Gives a client back, whatever state it is in. */
  drop(client: RedisClient): Promise<void>
  /** Whether one that is stuck may be dropped and another made. */
  readonly isRenewable: boolean
}

/** A way to the server on which no call waits longer than it must. */
export interface Connection {
  /** Settles when the first attempt to connect has come to something: nothing, or what is wrong. */
  open(): Promise<string | undefined>
  run(command: (redis: RedisCommands) => Promise<unknown>): Promise<unknown>
  /** Runs a script by its name, and by its text where the server does not know it (any more). */
  script(script: Script, key: string, ...args: string[]): Promise<unknown>
  close(): Promise<void>
}

const probeEvery = 500
/** A connection that ends sooner was never a success, whatever the client says. */
const brief = 1_000
const shortestPause = 50
const longestPause = 500
/** After so long a silence a connection may be dead without anybody having said so. */
const renewAfter = 5_000

/**
 * @param refusalIn the error for a message of the server's that waiting does not mend
 * @param probeKey a key that may be read, to ask whether the server is back
 * @param onReady hears each time that a connection stands, and whether the one before ended at once:
 * something on the way may close it because of a command that we can do without
 */
export function connection(
  source: ClientSource,
  timeoutMs: number,
  probeKey: string,
  refusalIn: (message: string) => Error | undefined,
  onReady: (client: RedisClient, isRepeat: boolean) => void,
): Connection {
  const noAnswer = `it gave no answer within ${timeoutMs} ms`
  let client: RedisClient | undefined
  let commands: RedisCommands | undefined
  let opening: Promise<string | undefined> | undefined
  let isOpened = false
  let isClosed = false
  let trouble = 'it has not answered yet'
  /** Since when calls have waited in vain, or since the client was replaced because of that. */
  let silentSince: number | undefined
  let probing: ReturnType<typeof setTimeout> | undefined
  let forget = () => {}
  let pause = shortestPause
  let pausing: ReturnType<typeof setTimeout> | undefined

  /** Takes a new client into use; settles with the first that is heard of it. */
  async function start(): Promise<string | undefined> {
    const made = await source.make()
    if (isClosed) {
      await source.drop(made)
      return undefined
    }
    forget()
    client = made
    commands = source.commands(made)
    let readyAt = Number.NEGATIVE_INFINITY
    const heard = new Promise<string | undefined>((said) => {
      const onError = (error: unknown) => {
        trouble = explained(error)
        // The client counts the time in which this process stood still, and tries again by itself.
        if (trouble !== 'Connection timeout') said(trouble)
        if (!source.isRenewable || isClosed) return
        if (performance.now() - readyAt > brief) pause = shortestPause
        else replaceLater(made)
      }
      const onReadyHere = () => {
        readyAt = performance.now()
        silentSince = undefined
        onReady(made, pause > shortestPause)
        said(undefined)
      }
      // Without a listener for errors a client ends the process. It goes on trying by itself.
      made.on('error', onError)
      made.on('ready', onReadyHere)
      forget = () => {
        made.off('ready', onReadyHere)
        made.off('error', onError)
        if (source.isRenewable) made.on('error', () => {})
      }
      if (made.isReady) onReadyHere()
      else if (!made.isOpen) made.connect().then(onReadyHere, onError)
    })
    return withinTime(timeoutMs, heard, () => new Error(noAnswer)).catch(messageOf)
  }

  /**
   * A server that closes each connection that it accepts would be asked thousands of times a second:
   * the client takes each of them for a success and connects again at once.
   */
  function replaceLater(stuck: RedisClient): void {
    forget()
    source.drop(stuck).catch(() => {})
    pause = Math.min(pause * 2, longestPause)
    pausing = setTimeout(() => start().catch(() => {}), pause)
    pausing.unref()
  }

  function open(): Promise<string | undefined> {
    opening ??= start().finally(() => {
      isOpened = true
    })
    return opening
  }

  async function run(command: (redis: RedisCommands) => Promise<unknown>): Promise<unknown> {
    if (isClosed) throw new Error('The Redis store has been closed.')
    if (!isOpened || !client || !commands) await open()
    if (!client || !commands || !client.isReady) throw refusalIn(trouble) ?? away(trouble)
    if (silentSince !== undefined) throw away(noAnswer)
    return limited(command(commands))
  }

  async function limited(answer: Promise<unknown>): Promise<unknown> {
    const asked = client
    const tooLate = () => {
      if (asked === client) fallSilent()
      return away(noAnswer)
    }
    const heard = () => {
      if (asked === client) silentSince = undefined
    }
    // A late answer, too, says that the server is back.
    answer.then(heard, heard)
    try {
      return await withinTime(timeoutMs, answer, tooLate)
    } catch (error) {
      // A connection that breaks may say so without a word.
      if (isError(error) && 'errors' in error) throw away(explained(error))
      throw refusalIn(messageOf(error)) ?? error
    }
  }

  /** From now on nobody waits: only a probe asks whether the server is back. */
  function fallSilent(): void {
    if (silentSince !== undefined || isClosed || (client && isCluster(client))) return
    silentSince = performance.now()
    clearTimeout(probing)
    probeLater()
  }

  function probeLater(): void {
    probing = setTimeout(probe, probeEvery)
    probing.unref()
  }

  function probe(): void {
    if (silentSince === undefined || isClosed || !client || !commands) return
    if (source.isRenewable && performance.now() - silentSince > renewAfter) {
      silentSince = performance.now()
      const stuck = client
      start().catch(() => {})
      source.drop(stuck).catch(() => {})
    } else if (client.isReady) {
      limited(commands.get(probeKey)).catch(() => {})
    }
    probeLater()
  }

  return {
    open,
    run,
    script(script, key, ...args) {
      const input = { keys: [key], arguments: args }
      return run(async (redis) => {
        try {
          return await redis.evalSha(script.sha1, input)
        } catch (error) {
          if (!messageOf(error).startsWith('NOSCRIPT')) throw error
          return redis.eval(script.text, input)
        }
      })
    },
    async close() {
      if (isClosed) return
      isClosed = true
      clearTimeout(probing)
      clearTimeout(pausing)
      await opening?.catch(() => {})
      forget()
      if (client) await source.drop(client)
    },
  }
}

/** A Cluster is never away as a whole, and each of its nodes has scripts of its own. */
export function isCluster(client: RedisClient): boolean {
  return 'masters' in client
}

function away(reason: string): Error {
  return new Error(`Redis is away: ${reason}.`)
}

/** Says what is wrong and what to do; the client's own words never hold the password. */
function explained(error: unknown): string {
  const message = messageOf(error)
  return /^(?:WRONGPASS|NOAUTH|ERR AUTH)/.test(message)
    ? `it refuses the user or the password (${message.split(' ')[0]}); check those in redis.url or REDIS_URL`
    : message
}

function messageOf(error: unknown): string {
  // Of a host with several addresses each has its own failure.
  if (!isError(error)) return String(error)
  const first: unknown = 'errors' in error && Array.isArray(error.errors) && error.errors[0]
  return first ? messageOf(first) : error.message
}

import { isError } from '../../thrown.ts'
import { call, type RedisCommands, scanCount } from './commands.ts'

/**
 * `@upstash/redis`, where each command is an HTTP request.
 *
 * If the connection breaks, the client's methods silently send a request up to five more times. Then the store cannot
 * distinguish a write that was done twice from a write that another request has overwritten. So this file sends the
 * commands itself, to the client's address and with its token.
 *
 * A read is a script, because Upstash may answer a GET from a stale replica. Scripts that may write run on the
 * primary: https://upstash.com/docs/redis/features/consistency, …/commands/scripting/eval-ro
 *
 * @param requester the object that the client uses to send its requests
 */
export function upstash(requester: object, timeoutMs: number): RedisCommands {
  const send = (command: unknown[]) => sendOnce(requester, command, timeoutMs)
  const read = (command: unknown[]) =>
    send(command).catch((error: unknown) => {
      if (isReply(error)) throw error
      return send(command)
    })

  return {
    get: (key) => read(['eval', "return redis.call('GET', KEYS[1])", 1, key]),
    async run(by, script, key, args) {
      const command = [by === 'text' ? 'eval' : 'evalsha', script, 1, key, ...args]
      try {
        return await send(command)
      } catch (error) {
        if (isReply(error)) throw error
        const result = await send(command)
        if (Number(result) === 1) return result
        // The first attempt may have succeeded, and another request may have written since. The engine looks it up.
        throw error
      }
    },
    scans: (match) => [(cursor) => read(['scan', cursor, 'match', match, 'count', scanCount])],
    policy: async () => undefined,
  }
}

async function sendOnce(requester: object, body: unknown[], timeoutMs: number): Promise<unknown> {
  const { baseUrl, headers, options } = Object(requester)
  const isOfThePackage = typeof baseUrl === 'string' && typeof headers === 'object'
  // The app wrote this requester, so only the app knows what it does.
  if (!isOfThePackage) return resultOf(Object(await call(requester, 'request', { body })))
  const response = await fetch(baseUrl, {
    method: 'POST',
    // Deno sends a request again if the connection breaks, unless its body is a Blob.
    body: new Blob([JSON.stringify(body)]),
    headers: plain(headers),
    // Ends requests that hang. The time limit of a call is that of the connection, which does not count pauses.
    signal: AbortSignal.timeout(10 * timeoutMs),
    ...(options?.cache && { cache: options.cache }),
  })
  const text = await response.text()
  let reply: object
  try {
    reply = Object(JSON.parse(text))
  } catch {
    // The message of the parser would quote the response.
    throw refusal('Upstash, or a proxy in front of it, sent a response that is not JSON')
  }
  if (!response.ok && !('error' in reply))
    throw refusal(`Upstash responded with ${response.status}`)
  return resultOf(reply)
}

/** The headers of the client, without the one that asks for base64. */
function plain({ 'Upstash-Encoding': _, ...headers }: Record<string, string>) {
  return headers
}

function resultOf(reply: { readonly result?: unknown; readonly error?: unknown }): unknown {
  if (!reply.error) return reply.result
  const message = String(reply.error)
  if (!message.includes('WRONGPASS')) throw refusal(message)
  throw refusal(`Upstash refuses the token: ${message}. Check the token of redis.client`)
}

/** An error that arrived as a response. The command was not executed, or its outcome is unknown. */
function refusal(message: string): Error {
  return Object.assign(new Error(message), { name: 'UpstashError' })
}

/**
 * True if the error is a reply of the server and not a broken connection. A server closes connections that were
 * idle, for example while the app was frozen.
 */
function isReply(error: unknown): boolean {
  return !isError(error) || /^(?:Upstash|Abort|Timeout)/.test(error.name)
}

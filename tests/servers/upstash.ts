import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { RedisServer } from './redis.ts'

export const token = 'the-token-of-the-test'

/** What happens to a command instead of its normal response. */
export type Fault =
  /** The command is not executed, and the client gets this response. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }
  /** The command is not executed, and the client gets no response. */
  | { readonly kind: 'silence' }
  /** The command is not executed, and the connection breaks, as if the server had closed it before. */
  | { readonly kind: 'closed' }
  /** The command is executed, then this function runs, then the connection breaks. */
  | { readonly kind: 'lost'; readonly meanwhile?: () => Promise<unknown> }
  /** The command is executed, and the client gets half of the response. */
  | { readonly kind: 'cut' }

/** A server that responds like the REST API of Upstash, on top of a real Redis. */
export interface UpstashFront {
  readonly url: string
  /** The names of all commands since the last call of this function, including those that were not executed. */
  commands(): string[]
  /**
   * Each fault affects one command, in order. It waits for a command for which `isDue` returns true. Default:
   * any command.
   */
  fail(faults: readonly Fault[], isDue?: (name: string) => boolean): void
  stop(): Promise<void>
}

/** Commands that Upstash may run on a replica. A script is one of them only if its command ends with `_RO`. */
const reads = new Set(['GET', 'MGET', 'EXISTS', 'SCAN', 'EVAL_RO', 'EVALSHA_RO'])

/**
 * The commands arrive as JSON arrays: one in the body of POST /, several for POST /pipeline. The
 * response is `{ "result": … }` or `{ "error": … }`, and for POST / an error has the status 400. With
 * the header `Upstash-Encoding: base64` all strings in a result except `OK` are in base64.
 *
 * https://upstash.com/docs/redis/features/restapi
 *
 * @param replica the server that responds to read-only commands
 */
export async function startUpstash(redis: RedisServer, replica = redis): Promise<UpstashFront> {
  const [writer, reader] = [await redis.look(), await replica.look()]
  const seen: string[] = []
  let faults: Fault[] = []
  let isDue: (name: string) => boolean = () => true

  async function outcome(command: unknown[], isEncoded: boolean) {
    try {
      const looker = reads.has(nameOf(command)) ? reader : writer
      const result = await looker.sendCommand(command.map(String))
      return { result: isEncoded ? encoded(result) : result }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }

  const server = createServer(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) {
      return answer(response, 401, { error: 'WRONGPASS invalid or missing auth token' })
    }
    const isEncoded = request.headers['upstash-encoding'] === 'base64'
    const body: unknown = JSON.parse(await textOf(request))
    if (!Array.isArray(body)) return answer(response, 400, { error: 'ERR failed to parse command' })
    const commands: unknown[][] = request.url === '/pipeline' ? body : [body]
    const names = commands.map(nameOf)
    seen.push(...names)
    const fault = names.some(isDue) ? faults.shift() : undefined
    if (fault?.kind === 'silence') return
    if (fault?.kind === 'closed') return request.socket.destroy()
    if (fault?.kind === 'refused') return void response.writeHead(fault.status).end(fault.body)
    const outcomes: Awaited<ReturnType<typeof outcome>>[] = []
    for (const command of commands) outcomes.push(await outcome(command, isEncoded))
    if (fault?.kind === 'lost') {
      await fault.meanwhile?.()
      return request.socket.destroy()
    }
    const [first] = outcomes
    const status = request.url !== '/pipeline' && first && 'error' in first ? 400 : 200
    const whole = request.url === '/pipeline' ? outcomes : first
    if (fault?.kind !== 'cut') return answer(response, status, whole)
    const text = JSON.stringify(whole)
    // Like a proxy that has lost its server: the HTTP response is complete, but its JSON ends halfway.
    return void response.writeHead(200).end(text.slice(0, text.length / 2))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('It has no port.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    commands: () => seen.splice(0),
    fail(next, when = () => true) {
      faults = [...next]
      isDue = when
    },
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

function nameOf([name]: unknown[]): string {
  return String(name).toUpperCase()
}

function encoded(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(encoded)
  if (typeof result !== 'string' || result === 'OK') return result
  return Buffer.from(result).toString('base64')
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

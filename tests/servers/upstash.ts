import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { RedisServer } from './redis.ts'

export const token = 'the-token-of-the-test'

/** A server that responds like the REST API of Upstash, on top of a real Redis. */
export interface UpstashFront {
  readonly url: string
  stop(): Promise<void>
}

/**
 * The commands arrive as JSON arrays: one in the body of POST /, several for POST /pipeline. The
 * response is `{ "result": … }` or `{ "error": … }`, and for POST / an error has the status 400. With
 * the header `Upstash-Encoding: base64` all strings in a result except `OK` are in base64.
 *
 * https://upstash.com/docs/redis/features/restapi
 */
export async function startUpstash(redis: RedisServer): Promise<UpstashFront> {
  const looker = await redis.look()

  async function outcome(command: unknown[], isEncoded: boolean) {
    try {
      const result = await looker.sendCommand(command.map(String))
      return { result: isEncoded ? encoded(result) : result }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }

  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    if (request.headers.authorization !== `Bearer ${token}`) {
      return answer(401, { error: 'WRONGPASS invalid or missing auth token' })
    }
    const isEncoded = request.headers['upstash-encoding'] === 'base64'
    const body: unknown = JSON.parse(await textOf(request))
    if (!Array.isArray(body)) return answer(400, { error: 'ERR failed to parse command' })
    if (request.url === '/pipeline') {
      const outcomes: unknown[] = []
      for (const command of body) outcomes.push(await outcome(command, isEncoded))
      return answer(200, outcomes)
    }
    const one = await outcome(body, isEncoded)
    return answer('error' in one ? 400 : 200, one)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('It has no port.')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }
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

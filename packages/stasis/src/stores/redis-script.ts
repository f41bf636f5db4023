import { createHash } from 'node:crypto'
import { CacheError } from '../errors.ts'
import type { Connection } from './redis-connection.ts'

export interface Script {
  readonly text: string
  readonly digest: string
}

export function script(text: string): Script {
  return { text, digest: createHash('sha1').update(text).digest('hex') }
}

/** Runs a script that uses one key. If the server does not have the script, sends the whole script. */
export async function runScript(
  connection: Connection,
  { text, digest }: Script,
  key: string,
  words: string[],
): Promise<unknown> {
  return connection.call(async (client) => {
    try {
      return await client.sendCommand(['EVALSHA', digest, '1', key, ...words])
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
      return client.sendCommand(['EVAL', text, '1', key, ...words])
    }
  })
}

/** Lists the keys on the server that start with `start`, page by page. `start` must not contain special characters. */
export async function* scanned(connection: Connection, start: string): AsyncGenerator<string[]> {
  let cursor = '0'
  do {
    const words = ['SCAN', cursor, 'MATCH', `${start}*`, 'COUNT', '1000']
    const page = await connection.call((client) => client.sendCommand(words))
    if (!Array.isArray(page) || !Array.isArray(page[1])) throw strangeReply()
    yield page[1].map(String)
    cursor = String(page[0])
  } while (cursor !== '0')
}

export function strangeReply(): CacheError {
  return new CacheError(
    'cache-unavailable',
    'The response of the cache server has an unknown format. Use Redis 6.2 or later, or Valkey.',
  )
}

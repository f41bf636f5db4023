import { clearTimeout, setTimeout } from 'node:timers'
import { SessionConfigError } from '../../errors.ts'
import { isError } from '../../thrown.ts'
import { checkClient, type RedisClient } from './client.ts'
import type { ClientSource } from './connection.ts'

/** Clients of our own, on the `redis` package, which an app installs only for this driver. */
export function ownClients(url: string, timeoutMs: number): ClientSource {
  checkUrl(url)
  return {
    isRenewable: true,
    async make() {
      const { createClient } = await load()
      const client = createClient({
        url,
        // What we use is the same in both, and this one needs less to be said on connecting.
        RESP: 2,
        disableClientInfo: true,
        disableOfflineQueue: true,
        // We keep the time ourselves; the client's own limit is for its queue only.
        commandOptions: { timeout: 0 },
        socket: {
          connectTimeout: timeoutMs,
          reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 500),
        },
      })
      checkClient(client, 'What the installed package "redis" makes')
      return client
    },
    commands: (client) => client,
    async drop(client) {
      if (!isOwn(client)) return
      // A polite end waits for answers that are under way, which a server that hangs never gives.
      const timer = setTimeout(() => client.destroy(), client.isReady ? timeoutMs : 0)
      try {
        if (client.isReady) await client.close()
        else client.destroy()
      } catch {
        // It was closed already.
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** The client that the app hands over. The app closes it; we open it where the app has not. */
export function givenClient(client: RedisClient, timeoutMs: number): ClientSource {
  checkClient(client)
  return {
    isRenewable: false,
    make: async () => client,
    // Its queue may hold commands while the server is away; not longer than we wait for them.
    commands: (given) => given.withCommandOptions({ timeout: timeoutMs, typeMapping: {} }),
    drop: async () => {},
  }
}

async function load(): Promise<typeof import('redis')> {
  try {
    const redis = await import('redis')
    if (typeof redis.createClient === 'function') return redis
    throw new Error('it has no createClient')
  } catch (error) {
    const reason = isError(error) ? error.message : String(error)
    // Node, Bun and Deno quote the name that they do not find; another name is one that "redis" needs.
    const isMissing = /(?:find|import).*['"]redis['"]/i.test(reason)
    throw new SessionConfigError(
      isMissing
        ? 'session.driver is "redis", which needs the package "redis". Install it: npm i redis'
        : `session.driver is "redis", and the package "redis" cannot be loaded: ${reason}. If a bundler has put it into the app, keep it out (esbuild: --external:redis) and install it where the app runs.`,
      { cause: error },
    )
  }
}

/** The parser's own error would quote the address, and the password in it. */
function checkUrl(url: string): void {
  if (isUrl(url)) return
  throw new SessionConfigError(
    'session.redis.url (or REDIS_URL) is not an address of a Redis server. Write "redis://host:6379", "rediss://host:6379" for TLS, "redis://user:password@host:6379/0" for a user and a database by its number; encode other characters of the password as in any URL ("%" is "%25").',
  )
}

function isUrl(url: string): boolean {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) return false
  const { username, password, pathname } = new URL(url)
  try {
    decodeURIComponent(username + password)
  } catch {
    return false
  }
  return /^\/?\d*$/.test(pathname)
}

interface OwnClient extends RedisClient {
  close(): Promise<unknown>
  destroy(): unknown
}

function isOwn(client: RedisClient): client is OwnClient {
  return 'close' in client && 'destroy' in client
}

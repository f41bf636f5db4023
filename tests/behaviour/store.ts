import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore, type SessionStore } from '@gravito/orbit'
import { createCache } from '@gravito/stasis'
import { afterAll } from 'vitest'
import { cacheStore } from '../../packages/orbit/src/stores/cache.ts'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { sqliteStore } from '../../packages/orbit/src/stores/sqlite.ts'
import { startRedis } from '../servers/redis.ts'

export const drivers = ['memory', 'file', 'redis', 'sqlite', 'cache', 'cache-redis'] as const

interface Options {
  readonly now?: () => number
}

/** What the suites of the session's behaviour run on: `SESSION_STORE=file vitest run tests/hono`. */
const driver = drivers.find((name) => name === (process.env.SESSION_STORE ?? 'memory'))
const server = driver?.includes('redis') ? await startRedis() : undefined
const folder =
  driver === 'file' || driver === 'sqlite'
    ? mkdtempSync(join(tmpdir(), 'gravito-behaviour-'))
    : undefined
const opened = new Set<SessionStore>()
let count = 0

afterAll(async () => {
  for (const store of opened) await store.close()
  await server?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

/** An empty store of the driver that the suites run on. It is closed after the file's last test. */
export function newStore(options: Options = {}): SessionStore {
  count += 1
  const store = made(options, `store${count}`)
  opened.add(store)
  return {
    ...store,
    async close() {
      opened.delete(store)
      await store.close()
    },
  }
}

function made(options: Options, name: string): SessionStore {
  const path = join(folder ?? '', name)
  const url = server?.url ?? ''
  switch (driver) {
    case 'memory':
      return memoryStore(options)
    case 'file':
      return fileStore({ ...options, path })
    case 'redis':
      return redisStore({ ...options, url, prefix: `${name}:` })
    case 'sqlite':
      return sqliteStore({ ...options, path })
    case 'cache':
      return cacheStore(createCache(options), options)
    case 'cache-redis': {
      const cache = createCache({ prefix: name, stores: { redis: { driver: 'redis', url } } })
      return { ...cacheStore(cache, options), close: () => cache.close() }
    }
    default:
      throw new Error(`SESSION_STORE names none of ${drivers.join(', ')}.`)
  }
}

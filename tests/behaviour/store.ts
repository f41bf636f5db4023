import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore, type SessionStore, type WalkableStore } from '@gravito/orbit'
import { createCache } from '@gravito/stasis'
import { afterAll } from 'vitest'
import { cacheStore } from '../../packages/orbit/src/stores/cache.ts'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { sqlStore } from '../../packages/orbit/src/stores/sql.ts'
import { sqliteStore } from '../../packages/orbit/src/stores/sqlite.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { halfMoved, lastStep } from '../stores/moving-setting.ts'

export const drivers = [
  'memory',
  'file',
  'redis',
  'upstash',
  'sqlite',
  'postgres',
  'mariadb',
  'cache',
  'cache-redis',
  'durable-object',
  'd1',
  'moving',
] as const

interface Options {
  readonly now?: () => number
}

/** The store for the suites of the session's behaviour: `SESSION_STORE=file vitest run tests/hono`. */
const driver = drivers.find((name) => name === (process.env.SESSION_STORE ?? 'memory'))
const server = /redis|upstash/.test(driver ?? '') ? await startRedis() : undefined
const upstash = driver === 'upstash' && server ? await openUpstash(server) : undefined
const sql = driver && isSql(driver) ? await openSql(driver) : undefined
const cloudflare = driver && isOfCloudflare(driver) ? await openCloudflare() : undefined
const folder =
  driver === 'file' || driver === 'sqlite' || driver === 'moving'
    ? mkdtempSync(join(tmpdir(), 'gravito-behaviour-'))
    : undefined
const open = new Set<SessionStore>()
let count = 0

afterAll(async () => {
  for (const store of open) await store.close()
  await sql?.stop()
  await upstash?.front.stop()
  await cloudflare?.stop()
  await server?.stop()
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

export function isSql(driver: (typeof drivers)[number]): driver is 'postgres' | 'mariadb' {
  return driver === 'postgres' || driver === 'mariadb'
}

/** A client that sends its commands over HTTP, and the server that receives them. */
async function openUpstash(server: RedisServer) {
  const { Redis } = await import('@upstash/redis')
  const { startUpstash, token } = await import('../servers/upstash.ts')
  const front = await startUpstash(server)
  return { front, client: new Redis({ url: front.url, token, enableTelemetry: false }) }
}

export function isOfCloudflare(
  driver: (typeof drivers)[number],
): driver is 'durable-object' | 'd1' {
  return driver === 'durable-object' || driver === 'd1'
}

/** The stores in a Worker: in the workerd that all files share, or in a separate one for this file. */
async function openCloudflare() {
  const { startStores, storeIn } = await import('../workers/stores.ts')
  const url = process.env.SESSION_WORKERD
  const own = url === undefined ? await startStores() : undefined
  return { storeIn, url: url ?? own?.url ?? '', stop: async () => own?.stop() }
}

/** A pool for the server that all files share, or for a separate server for this file. */
async function openSql(driver: 'postgres' | 'mariadb') {
  // Other drivers and runtimes do not need the packages that this loads.
  const { openers, servers } = await import('../stores/sql/setting.ts')
  const [open, { start }] =
    driver === 'postgres'
      ? [openers.pg, servers.PostgreSQL]
      : [openers['mysql2/promise'], servers.MariaDB]
  const url = process.env.SESSION_DATABASE
  const own = url === undefined ? await start() : undefined
  const { client, end } = open(url ?? own?.url ?? '')
  const stop = async () => {
    await end()
    await own?.stop()
  }
  return { client, stop }
}

/** A separate table, because other files may use the same server. */
function newTable(): string {
  return `store_${randomUUID().replaceAll('-', '_')}`
}

/**
 * A namespace of Durable Objects cannot list its keys, and the suite of that store checks this. Here the
 * written keys are remembered, so that the suites can also show and end the sessions in it.
 */
function remembering(store: SessionStore): SessionStore & WalkableStore {
  const written = new Set<string>()
  return {
    ...store,
    async compareAndSet(key, version, next) {
      const done = await store.compareAndSet(key, version, next)
      if (done && next) written.add(key)
      return done
    },
    async *keys() {
      for (const key of written) if (await store.load(key)) yield key
    },
  }
}

/** An empty store of the chosen driver. It is closed after the file's last test. */
export function newStore(options: Options = {}): SessionStore {
  count += 1
  const store = made(options, `store${count}`)
  open.add(store)
  return {
    ...store,
    async close() {
      open.delete(store)
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
    case 'upstash':
      return redisStore({ ...options, client: upstash?.client, prefix: `${name}:` })
    case 'sqlite':
      return sqliteStore({ ...options, path })
    case 'postgres':
    case 'mariadb':
      if (!sql) throw new Error('The SQL server is not running.')
      return sqlStore({ ...options, client: sql.client, table: newTable(), createTable: true })
    case 'cache':
      return cacheStore(createCache(options), options)
    case 'cache-redis': {
      const cache = createCache({ prefix: name, stores: { redis: { driver: 'redis', url } } })
      return { ...cacheStore(cache, options), close: () => cache.close() }
    }
    case 'durable-object':
    case 'd1': {
      if (!cloudflare) throw new Error('workerd is not running.')
      const { storeIn, url } = cloudflare
      const store = storeIn(url, driver, newTable(), options.now ?? Date.now)
      return store.keys ? store : remembering(store)
    }
    case 'moving': {
      const pair = { to: fileStore({ ...options, path }), from: memoryStore(options) }
      // Some records are in the old store, some in the new one, and some at each step between.
      const stepsOf = (key: string) => key.charCodeAt(key.length - 2) % (lastStep + 1)
      return halfMoved(pair, options.now ?? Date.now, stepsOf)
    }
    default:
      throw new Error(`SESSION_STORE must be one of ${drivers.join(', ')}.`)
  }
}

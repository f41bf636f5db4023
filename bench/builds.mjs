// Loads a build of the package and creates an app on each of its drivers. The build may be from another commit, so
// this file uses only features that both commits have. The exception is `endAll`, which supports older builds.

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Hono } from 'hono'
import { openSql } from './sql-servers.mjs'

const notes = 'x'.repeat(500)

/**
 * Loads the build of a checkout by the paths of its files, because `@gravito/orbit` resolves to only one build.
 * Its stores keep their records in this folder, under this prefix in the Redis at this URL, or in a table with
 * the prefix as its name.
 */
export async function loadBuild(root, { folder, prefix, url }) {
  const load = (path) => import(pathToFileURL(join(root, 'packages', path)).href)
  if (!existsSync(join(root, 'packages/orbit/dist'))) {
    throw new Error(`There is no build in ${root}. Run npm ci and npm run build there.`)
  }
  const { memoryStore, session } = await load('orbit/dist/index.js')
  const { fileStore } = await load('orbit/dist/stores/file.js')
  const { sqliteStore } = await load('orbit/dist/stores/sqlite.js')
  const { redisStore } = await load('orbit/dist/stores/redis.js')
  const { cacheStore } = await load('orbit/dist/stores/cache.js')
  const { createCache } = await load('stasis/dist/index.js')

  const onCache = (options) => {
    const cache = createCache({ prefix, stores: { one: options } })
    return { store: cacheStore(cache), end: () => cache.close() }
  }
  const onSql = async (name) => {
    const { sqlStore } = await load('orbit/dist/stores/sql.js')
    const { client, look, end } = await openSql(name)
    const table = prefix.replaceAll('-', '_')
    const drop = () => look(`DROP TABLE ${table}`)
    return {
      store: sqlStore({ client, table, createTable: true }),
      end: () => drop().finally(end),
    }
  }
  const open = {
    memory: () => ({ store: memoryStore() }),
    sqlite: () => ({ store: sqliteStore({ path: join(folder, 'a.sqlite') }) }),
    'sqlite, fsync': () => ({
      store: sqliteStore({ path: join(folder, 'b.sqlite'), fsync: true }),
    }),
    file: () => ({ store: fileStore({ path: join(folder, 'a') }) }),
    'file, fsync': () => ({ store: fileStore({ path: join(folder, 'b'), fsync: true }) }),
    redis: () => ({ store: redisStore({ url, prefix }) }),
    postgres: () => onSql('postgres'),
    mariadb: () => onSql('mariadb'),
    'cache in redis': () => onCache({ driver: 'redis', url }),
    'cache in memory': () => onCache({ driver: 'memory' }),
  }

  /** Ends every session of a user. In older builds, each store does this itself, by the hash of the user id. */
  async function endAll(c, store, user) {
    if (!('destroyOwner' in store)) return c.get('sessions').of(user).endAll()
    const { Owners } = await load('orbit/dist/session/owner.js')
    const owners = new Owners(['userId'], 'session')
    return store.destroyOwner(owners.of({ data: new Map([['userId', user]]) }))
  }

  /** Creates an app on a new store. It responds with 401 if a client that is not signed in reads. */
  async function openApp(driver) {
    const { store, end } = await open[driver]()
    await store.ready?.()
    const app = new Hono()
    app.use(session({ store, secret: randomUUID(), csrf: { enabled: false } }))
    app.get('/login', (c) => c.text(c.get('csrf').token()))
    app.post('/sign-in/:user', (c) => {
      c.get('session').put('notes', notes)
      c.get('session').signIn(c.req.param('user'))
      return c.text('in')
    })
    app.get('/read', (c) => {
      const user = c.get('session').get('userId', null)
      return user === null ? c.text('nobody', 401) : c.text(user)
    })
    app.post('/write', (c) => c.text(String(c.get('session').increment('clicks'))))
    app.post('/sign-out', (c) => {
      c.get('session').signOut()
      return c.text('out')
    })
    app.post('/end-all/:user', async (c) => {
      return c.text(String(await endAll(c, store, c.req.param('user'))))
    })
    const close = async () => {
      await store.close()
      await end?.()
    }
    return { app, prefix, close }
  }

  return { openApp }
}

/** All drivers. With `fsync` and on SQL servers, each write waits for the disk, so these rounds have fewer requests. */
export const drivers = [
  { name: 'memory' },
  { name: 'sqlite' },
  { name: 'sqlite, fsync', isOnDisk: true, isSynced: true },
  { name: 'file', isOnDisk: true },
  { name: 'file, fsync', isOnDisk: true, isSynced: true },
  { name: 'redis', isOnRedis: true },
  { name: 'postgres', isOnDisk: true, isSynced: true },
  { name: 'mariadb', isOnDisk: true, isSynced: true },
  { name: 'cache in redis', isOnRedis: true },
  { name: 'cache in memory' },
]

/** Creates an app with the same routes, but without sessions. Every figure includes the cost of this app. */
export function appWithoutSessions() {
  const app = new Hono()
  app.get('/read', (c) => c.text('ada'))
  app.post('/write', (c) => c.text('1'))
  return app
}

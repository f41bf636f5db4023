import { Hono } from 'hono'
import { MemoryStore, sessionMiddleware } from 'hono-sessions'
import { addRoutes, serve } from './on-hono.mjs'
import { TextStore } from './text-store.mjs'
import { secret } from './world.mjs'

/** With its memory store, which returns the same objects to all requests. */
export const honoSessions = {
  label: ['hono-', 'sessions', 'memory'],
  packages: ['hono-sessions', 'hono'],
  settings: 'as in its README, with its MemoryStore',
  open: (world) => openInMemory(world, secret),
}

/** Without the key that encrypts the cookie. Its README recommends this key, but encryption costs time. */
export const honoSessionsPlain = { open: (world) => openInMemory(world, undefined) }

/** With the four statements of its BunSqliteStore on a Map, because that store does not run on Node. */
export const honoSessionsAsText = {
  label: ['hono-', 'sessions', 'as text'],
  packages: ['hono-sessions', 'hono'],
  settings: 'the same, with a store that keeps strings like its BunSqliteStore',
  open(world) {
    const records = new TextStore(world)
    const store = {
      getSessionById: (id) => records.get(id),
      createSession: (id, data) => records.set(id, data),
      persistSessionData: (id, data) => records.update(id, data),
      deleteSession: (id) => records.delete(id),
    }
    return { listen: () => listen(store, world, secret), count: () => records.size }
  },
}

function openInMemory(world, encryptionKey) {
  class Store extends MemoryStore {
    getSessionById(id) {
      world.check('read')
      return super.getSessionById(id)
    }
    createSession(id, data) {
      world.check('write')
      super.createSession(id, data)
    }
    persistSessionData(id, data) {
      world.check('write')
      super.persistSessionData(id, data)
    }
  }
  const store = new Store()
  return { listen: () => listen(store, world, encryptionKey), count: () => store.data.size }
}

function listen(store, world, encryptionKey) {
  const app = new Hono()
  app.use(
    '*',
    sessionMiddleware({
      store,
      ...(encryptionKey && { encryptionKey }),
      expireAfterSeconds: 900,
      autoExtendExpiration: true,
      cookieOptions: { sameSite: 'Lax', path: '/', httpOnly: true },
    }),
  )
  const put = (session, values) => {
    for (const [key, value] of Object.entries(values)) session.set(key, value)
  }
  addRoutes(app, world, {
    open: (c) => c.get('session'),
    get: (session, key) => session.get(key),
    put,
    increment: (session) => session.set('clicks', (session.get('clicks') ?? 0) + 1),
    signIn(session, values, c) {
      c.set('session_key_rotation', true)
      put(session, values)
    },
    signOut: (session) => session.deleteSession(),
  })
  app.onError((_, c) => c.text('error', 500))
  return serve(app)
}

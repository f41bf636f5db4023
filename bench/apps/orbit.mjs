import { memoryStore, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { addRoutes, serve } from './on-hono.mjs'
import { secret } from './world.mjs'

export const orbit = {
  label: ['', 'orbit', ''],
  packages: ['@gravito/orbit', 'hono'],
  settings: 'its defaults, CSRF protection included',
  open: (world) => open(world, {}),
}

/** The others check nothing of the kind. */
export const orbitWithoutCsrf = { open: (world) => open(world, { csrf: { enabled: false } }) }

function open(world, options) {
  const memory = memoryStore()
  const keys = new Set()
  // The memory store, which may fail, and of which one may know how many records it holds.
  const store = {
    ...memory,
    load(key) {
      world.check('read')
      return memory.load(key)
    },
    create(key, record) {
      world.check('write')
      const outcome = memory.create(key, record)
      if (outcome === 'created') keys.add(key)
      return outcome
    },
    replace(...args) {
      world.check('write')
      return memory.replace(...args)
    },
    destroy(...args) {
      const destroyed = memory.destroy(...args)
      if (destroyed) keys.delete(args[0])
      return destroyed
    },
  }
  const app = new Hono()
  app.use(session({ secret, store, ...options }))
  addRoutes(app, world, {
    open: (c) => c.get('session'),
    get: (session, key) => session.get(key),
    put: (session, values) => session.put(values),
    increment: (session) => session.increment('clicks'),
    signIn(session, values) {
      session.regenerate()
      session.put(values)
    },
    signOut: (session) => session.invalidate(),
  })
  return { listen: () => serve(app), count: () => keys.size }
}

import { Hono } from 'hono'
import { fromBuild } from './build.mjs'
import { addRoutes, serve } from './on-hono.mjs'
import { secret } from './world.mjs'

const { memoryStore, session } = await fromBuild('index.js')

export const orbit = {
  label: ['', 'orbit', ''],
  packages: ['@gravito/orbit', 'hono'],
  settings: 'its defaults, CSRF protection included',
  open: (world) => open(world, {}),
}

/** Without the CSRF check, which the other libraries do not have. */
export const orbitWithoutCsrf = { open: (world) => open(world, { csrf: { enabled: false } }) }

export const orbitOnRedis = {
  open(world) {
    return {
      async listen() {
        const { redisStore } = await fromBuild('stores/redis.js')
        const store = redisStore({ url: process.env.REDIS_URL, prefix: process.env.BENCH_PREFIX })
        return serve(appOn(store, world, {}))
      },
    }
  },
}

function open(world, options) {
  const memory = memoryStore()
  // The memory store, with methods that fail on request.
  const store = {
    ...memory,
    load(key) {
      world.check('read')
      return memory.load(key)
    },
    compareAndSet(key, version, next) {
      if (next) world.check('write')
      return memory.compareAndSet(key, version, next)
    },
  }
  const app = appOn(store, world, options)
  return { listen: () => serve(app), count: () => [...memory.keys()].length }
}

function appOn(store, world, options) {
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
  return app
}

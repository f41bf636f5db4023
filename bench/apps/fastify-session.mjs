import cookie from '@fastify/cookie'
import session from '@fastify/session'
import fastify from 'fastify'
import { secret, signedIn } from './world.mjs'

/** As in its README. */
export const fastifySession = {
  label: ['@fastify/', 'session', ''],
  packages: ['@fastify/session', '@fastify/cookie', 'fastify'],
  settings:
    'its defaults, with its memory store; cookie.secure: false, which its README requires for http',
  open: (world) => open(world, {}),
}

/** With the options that cause the fewest store calls. */
export const fastifySessionTuned = {
  label: ['@fastify/', 'session', 'tuned'],
  packages: ['@fastify/session', '@fastify/cookie', 'fastify'],
  settings: 'the same, with saveUninitialized: false and rolling: false',
  open: (world) => open(world, { saveUninitialized: false, rolling: false }),
}

function open(world, options) {
  const records = new Map()
  class Store extends session.Store {
    get(id, done) {
      if (world.fails.read) done(new Error('the store cannot read'))
      else super.get(id, done)
    }
    set(id, data, done) {
      if (world.fails.write) done(new Error('the store cannot write'))
      else super.set(id, data, done)
    }
  }
  const app = fastify()
  app.register(cookie)
  app.register(session, {
    secret,
    store: new Store(records),
    cookie: { secure: false },
    ...options,
  })
  addRoutes(app, world)
  return { listen: () => app.listen({ port: 0, host: '127.0.0.1' }), count: () => records.size }
}

function addRoutes(app, world) {
  app.get('/me', (request) => ({ userId: request.session.get('userId') ?? null }))
  app.get('/unused', () => ({ ok: true }))
  app.post('/check', () => ({ ok: true }))
  app.get('/slow/:gate', async (request) => {
    const userId = request.session.get('userId')
    await world.work(request.params.gate, 'first')
    return { userId: userId ?? null }
  })
  app.get('/keys', ({ session }) => {
    const keys = {}
    for (const key of ['a', 'b', 'clicks']) keys[key] = session.get(key) ?? null
    return keys
  })
  const changes = (change) => async (request) => {
    await world.work(request.params.gate, 'first')
    await change(request)
    await world.work(request.params.gate, 'last')
    return { ok: true }
  }
  const put = (request, values) => {
    for (const [key, value] of Object.entries(values)) request.session.set(key, value)
  }
  app.post(
    '/put/:key/:gate?',
    changes((request) => put(request, { [request.params.key]: true })),
  )
  app.post(
    '/increment/:gate?',
    changes(({ session }) => session.set('clicks', (session.get('clicks') ?? 0) + 1)),
  )
  app.post(
    '/sign-in',
    changes(async (request) => {
      await request.session.regenerate()
      put(request, signedIn)
    }),
  )
  app.post(
    '/sign-in/plain',
    changes((request) => put(request, signedIn)),
  )
  app.post(
    '/sign-out',
    changes((request) => request.session.destroy()),
  )
}

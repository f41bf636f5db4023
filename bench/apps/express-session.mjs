import express from 'express'
import session from 'express-session'
import { secret, signedIn } from './world.mjs'

/** With the options that cause the fewest store calls. */
export const expressSession = {
  label: ['express-', 'session', ''],
  packages: ['express-session', 'express'],
  settings: 'resave: false, saveUninitialized: false, on its MemoryStore',
  open: (world) => open(world, { resave: false, saveUninitialized: false }),
}

/** It requires these two, and accepts them without a check. */
export const expressSessionDefaults = {
  open: (world) => open(world, { resave: true, saveUninitialized: true }),
}

function open(world, options) {
  class Store extends session.MemoryStore {
    get(id, done) {
      if (world.fails.read) done(new Error('the store cannot read'))
      else super.get(id, done)
    }
    set(id, data, done) {
      if (world.fails.write) done(new Error('the store cannot write'))
      else super.set(id, data, done)
    }
  }
  const store = new Store()
  const app = express()
  app.use(
    session({
      secret,
      store,
      ...options,
    }),
  )
  addRoutes(app, world)
  app.use((_error, _req, res, _next) => res.status(500).send('error'))
  return {
    listen: () => serve(app),
    count: () =>
      new Promise((resolve, reject) => {
        store.length((error, length) => (error ? reject(error) : resolve(length)))
      }),
  }
}

function addRoutes(app, world) {
  app.get('/me', (req, res) => {
    res.json({ userId: req.session.userId ?? null })
  })
  app.get('/unused', (_req, res) => {
    res.json({ ok: true })
  })
  app.post('/check', (_req, res) => {
    res.json({ ok: true })
  })
  app.get('/slow/:gate', async (req, res) => {
    const { userId } = req.session
    await world.work(req.params.gate, 'first')
    res.json({ userId: userId ?? null })
  })
  app.get('/keys', (req, res) => {
    const { a = null, b = null, clicks = null } = req.session
    res.json({ a, b, clicks })
  })
  const changes = (change) => async (req, res) => {
    await world.work(req.params.gate, 'first')
    change(req)
    await world.work(req.params.gate, 'last')
    res.json({ ok: true })
  }
  app.post(
    '/put/:key{/:gate}',
    changes((req) => {
      req.session[req.params.key] = true
    }),
  )
  app.post(
    '/increment{/:gate}',
    changes((req) => {
      req.session.clicks = (req.session.clicks ?? 0) + 1
    }),
  )
  app.post(
    '/sign-in/plain',
    changes((req) => Object.assign(req.session, signedIn)),
  )
  app.post('/sign-in', (req, res, next) => {
    req.session.regenerate((failure) => {
      if (failure) return next(failure)
      Object.assign(req.session, signedIn)
      req.session.save((error) => (error ? next(error) : res.json({ ok: true })))
    })
  })
  app.post('/sign-out', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.json({ ok: true })))
  })
}

export function serve(app) {
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${server.address().port}`)
    })
  })
}

// The small app without sessions. It shows the cost of the framework itself.

import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { serve as serveExpress } from './express-session.mjs'
import { addRoutes, serve } from './on-hono.mjs'

export const bareHono = { open: (world) => ({ listen: () => serve(onHono(new Hono(), world)) }) }

/** An app with a middleware that does nothing. */
export const doesNothing = {
  open(world) {
    const app = new Hono()
    app.use(async function nothing(_, next) {
      await next()
    })
    return { listen: () => serve(onHono(app, world)) }
  },
}

/** A middleware that only sets the headers that a session sets. */
export const headersOnly = {
  open(world) {
    const app = new Hono()
    app.use(setHeaders)
    return { listen: () => serve(onHono(app, world)) }
  },
}

export async function setHeaders(c, next) {
  await next()
  c.res.headers.set('Cache-Control', 'private')
  c.res.headers.set('Vary', 'Cookie')
}

/** An app that sets constant headers, like those of a visitor's first response. */
export const headersAndCookies = {
  open(world) {
    const attributes = 'Max-Age=43200; Path=/; SameSite=Lax'
    const cookies = [
      `session=v.${'x'.repeat(54)}.${'y'.repeat(43)}; ${attributes}; HttpOnly`,
      `XSRF-TOKEN=${'z'.repeat(43)}; ${attributes}`,
    ]
    const app = new Hono()
    app.use(setHeaders)
    app.use(async function setCookies(c, next) {
      await next()
      for (const cookie of cookies) c.res.headers.append('Set-Cookie', cookie)
    })
    return { listen: () => serve(onHono(app, world)) }
  },
}

export const bareExpress = {
  open() {
    const app = express()
    app.get('/me', (_req, res) => {
      res.json({ userId: 'ada' })
    })
    app.get('/unused', (_req, res) => {
      res.json({ ok: true })
    })
    for (const path of ['/increment', '/check']) {
      app.post(path, (_req, res) => {
        res.json({ ok: true })
      })
    }
    return { listen: () => serveExpress(app) }
  },
}

export const bareFastify = {
  open() {
    const app = fastify()
    app.get('/me', () => ({ userId: 'ada' }))
    app.get('/unused', () => ({ ok: true }))
    for (const path of ['/increment', '/check']) app.post(path, () => ({ ok: true }))
    return { listen: () => app.listen({ port: 0, host: '127.0.0.1' }) }
  },
}

/** The same handlers as with a session, but without changes of data. */
function onHono(app, world) {
  const nothing = () => undefined
  addRoutes(app, world, {
    open: nothing,
    get: () => 'ada',
    put: nothing,
    increment: nothing,
    signIn: nothing,
    signOut: nothing,
  })
  return app
}

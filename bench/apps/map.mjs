import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { addRoutes, serve } from './on-hono.mjs'

/** A session without a library: an id in a cookie, and the sessions in a Map, where they stay forever. */
export const handWritten = {
  open(world) {
    const sessions = new Map()
    const app = new Hono()
    addRoutes(app, world, {
      open: (c) => sessions.get(getCookie(c, 'session')),
      get: (session, key) => session?.[key],
      put: (session, values) => Object.assign(session, values),
      increment(session) {
        session.clicks = (session.clicks ?? 0) + 1
      },
      signIn(_, values, c) {
        const id = randomUUID()
        sessions.set(id, { ...values })
        setCookie(c, 'session', id, { httpOnly: true, sameSite: 'Lax', path: '/' })
      },
      signOut() {},
    })
    return { listen: () => serve(app), count: () => sessions.size }
  },
}

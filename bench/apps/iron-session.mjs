import { Hono } from 'hono'
import { getIronSession } from 'iron-session'
import { addRoutes, serve } from './on-hono.mjs'
import { secret } from './world.mjs'

/** The whole session is in the cookie, so there is no store that can fail or fill up. */
export const ironSession = {
  label: ['iron-', 'session', ''],
  packages: ['iron-session', 'hono'],
  settings: 'its defaults; secure: false, which its README requires for http',
  open(world) {
    const app = new Hono()
    const options = { password: secret, cookieName: 'session', cookieOptions: { secure: false } }
    const put = async (session, values) => {
      Object.assign(session, values)
      await session.save()
    }
    addRoutes(app, world, {
      open: (c) => getIronSession(c.req.raw, c.res, options),
      get: (session, key) => session[key],
      put,
      increment: (session) => put(session, { clicks: (session.clicks ?? 0) + 1 }),
      signIn: put,
      signOut: (session) => session.destroy(),
    })
    app.onError((_, c) => c.text('error', 500))
    return { listen: () => serve(app) }
  },
}

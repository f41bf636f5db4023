// Apps whose session cookies have different scopes, in a separate process: `scopes.mjs <which>`.

import { memoryStore, session } from '@gravito/orbit'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { html, raw } from 'hono/html'

const [, , which] = process.argv
const secret = 'a secret of at least thirty-two bytes'

const apps = { moved, below, shop, apart }
serve({ fetch: apps[which]().fetch, port: Number(process.env.PORT) })

/** One app before and after a change of its cookie's scope, with the same store and secret. */
function moved() {
  const store = memoryStore()
  const options = { secret, store, idleTimeoutSeconds: 3600 }
  const before = {
    domain: person({ ...options, cookie: { domain: 'shop.localhost' } }),
    path: person({ ...options, cookie: { path: '/shop' } }),
  }
  const after = person(options)
  let current = after

  const app = new Hono()
  app.put('/scope/:scope', (c) => {
    current = before[c.req.param('scope')] ?? after
    return c.body(null, 204)
  })
  app.all('*', (c) => current.fetch(c.req.raw))
  return app
}

/** A session for the part of the app below `/admin`. The front page reads it too. */
function below() {
  const app = person({ secret, cookie: { path: '/admin' } }, ['/admin'])
  app.get('/', (c) => c.html(page(c.get('session'), '')))
  return app
}

/** A shop, and admin pages with a separate session, as in `docs/recipes/two-sessions.md`. */
function shop() {
  const app = new Hono()
  app.use(session({ secret }))
  app.use(
    session({
      secret,
      exposeAs: 'adminSession',
      cookie: { name: 'admin', path: '/admin' },
      csrf: {
        exposeAs: 'adminCsrf',
        cookieName: 'ADMIN-XSRF-TOKEN',
        headerName: 'X-Admin-CSRF-Token',
        fieldNames: ['_admin_token'],
      },
    }),
  )
  pages(app, '', (c) => [c.get('session'), c.get('csrf')])
  pages(app, '/admin', (c) => [c.get('adminSession'), c.get('adminCsrf'), c.get('csrf')])
  return app
}

/** The same, with the admin middleware before the shop's session. */
function apart() {
  const app = new Hono()
  const ours = (c) => [c.get('session'), c.get('csrf')]
  app.use('/admin/*', session({ secret, cookie: { name: 'admin', path: '/admin' } }))
  pages(app, '/admin', ours)
  app.use(session({ secret }))
  pages(app, '', ours)
  return app
}

/** An app with a session with these options, and with pages at these paths. */
function person(options, paths = ['', '/shop']) {
  const app = new Hono()
  app.use(session(options))
  for (const path of paths) pages(app, path, (c) => [c.get('session'), c.get('csrf')])
  return app
}

function pages(app, at, of) {
  app.get(at || '/', (c) => {
    const [current, ...tokens] = of(c)
    const field = raw(tokens.map((csrf) => csrf.field()).join(''))
    const forms = html`
      <form method="post" action="${at}/sign-in">
        ${field} <label>Your name <input name="name"></label> <button>Sign in</button>
      </form>
      <form method="post" action="${at}/sign-out">${field} <button>Sign out</button></form>`
    return c.html(page(current, forms))
  })
  app.post(`${at}/sign-in`, async (c) => {
    const { name } = await c.req.parseBody()
    of(c)[0].signIn(name)
    return c.redirect(at || '/', 303)
  })
  app.post(`${at}/sign-out`, (c) => {
    of(c)[0].signOut()
    return c.redirect(at || '/', 303)
  })
}

function page(current, body) {
  return html`<!doctype html>
    <title>App</title><link rel="icon" href="data:,">
    <h1>${current.get('userId', 'nobody')}</h1>
    ${body}`
}

// An app that redirects to the address in its query, with `localPath` and with a check of the
// string.

import { localPath } from '@gravito/orbit'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()

app.get('/favicon.ico', (c) => c.body(null, 204))
app.get('/checked', (c) => c.redirect(localPath(c, c.req.query('to'), '/fallback'), 303))
app.get('/checked-path', (c) => c.json(localPath(c, c.req.query('to'), '/fallback')))
app.get('/looked-at', (c) => c.redirect(byItsLook(c.req.query('to')), 303))
app.get('/looked-at-path', (c) => c.json(byItsLook(c.req.query('to'))))
app.all('*', (c) => c.html('<!doctype html><title>App</title><link rel="icon" href="data:,">'))

serve({ fetch: app.fetch, port: Number(process.env.PORT) })

/** What many apps do: check for one slash at the start, but not two. */
function byItsLook(to = '') {
  return to.startsWith('/') && !to.startsWith('//') ? to : '/fallback'
}

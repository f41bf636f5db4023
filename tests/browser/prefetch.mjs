// An app that flashes a message, and a page that lets the browser prefetch another one.

import { session } from '@gravito/orbit'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { html, raw } from 'hono/html'

const app = new Hono()
const rules = JSON.stringify({ prefetch: [{ urls: ['/in-advance'], eagerness: 'immediate' }] })
const hints = {
  'a link': raw('<link rel="prefetch" href="/in-advance">'),
  'speculation rules': raw(`<script type="speculationrules">${rules}</script>`),
}

app.get('/favicon.ico', (c) => c.body(null, 204))
app.use(session())

app.get('/', (c) =>
  c.html(
    page(html`<form method="post" action="/save">
      ${raw(c.get('csrf').field())} <button>Save</button>
    </form>`),
  ),
)
app.post('/save', (c) => {
  c.get('session').flash('message', 'Saved.')
  return c.redirect('/list', 303)
})
// Does not use the session.
app.get('/list', (c) =>
  c.html(page(html`${hints[c.req.query('hint')] ?? ''}<a href="/next">Next</a>`)),
)
app.on('GET', ['/next', '/in-advance'], (c) => {
  const message = c.get('session').getFlash('message', 'No message.')
  return c.html(page(html`<p role="status">${message}</p>`))
})

serve({ fetch: app.fetch, port: Number(process.env.PORT) })

function page(body) {
  return html`<!doctype html><title>App</title><link rel="icon" href="data:,">${body}`
}

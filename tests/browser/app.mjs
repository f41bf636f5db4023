// An app in a separate process: `app.mjs <settings as JSON>`, see app.ts.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import { memoryStore, session, sessionsOf } from '@gravito/orbit'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { html, raw } from 'hono/html'
import { makeGates } from './gates.mjs'
import { scripted, scriptsOf } from './scripted.mjs'

const { options = {}, tls, scripts } = JSON.parse(process.argv[2])
const { csrf: { trustedOrigins = [] } = {} } = options

const app = new Hono()
const gates = makeGates()
const store = memoryStore()
const sessions = sessionsOf(store, options)
const names = new Set()
/** How often the handler of each path has run. */
const runs = new Map()

// Only for the test, not for users.
app.route('/gates', gates.control)
app.get('/sessions', async (c) => {
  const listed = await Promise.all([...names].map((name) => sessions.of(name).list()))
  return c.json({ count: listed.flat().length })
})
app.delete('/sessions/:name', async (c) => {
  await sessions.of(c.req.param('name')).endAll()
  return c.body(null, 204)
})
app.get('/runs/:path{.+}', (c) => c.json({ count: runs.get(`/${c.req.param('path')}`) ?? 0 }))
app.get('/favicon.ico', (c) => c.body(null, 204))
app.get('/scripts/:name', (c) => {
  const file = scripts[c.req.param('name')]
  return c.body(readFileSync(file), 200, { 'Content-Type': 'text/javascript' })
})

app.use(async (c, next) => {
  await gates.pass(`arrival of ${gateOf(c)}`)
  await next()
  await gates.pass(`answer to ${gateOf(c)}`)
})
if (trustedOrigins.length > 0) {
  app.use(cors({ origin: trustedOrigins, credentials: true }))
}
app.use(session({ ...options, store }))
app.use(async (c, next) => {
  // The handler uses the session as it is now, however long the request is held.
  c.get('session').get('userId')
  await gates.pass(gateOf(c))
  runs.set(c.req.path, (runs.get(c.req.path) ?? 0) + 1)
  await next()
})

app.get('/', (c) => {
  const name = c.get('session').get('userId', null)
  const message = c.get('session').getFlash('message', null)
  return c.html(
    page(
      'Home',
      html`${message && html`<p role="status">${message}</p>`}
      ${name === null ? signInForm(c) : html`<p>Signed in as ${name}</p>${signOutForm(c)}`}
      <p><a href="/diary">Diary</a> <a href="/elsewhere">Another page</a></p>`,
    ),
  )
})

app.get('/diary', (c) => diary(c))
// An app may allow browsers to cache its private page.
app.get('/kept-diary', (c) => {
  c.header('Cache-Control', 'private, max-age=600')
  return diary(c)
})
app.get('/elsewhere', (c) => c.html(page('Elsewhere', html`<a href="/">Home</a>`)))
app.get(`/:library{${scripted}}`, (c) => {
  const { library } = c.req.param()
  return c.html(page(library, scriptsOf(library)))
})

app.post('/sign-in', async (c) => {
  const { name } = await c.req.parseBody()
  signIn(c, name)
  c.get('session').flash('message', `Welcome, ${name}.`)
  return c.redirect('/', 303)
})
app.post('/sign-out', (c) => {
  c.get('session').invalidate()
  return c.redirect('/', 303)
})
app.post('/notes', async (c) => {
  const { note } = await c.req.parseBody()
  c.get('session').push('notes', note)
  return c.redirect('/diary', 303)
})

app.get('/api/me', (c) => c.json(state(c)))
app.get('/api/csrf', (c) => c.json({ token: c.get('csrf').token() }))
app.get('/api/parts/:number', (c) => c.json(state(c)))
app.get('/api/more-parts/:number', (c) => c.json(state(c)))
app.post('/api/sign-in', async (c) => {
  signIn(c, (await sentData(c)).name)
  return c.json({ ok: true })
})
app.post('/api/renew', (c) => {
  c.get('session').regenerate()
  return c.json({ ok: true })
})
app.post('/api/notes', async (c) => {
  const { note } = await sentData(c)
  c.get('session').push('notes', note)
  return c.json(state(c))
})
app.post('/api/echo', async (c) => {
  const [type = ''] = (c.req.header('Content-Type') ?? '').split(';')
  return c.json({ userId: state(c).userId, type, text: await c.req.text() })
})
app.post('/api/forwarded', (c) => c.redirect('/api/echo', 307))

const port = Number(process.env.PORT)
if (tls) {
  // HTTP/2, so that a browser can have more than six open requests.
  const [key, cert] = [readFileSync(tls.key), readFileSync(tls.cert)]
  const serverOptions = { key, cert, allowHTTP1: true }
  serve({ fetch: app.fetch, port, createServer: createSecureServer, serverOptions })
} else {
  serve({ fetch: app.fetch, port, createServer })
}

/** All parts of a page share one gate. */
function gateOf(c) {
  return `${c.req.method} ${c.req.path.replace(/\/\d+$/, '')}`
}

/** htmx sends a form, the others send JSON. */
function sentData(c) {
  const isJson = c.req.header('Content-Type')?.startsWith('application/json')
  return isJson ? c.req.json() : c.req.parseBody()
}

function signIn(c, name) {
  names.add(name)
  c.get('session').put('userId', name)
}

function state(c) {
  const { userId = null, notes = [] } = c.get('session').only('userId', 'notes')
  return { userId, notes }
}

function diary(c) {
  const { userId, notes } = state(c)
  if (userId === null) return c.redirect('/', 303)
  return c.html(
    page(
      `Diary of ${userId}`,
      html`<ul aria-label="Notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>
      <form method="post" action="/notes">
        ${raw(c.get('csrf').field())}
        <label>Note <input name="note"></label> <button>Keep</button>
      </form>
      ${signOutForm(c)}
      <p><a href="/">Home</a></p>`,
    ),
  )
}

function signInForm(c) {
  return html`<form method="post" action="/sign-in">
    ${raw(c.get('csrf').field())}
    <label>Your name <input name="name"></label> <button>Sign in</button>
  </form>`
}

function signOutForm(c) {
  return html`<form method="post" action="/sign-out">
    ${raw(c.get('csrf').field())} <button>Sign out</button>
  </form>`
}

function page(title, body) {
  return html`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,"></head>
  <body><h1>${title}</h1>${body}</body>
</html>`
}

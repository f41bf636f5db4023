// A server of a process of its own, with the options of its session as JSON in its first argument.

import { session } from '@gravito/orbit'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.use(session(JSON.parse(process.argv[2] ?? '{}')))
app.get('/', (c) => c.json(c.get('session').all()))
app.get('/message', (c) => c.json(c.get('session').getFlash('success', null)))
app.post('/add', (c) => c.json(c.get('session').increment('added')))
app.post('/logout', (c) => {
  c.get('session').signOut()
  return c.redirect('/', 303)
})

serve({ fetch: app.fetch, port: Number(process.env.PORT) })

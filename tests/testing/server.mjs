// A server in a separate process. Its first argument contains its session options as JSON.

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

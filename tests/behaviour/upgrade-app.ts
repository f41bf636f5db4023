// An app on Deno with a WebSocket handler that uses the session. upgrades.test.ts runs it.
import { Hono } from 'hono'
import { upgradeWebSocket } from 'hono/deno'
import { session } from '../../packages/orbit/src/index.ts'

declare const Deno: { serve(options: object, fetch: Hono['fetch']): void }

const app = new Hono()
app.use(session())
app.get('/visits', (c) => c.json(c.get('session').get<number>('visits', 0)))
app.post('/visits', (c) => c.json(c.get('session').increment('visits')))
app.get(
  '/socket',
  upgradeWebSocket((c) => {
    const visits = c.get('session').increment('visits')
    return { onOpen: (_, socket) => socket.send(`visit ${visits}`) }
  }),
)

Deno.serve({ port: Number(process.env.PORT) }, app.fetch)

import { session } from '@gravito/orbit'
import { d1Store, durableObjectStore } from '@gravito/orbit/cloudflare'
import { type Context, Hono } from 'hono'
import type { Env } from './env.ts'

const app = new Hono<{ Bindings: Env }>()
app.onError((error, c) => c.text(`${error.message} ${String(error.cause)}`, 500))
// Before the move, all sessions are in D1.
app.use(
  session({
    store: ({ env }: Context<{ Bindings: Env }>) => {
      const d1 = d1Store(env.DB, { createTable: true })
      return env.STORE === 'd1' ? d1 : [durableObjectStore(env.SESSIONS), d1]
    },
  }),
)
app.get('/', (c) => c.json(c.get('session').all()))
app.post('/', (c) => c.json(c.get('session').increment('count')))
app.post('/gate/:gate', async (c) => {
  const count = c.get('session').increment('count')
  await c.env.GATE.fetch(`https://gate.invalid/${c.req.param('gate')}`)
  return c.json(count)
})
app.post('/login', (c) => {
  c.get('session').signIn('ada')
  return c.json({})
})
app.post('/logout', (c) => {
  c.get('session').signOut()
  return c.json({})
})
app.get('/devices', async (c) => c.json((await c.get('sessions').of('ada').list()).length))

export default app

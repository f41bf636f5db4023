import { session } from '@gravito/orbit'
import { Hono } from 'hono'

// Every runtime has `process`, but not its types.
declare const process: { versions: Record<string, string> }

const app = new Hono()
app.use(session({ driver: 'memory' }))

app.get('/me', (c) => c.json({ userId: c.get('session').get<string | null>('userId', null) }))
app.post('/login', (c) => {
  const session = c.get('session')
  session.regenerate()
  session.put('userId', 'user_123')
  session.flash('success', 'Logged in')
  return c.json({ ok: true })
})
app.post('/logout', (c) => {
  c.get('session').invalidate()
  return c.json({ ok: true })
})

app.get('/flash', (c) =>
  c.json({ message: c.get('session').getFlash<string | null>('success', null) }),
)
app.get('/csrf', (c) => c.json({ token: c.get('csrf').token() }))
app.get('/probe', (c) => c.json({ count: c.get('session').get<number>('count', 0) }))
app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '/probe', (c) =>
  c.json({ count: c.get('session').increment('count') }),
)
app.get('/runtime', (c) => c.json(process.versions))
app.post('/form', async (c) => {
  const { name } = await c.req.parseBody()
  return c.json({ name })
})

export default app

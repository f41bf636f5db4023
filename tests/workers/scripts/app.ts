import { session } from '@gravito/orbit'
import { d1Store, durableObjectStore } from '@gravito/orbit/cloudflare'
import { type Context, Hono } from 'hono'
import type { Env } from './env.ts'

type Bindings = { Bindings: Env }

const app = new Hono<Bindings>()

app.get('/kv/:factory', (c) => {
  const { KV } = c.env as never as { KV: never }
  const make = { d1: d1Store, 'durable-object': durableObjectStore }[c.req.param('factory')]
  try {
    make?.(KV)
    return c.text('taken')
  } catch (error) {
    return c.text(String(error))
  }
})

app.use(
  session<{ userId: string; count: number; list: string[] }>({
    store: (c: Context<Bindings>) =>
      c.env.STORE === 'd1'
        ? d1Store(c.env.DB, { createTable: true })
        : durableObjectStore(c.env.SESSIONS),
    // Failures are reported to the test.
    onEvent: (event) => console.log(JSON.stringify(event)),
  }),
)
app.onError((error, c) => {
  console.error(error)
  return 'getResponse' in error ? error.getResponse() : c.text(String(error), 500)
})

/** Waits until the test lets the request continue, if the request names a gate. */
async function hold(c: Context<Bindings>): Promise<void> {
  const gate = c.req.query('gate')
  if (gate !== undefined) await c.env.GATE.fetch(`https://gate.invalid/${gate}`)
}

app.get('/me', async (c) => {
  const userId = c.get('session').get<string | null>('userId', null)
  await hold(c)
  return c.json({ userId })
})
app.get('/all', (c) => c.json(c.get('session').all()))
app.post('/login', async (c) => {
  const session = c.get('session')
  session.regenerate()
  session.put('userId', c.req.query('as') ?? 'user_123')
  session.flash('success', 'Logged in')
  await hold(c)
  return c.json({ ok: true })
})
app.post('/logout', async (c) => {
  c.get('session').invalidate()
  await hold(c)
  return c.json({ ok: true })
})
app.post('/increment', async (c) => {
  const count = c.get('session').increment('count')
  await hold(c)
  return c.json({ count })
})
app.post('/put/:key', async (c) => {
  c.get('session').put(c.req.param('key'), c.req.query('value') ?? 'x')
  await hold(c)
  return c.json({ ok: true })
})
app.post('/take/:key', async (c) => {
  await hold(c)
  const taken = await c.get('session').take(c.req.param('key'))
  return c.json({ taken: taken ?? null })
})
app.post('/end-all/:owner', async (c) => {
  await hold(c)
  return c.json({ ended: await c.get('sessions').of(c.req.param('owner')).endAll() })
})
app.get('/sessions/:owner', async (c) =>
  c.json(await c.get('sessions').of(c.req.param('owner')).list()),
)

// The routes of the guide's app.
app.get('/flash', (c) =>
  c.json({ message: c.get('session').getFlash<string | null>('success', null) }),
)
app.get('/csrf', (c) => c.json({ token: c.get('csrf').token() }))
app.get('/probe', (c) => c.json({ count: c.get('session').get<number>('count', 0) }))
app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '/probe', (c) =>
  c.json({ count: c.get('session').increment('count') }),
)
app.post('/form', async (c) => {
  const { name } = await c.req.parseBody()
  return c.json({ name })
})

export default app

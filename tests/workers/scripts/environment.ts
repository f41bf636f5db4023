import { env } from 'cloudflare:workers'
import { type SessionDriver, session } from '@gravito/orbit'
import { d1Store } from '@gravito/orbit/cloudflare'
import { Hono } from 'hono'
import type { Env } from './env.ts'

const lines: string[] = []
const note = (message: string) => void lines.push(message)

const app = new Hono<{ Bindings: Env }>()
app.onError((error, c) => c.text(String(error), 500))

app.get('/driver/:driver', (c) => {
  try {
    session({ driver: c.req.param('driver') as SessionDriver })
    return c.text('made')
  } catch (error) {
    return c.text(String(error))
  }
})
app.get('/log', (c) => c.json(lines))
app.get('/keys', async (c) => {
  const keys: string[] = []
  for await (const key of d1Store(env.DB).keys()) keys.push(key)
  return c.json(keys)
})

// A store that is created when the Worker starts, from imported bindings.
app.use(
  session(
    env.STORE === 'memory'
      ? { logger: { warn: note, error: note } }
      : { store: d1Store(env.DB, { createTable: true }), logger: { warn: note, error: note } },
  ),
)
app.get('/', (c) => c.json(c.get('session').all()))
app.post('/', (c) => c.json(c.get('session').increment('count')))

export default app

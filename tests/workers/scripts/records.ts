import { encodeRecord } from '@gravito/orbit'
import { d1Store, d1Table, durableObjectStore } from '@gravito/orbit/cloudflare'
import { Hono } from 'hono'
import type { Env } from './env.ts'

/** The stores without sessions: each request makes one store call. */
const app = new Hono<{ Bindings: Env }>()

app.onError((error, c) => c.json({ code: Reflect.get(error, 'code'), message: error.message }, 500))

app.post('/load', async (c) =>
  c.json((await storeOf(c.env, c.req.query()).load(keyOf(c.req.query()))) ?? null),
)

app.post('/set', async (c) => {
  const { version, next, expiresIn, ...query } = c.req.query()
  const record = next && {
    version: next,
    payload: 'x',
    ...(expiresIn !== undefined && { expiresAt: Date.now() + Number(expiresIn) }),
  }
  const store = storeOf(c.env, query)
  return c.json(await store.compareAndSet(keyOf(query), version, record || undefined))
})

app.post('/look', async (c) =>
  objectOf(c.env, c.req.query())
    .fetch('https://session.invalid/look', { method: 'GET' })
    .then(async (response) => c.body(await response.text())),
)

app.post('/raw', async (c) => {
  const text = encodeRecord({ version: 'v9', payload: 'x' })
  const [url, init] = ['https://session.invalid/?now=0', { method: 'PUT', body: text }]
  await objectOf(c.env, c.req.query()).fetch(url, init)
  const newer = { method: 'POST', body: text.replace('orbit1:', 'orbit9:') }
  const done = await objectOf(c.env, c.req.query()).fetch('https://session.invalid/spoil', newer)
  return c.json(done.status)
})

app.post('/migrate', async (c) => {
  for (const statement of d1Table().split(';\n').filter(Boolean)) {
    await c.env.DB.prepare(statement).bind().run()
  }
  return c.json(true)
})
app.post('/ready', async (c) => {
  await d1Store(c.env.DB).ready()
  return c.json(true)
})
app.post('/prune', async (c) => c.json(await d1Store(c.env.DB).prune()))
app.post('/keys', async (c) => {
  const keys: string[] = []
  for await (const key of d1Store(c.env.DB).keys()) keys.push(key)
  return c.json(keys)
})

type Query = Readonly<Record<string, string>>

const keyOf = ({ key = '' }: Query) => key

const storeOf = ({ DB, SESSIONS }: Env, { store }: Query) =>
  store === 'd1' ? d1Store(DB) : durableObjectStore(SESSIONS)

const objectOf = ({ SESSIONS }: Env, query: Query) =>
  SESSIONS.get(SESSIONS.idFromName(keyOf(query)))

export default app

import { type SessionStore, session } from '@gravito/orbit'
import { durableObjectStore } from '@gravito/orbit/cloudflare'
import { type Context, Hono } from 'hono'
import type { Env } from './env.ts'

/** The gate for the next call of each store method, by the name of the method. */
const holds = new Map<string, string>()
const stores = new WeakMap<object, SessionStore>()

/** The store of the binding, with gates before its calls. */
function heldStore({ SESSIONS, GATE }: Env): SessionStore {
  const inner = durableObjectStore(SESSIONS)
  const pass = async (verb: string) => {
    const gate = holds.get(verb)
    holds.delete(verb)
    if (gate !== undefined) await GATE.fetch(`https://gate.invalid/${gate}`)
  }
  return {
    load: async (key) => {
      await pass('load')
      return inner.load(key)
    },
    compareAndSet: async (key, version, next) => {
      await pass('compareAndSet')
      return inner.compareAndSet(key, version, next)
    },
    close() {},
  }
}

const app = new Hono<{ Bindings: Env }>()
app.post('/hold/:verb/:gate', (c) => {
  holds.set(c.req.param('verb'), c.req.param('gate'))
  return c.text('')
})
app.use(
  session({
    store: (c: Context<{ Bindings: Env }>) => {
      const store = stores.get(c.env.SESSIONS) ?? heldStore(c.env)
      stores.set(c.env.SESSIONS, store)
      return store
    },
    // A held call must not count as a call of a store that is down.
    redis: { timeoutMs: 60_000 },
  }),
)
app.get('/', (c) => c.json(c.get('session').all()))
app.post('/increment', (c) => c.json(c.get('session').increment('count')))
app.post('/save', async (c) => {
  const session = c.get('session')
  session.increment('count')
  // This makes two store calls. The second one must be made too.
  session.signIn('ada')
  await session.save()
  return c.text('saved')
})
app.post('/throw', (c) => {
  c.get('session').invalidate()
  throw new Error('The handler fails.')
})
app.get('/devices', async (c) => c.json((await c.get('sessions').of('ada').list()).length))

export default app

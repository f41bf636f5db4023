import { session } from '@gravito/orbit'
import { redisStore } from '@gravito/orbit/redis'
import { describeSessionStore } from '@gravito/orbit/testing'
import { Redis } from '@upstash/redis/cloudflare'
import { Hono } from 'hono'

interface Env {
  UPSTASH_URL: string
  TOKEN: string
}

const clients = new Map<string, Redis>()
function clientOf({ UPSTASH_URL: url, TOKEN: token }: Env): Redis {
  const client = clients.get(url) ?? new Redis({ url, token, enableTelemetry: false })
  clients.set(url, client)
  return client
}

const stores = new Map<string, ReturnType<typeof redisStore>>()
function storeOf(env: Env) {
  const store = stores.get(env.UPSTASH_URL) ?? redisStore({ client: clientOf(env) })
  stores.set(env.UPSTASH_URL, store)
  return store
}

const app = new Hono<{ Bindings: Env }>()
app.use(
  session({ secret: 'a secret of the tests, long enough for HMAC', store: (c) => storeOf(c.env) }),
)
app.get('/me', (c) => c.json(c.get('session').all()))
app.post('/login', (c) => {
  c.get('session').signIn('ada')
  return c.text('done')
})
app.post('/count', (c) => c.json(c.get('session').increment('count')))

/**
 * `GET /contract` lists the tests of the contract, `GET /contract/<number>` runs one. The other routes are an
 * app.
 */
export default {
  async fetch(request: Request, env: Env, context: unknown): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (!pathname.startsWith('/contract'))
      return Reflect.apply(app.fetch, app, [request, env, context])
    const tests: { name: string; body: () => Promise<void> }[] = []
    describeSessionStore(
      'upstash',
      ({ now }) => {
        const prefix = `${crypto.randomUUID()}:`
        const open = () => redisStore({ client: clientOf(env), prefix, now, timeoutMs: 10_000 })
        return { stores: [open(), open()], close() {} }
      },
      {
        describe: (_, body) => body(),
        it: (name, body) => void tests.push({ name, body }),
      },
    )
    if (pathname === '/contract') return Response.json(tests.map(({ name }) => name))
    try {
      await tests[Number(pathname.split('/')[2])]?.body()
      return new Response('passed')
    } catch (error) {
      return new Response(error instanceof Error ? (error.stack ?? '') : String(error), {
        status: 500,
      })
    }
  },
}

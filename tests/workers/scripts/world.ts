import { type SessionRecord, type SessionStore, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { emptyReport, perform, type Report } from '../../interleavings/perform.ts'
import type { Done, Setting, Step } from '../remote-world.ts'
import type { Env } from './env.ts'
import { storeOf } from './spaces.ts'
import stores from './stores.ts'

/**
 * One process of a world of the interleavings. It asks the world before each step. The response contains the
 * current time.
 */
const apps = new Map<
  string,
  {
    readonly app: { fetch(request: Request, env: Env): Response | Promise<Response> }
    readonly clock: { time: number }
  }
>()

// Waits that use this clock must not time out while the world lets other requests continue.
const elapsed = performance.now.bind(performance)
performance.now = () => elapsed() / 1_000

export default {
  fetch(request: Request, env: Env): Response | Promise<Response> {
    const header = request.headers.get('X-World')
    if (header === null) return stores.fetch(request, env)
    const setting: Setting = JSON.parse(header)
    const process = apps.get(setting.space) ?? begin(setting, env)
    apps.set(setting.space, process)
    process.clock.time = setting.time
    return process.app.fetch(request, env)
  },
}

function begin({ space, grace }: Setting, env: Env) {
  const clock = { time: 0 }
  const now = () => clock.time
  const ask = async <Answer extends { readonly time: number }>(verb: string, body: object) => {
    const url = `https://world.invalid/${space}/${verb}`
    const response = await env.GATE.fetch(url, { method: 'POST', body: JSON.stringify(body) })
    const answer: Answer = JSON.parse(await response.text())
    clock.time = answer.time
    return answer
  }
  const inner = storeOf(env, env.STORE, space, now)

  async function step<Result>(call: () => Promise<readonly [Result, Done]>): Promise<Result> {
    const { id, isRefused } = await ask<Step>('step', {})
    if (isRefused) throw new Error('the store was not called')
    const [result, done] = await call()
    const { isRefused: isLost } = await ask<Step>('done', { ...done, id })
    if (isLost) throw new Error('the response of the store was lost')
    return result
  }

  const store: SessionStore = {
    load: (key) => step(async () => [await inner.load(key), {}]),
    compareAndSet: (key, version, next) =>
      step(async () => {
        const before = await inner.load(key)
        const isDone = await inner.compareAndSet(key, version, next)
        return [isDone, { key, ...(isDone && { write: writeOf(before, next) }) }]
      }),
    close() {},
  }

  const app = new Hono<{ Bindings: Env; Variables: { report: Report } }>()
  app.use(async (c, next) => {
    c.set('report', emptyReport())
    await next()
    c.res = new Response(c.res.body, c.res)
    c.res.headers.set('X-Report', encodeURIComponent(JSON.stringify(c.get('report'))))
  })
  app.use(
    session({
      store: () => store,
      now,
      secret: 'a secret of the tests, long enough for all',
      cookie: { secure: false },
      regenerateGraceSeconds: grace,
      touch: (c) => c.req.header('X-Poll') === undefined,
      // Requests wait for their turn, whatever time that takes.
      redis: { timeoutMs: 600_000 },
      logger: { warn() {}, error() {} },
    }),
  )
  app.all('/run/:name', async (c) => {
    const ops = JSON.parse(c.req.header('X-Ops') ?? '[]')
    const handled = { name: c.req.param('name'), ops }
    await perform(c.get('session'), handled, c.get('report'), async () => {
      await ask('work', {})
    })
    return c.json({})
  })
  return { app, clock }
}

function writeOf(before: SessionRecord | undefined, after: SessionRecord | undefined) {
  return { ...(before && { before }), ...(after && { after }) }
}

// One app in one process: `bare`, `headers` (a middleware that only sets the session's headers), or
// `session` (the signed-in read on memory). Tells its CPU time at /cpu.

import { session } from '@gravito/orbit'
import { Hono } from 'hono'

const [mode] = process.argv.slice(2)
const app = new Hono()
process.on('SIGINT', () => process.exit(0))
app.get('/cpu', (c) => c.json(process.cpuUsage()))

if (mode === 'headers') {
  app.use(async function headers(c, next) {
    await next()
    c.res.headers.set('Cache-Control', 'no-store')
    c.res.headers.set('Vary', 'Cookie')
  })
}
if (mode === 'session') {
  app.use(session({ secret: 'a secret of the benchmark, long enough', cookie: { secure: false } }))
  app.post('/login', (c) => {
    c.get('session').put({ userId: 'user_123', notes: 'x'.repeat(450) })
    return c.text('ok')
  })
}
app.get('/me', (c) => {
  const userId = mode === 'session' ? c.get('session').get('userId', null) : 'user_123'
  return c.json({ userId })
})

if (globalThis.Bun) {
  const server = Bun.serve({ port: 0, fetch: app.fetch })
  console.log(`port ${server.port}`)
} else {
  const { serve } = await import('@hono/node-server')
  serve({ fetch: app.fetch, port: 0 }, ({ port }) => console.log(`port ${port}`))
}

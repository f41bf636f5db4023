// An app in a separate process: `app.mjs <options as JSON>`, see apps.ts. It prints `ready <port>`, and
// `conflict` each time that another request has written first. It ends when its parent process ends.

import { session } from '@gravito/orbit'
import { cacheStore } from '@gravito/orbit/cache'
import { fileStore } from '@gravito/orbit/file'
import { redisStore } from '@gravito/orbit/redis'
import { createCache } from '@gravito/stasis'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createPool } from 'mysql2/promise'
import pg from 'pg'

const { driver, at, options } = JSON.parse(process.argv[2])
let offset = 0
const now = () => Date.now() + offset

const sessions = session({
  ...where(),
  ...options,
  now,
  onEvent: ({ type }) => type === 'session:conflict' && process.stdout.write('conflict\n'),
})

const app = new Hono()
app.get('/free', (c) => c.text('free'))

// What the machine does to the app. Users cannot call these routes.
app.post('/machine', async (c) => {
  const { ahead, user } = await c.req.json()
  if (ahead !== undefined) offset = ahead
  if (user !== undefined) process.setuid(user)
  return c.text('done')
})

app.use(sessions)

app.get('/state', (c) => {
  const session = c.get('session')
  return c.json({
    user: session.get('userId', null),
    log: session.get('log', []),
    sum: session.get('sum', 0),
    added: session.get('added', []),
    puts: session.only('a', 'b', 'c'),
    code: session.get('code', null),
    flash: session.getFlash('notice', null),
  })
})

app.post('/change', async (c) => {
  const { kind, mark, key, user, fill = 0 } = await c.req.json()
  const session = c.get('session')
  let taken = null
  switch (kind) {
    case 'push':
      session.push('log', mark)
      break
    case 'add':
      session.increment('sum')
      session.push('added', mark)
      break
    case 'put':
      session.put(key, fill > 0 ? 'x'.repeat(fill) : mark)
      break
    case 'flash':
      session.flash('notice', mark)
      break
    case 'code':
      session.put('code', mark)
      break
    case 'take':
      taken = (await session.take('code')) ?? null
      break
    case 'sign-in':
      session.put('userId', user)
      session.push('log', mark)
      break
    case 'regenerate':
      session.regenerate()
      break
    case 'sign-out':
      session.invalidate()
      break
    case 'end-all':
      await c.get('sessions').of(session.get('userId')).endAll()
      break
    default:
      throw new TypeError(`Unknown change: ${kind}`)
  }
  return c.json({ taken })
})

function where() {
  switch (driver) {
    case 'redis':
      return { driver, redis: { url: at } }
    case 'cache':
      return {
        store: cacheStore(createCache({ stores: { redis: { driver: 'redis', url: at } } }), {
          now,
        }),
      }
    case 'redis, from file':
      return { store: [redisStore({ url: at.redis, now }), fileStore({ path: at.file, now })] }
    case 'file, then redis':
      return { store: [fileStore({ path: at.file, now }), redisStore({ url: at.redis, now })] }
    case 'postgres':
      return database(new pg.Pool({ connectionString: at, max: 20 }))
    case 'mariadb':
      return database(createPool({ uri: at, connectionLimit: 20 }))
    default:
      return { driver, [driver]: { path: at } }
  }
}

function database(client) {
  return { driver: 'database', database: { client, createTable: true } }
}

await sessions.ready()
process.stdin.resume().on('end', () => process.exit())
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  process.stdout.write(`ready ${port}\n`)
})

// An app in a separate process: `app.ts <driver> <url or folder>`. It configures no secret.
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { type SessionOptions, session } from '../../packages/orbit/src/index.ts'
import { cacheStore } from '../../packages/orbit/src/stores/cache.ts'
import { createCache } from '../../packages/stasis/src/index.ts'

const [driver = '', place = ''] = process.argv.slice(2)

function options(): SessionOptions {
  switch (driver) {
    case 'file':
      return { driver, file: { path: place } }
    case 'sqlite':
      return { driver, sqlite: { path: join(place, 'sessions.sqlite') } }
    case 'redis':
      return { driver, redis: { url: place } }
    case 'postgres': {
      const client = new Pool({ connectionString: place })
      return { driver: 'database', database: { client, createTable: true } }
    }
    case 'mariadb': {
      const client = createPool({ uri: place })
      return { driver: 'database', database: { client, createTable: true } }
    }
    default:
      return {
        store: cacheStore(createCache({ stores: { redis: { driver: 'redis', url: place } } })),
      }
  }
}

// A clock for durations, which does not change with the time of day.
const elapsed = performance.now.bind(performance)
let skipped = 0
performance.now = () => elapsed() + skipped

const app = new Hono()
app.get('/skip', (c) => {
  skipped += Number(c.req.query('seconds')) * 1000
  return c.text('skipped')
})
app.use(session(options()))
app.get('/me', (c) => c.json(c.get('session').all()))
app.post('/login', (c) => {
  c.get('session').put('userId', c.req.query('as'))
  return c.text('signed in')
})
app.post('/visit', (c) => c.json(c.get('session').increment('visits')))

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: 'localhost' })
process.once('SIGTERM', () => {
  server.close(() => process.exit())
  if ('closeAllConnections' in server) server.closeAllConnections()
})

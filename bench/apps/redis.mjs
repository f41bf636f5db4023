import { Hono } from 'hono'
import { createClient } from 'redis'
import { setHeaders } from './bare.mjs'
import { addRoutes, serve } from './on-hono.mjs'

/** Changes a value if no other client has changed it since. */
const script = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

/**
 * The minimum for a session in Redis: one GET for a read, and an additional script for a write. It uses the same
 * client as the driver, and a value that is as long as the record of a session.
 */
export const bareOnRedis = { open: (world) => open(world, new Hono()) }

/** The same app with the headers that a session sets. */
export const headersOnRedis = { open: (world) => open(world, new Hono().use(setHeaders)) }

function open(world, app) {
  const client = createClient({ url: process.env.REDIS_URL })
  const key = 'bench:bare'
  const value = 'x'.repeat(700)
  let digest
  addRoutes(app, world, {
    open: () => client.get(key),
    get: (text) => (text === value ? 'ada' : null),
    put() {},
    async increment(text) {
      const done = await client.evalSha(digest, {
        keys: [key],
        arguments: [text, value, '7200000'],
      })
      if (done !== 1) throw new Error('another client was faster')
    },
    signIn() {},
    signOut() {},
  })
  return {
    async listen() {
      await client.connect()
      await client.set(key, value)
      digest = await client.scriptLoad(script)
      return serve(app)
    },
  }
}

// The app of a recipe behind gates, see recipe.ts: `node --import tsx gated.mjs <file>`.

import { pathToFileURL } from 'node:url'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { makeGates } from './gates.mjs'

const { default: recipe } = await import(pathToFileURL(process.argv[2]).href)
const gates = makeGates()
const app = new Hono()

// Only for the test, not for users.
app.route('/gates', gates.control)
app.get('/favicon.ico', (c) => c.body(null, 204))
app.use(async (c) => {
  await gates.pass(`${c.req.method} ${c.req.path}`)
  return recipe.fetch(c.req.raw, c.env)
})

serve({ fetch: app.fetch, port: Number(process.env.PORT) })

// The routes of the small app, with Hono. For each library, functions define how to open, read, change and end a
// session. The handlers are the same for all libraries.

import { signedIn } from './world.mjs'

export function addRoutes(app, world, { open, get, put, increment, signIn, signOut }) {
  app.get('/me', async (c) => c.json({ userId: (await get(await open(c), 'userId')) ?? null }))

  app.get('/unused', (c) => c.json({ ok: true }))
  app.post('/check', (c) => c.json({ ok: true }))

  app.get('/slow/:gate', async (c) => {
    const userId = await get(await open(c), 'userId')
    await world.work(c.req.param('gate'), 'first')
    return c.json({ userId: userId ?? null })
  })

  app.get('/keys', async (c) => {
    const session = await open(c)
    const keys = {}
    for (const key of ['a', 'b', 'clicks']) keys[key] = (await get(session, key)) ?? null
    return c.json(keys)
  })

  const changes = (change) => async (c) => {
    const session = await open(c)
    await world.work(c.req.param('gate'), 'first')
    await change(session, c)
    await world.work(c.req.param('gate'), 'last')
    return c.json({ ok: true })
  }
  app.post(
    '/put/:key/:gate?',
    changes((session, c) => put(session, { [c.req.param('key')]: true })),
  )
  app.post('/increment/:gate?', changes(increment))
  app.post(
    '/sign-in',
    changes((session, c) => signIn(session, signedIn, c)),
  )
  app.post(
    '/sign-in/plain',
    changes((session) => put(session, signedIn)),
  )
  app.post('/sign-out', changes(signOut))
}

/** Serves the app with @hono/node-server on Node, or with Bun. Returns the address when the server listens. */
export async function serve(app) {
  const hostname = '127.0.0.1'
  if (globalThis.Bun) return Bun.serve({ port: 0, hostname, fetch: app.fetch }).url.origin
  const node = await import('@hono/node-server')
  return new Promise((resolve) => {
    const listening = ({ port }) => resolve(`http://${hostname}:${port}`)
    node.serve({ fetch: app.fetch, port: 0, hostname }, listening)
  })
}

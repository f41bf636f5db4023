import { memoryStore, type SessionStore, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Client } from './client.ts'

// Cloudflare stops a request whose client has disconnected. workerd on your own computer does not, so this test
// runs on Node, which only says that it is Workers.
beforeEach(() => {
  vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
})
afterEach(() => {
  vi.unstubAllGlobals()
})

it('tells Cloudflare Workers to continue a commit when the client disconnects', async () => {
  const memory = memoryStore()
  const store: SessionStore = {
    load: async (key) => memory.load(key),
    compareAndSet: async (key, version, next) => memory.compareAndSet(key, version, next),
    close: () => memory.close(),
  }
  const kept: Promise<unknown>[] = []
  const ctx = {
    waitUntil: (promise: Promise<unknown>) => void kept.push(promise),
    passThroughOnException() {},
    props: {},
  }
  const app = new Hono()
  app.use(session({ secret: 'the secret of the tests is long enough', store: () => store }))
  app.get('/', (c) => c.json(c.get('session').all()))
  app.post('/', (c) => c.json(c.get('session').increment('count')))

  const client = new Client(async (request) => app.fetch(request, {}, ctx))
  await client.get('/')
  expect(kept).toEqual([])
  await client.post('/')
  expect(kept).toHaveLength(1)
  await kept[0]
  expect(await client.json('/')).toEqual({ count: 1 })
})

import { memoryStore, type StoreOfRequest, session, sessionsOf } from '@gravito/orbit'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { newStore } from '../behaviour/store.ts'
import { Client } from './client.ts'

const secret = 'a secret of the tests, long enough for HMAC'

/** An app whose store depends on the request. */
function appWith(store: StoreOfRequest) {
  const warnings: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message), error() {} }
  const sessions = session({ secret, store, logger })
  const app = new Hono()
  app.onError((error, c) => c.text(`${error.name}: ${error.message}`, 500))
  app.use(sessions)
  app.get('/', (c) => c.json(c.get('session').all()))
  app.post('/', (c) => c.json(c.get('session').increment('count')))
  return { app, sessions, warnings }
}

describe('a store option that is a function', () => {
  it('is called once per request, with the context', async () => {
    const store = newStore()
    const asked: string[] = []
    const { app } = appWith((c) => {
      asked.push(`${c.req.method} ${c.req.path}`)
      return store
    })
    const client = new Client(app)
    await client.get('/')
    await client.post('/')
    await client.post('/')
    expect(await client.json('/')).toEqual({ count: 2 })
    expect(asked).toEqual(['GET /', 'POST /', 'POST /', 'GET /'])
  })

  it('can return a different store for each host, with separate sessions', async () => {
    const stores = new Map([
      ['a.test', newStore()],
      ['b.test', newStore()],
    ])
    const { app, warnings } = appWith((c) => stores.get(new URL(c.req.url).hostname) ?? newStore())
    const a = new Client(app, 'https://a.test')
    await a.get('/')
    await a.post('/')
    const b = a.copy(app, 'https://b.test')
    expect(await b.json('/')).toEqual({})
    expect(await a.json('/')).toEqual({ count: 1 })
    expect(warnings).toEqual([])
  })

  it('can return two stores, while sessions move from the second store to the first', async () => {
    const [from, to] = [newStore(), newStore()]
    const old = appWith(() => from)
    const before = new Client(old.app)
    await before.get('/')
    await before.post('/')
    const both = appWith(() => [to, from])
    const client = before.copy(both.app)
    await client.post('/')
    expect(await client.json('/')).toEqual({ count: 2 })
    const newcomer = new Client(both.app)
    await newcomer.get('/')
    await newcomer.post('/')
    expect(await newcomer.copy(old.app).json('/')).toEqual({})
    expect(await newcomer.copy(appWith(() => to).app).json('/')).toEqual({ count: 1 })
    expect(both.warnings).toEqual([])
  })

  it('keeps sessions even if it creates a store per request, and logs a warning after 100 requests', async () => {
    const store = newStore()
    const { app, warnings } = appWith(() => ({ ...store }))
    const client = new Client(app)
    await client.get('/')
    for (let count = 0; count < 98; count += 1) await client.post('/')
    expect(warnings).toEqual([])
    await client.post('/')
    expect(await client.json('/')).toEqual({ count: 99 })
    expect(warnings).toEqual([
      expect.stringContaining('has returned a new store for each of 100 requests'),
    ])
  })

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'it lacks load, compareAndSet, close'],
    ['a promise', Promise.resolve(), 'returned a promise'],
    ['a factory', memoryStore, 'is a function; call it'],
    ['an array of one store', [memoryStore()], 'it must contain two different stores'],
    ['an array with another value', [memoryStore(), 7], 'store[1] is not a store'],
  ])('causes an error with the reason if it returns %s', async (_, result, message) => {
    const { app } = appWith(() => result as never)
    const response = await new Client(app).get('/')
    expect(response.status).toBe(500)
    expect(await response.text()).toContain(message)
  })

  it('is refused at startup if it is async, or a factory that was not called', () => {
    expect(() => session({ store: (async () => newStore()) as never })).toThrow('async function')
    expect(() => session({ store: memoryStore as never })).toThrow('call it, and pass its result')
  })

  it('is refused together with a driver', () => {
    const store = () => newStore()
    expect(() => session({ driver: 'memory', store })).toThrow('together with session.driver')
  })
})

describe('outside of requests, a store option that is a function', () => {
  it('makes ready() throw, because there is no store to check', async () => {
    const { sessions } = appWith(() => newStore())
    await expect(sessions.ready()).rejects.toThrow('there is no store to check')
  })

  it('has no sessions, and the error says how to find them', async () => {
    const { sessions } = appWith(() => newStore())
    const { of } = { of: (owner: string) => sessions.sessions.of(owner) }
    await expect(of('user-1').endAll()).rejects.toMatchObject({
      code: 'session-unavailable',
      message: expect.stringContaining('sessionsOf('),
    })
    await expect(of('user-1').list()).rejects.toThrow('sessionsOf(')
  })

  it('can be closed', async () => {
    const { sessions } = appWith(() => newStore())
    await sessions.close()
    await sessions.close()
  })

  it('is refused by sessionsOf()', () => {
    expect(() => sessionsOf((() => newStore()) as never)).toThrow('Pass the store itself')
  })
})

describe('a namespace of Workers KV', () => {
  const methods = ['get', 'getWithMetadata', 'put', 'list', 'delete']
  const kv = Object.fromEntries(methods.map((name) => [name, () => {}]))

  it('is not a store, and the error says why', () => {
    expect(() => session({ store: kv as never })).toThrow(/Workers KV namespace.*conditional write/)
  })
})

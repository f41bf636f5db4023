import { memoryStore, type SessionStore, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { Client } from './client.ts'
import { secret } from './setting.ts'

/** An app whose process remembers the session of a user who has been here. */
async function remembering(
  options: { store?: SessionStore; touch?: () => boolean } = {},
  addRoutes: (app: Hono) => unknown = () => {},
) {
  const events: string[] = []
  const app = new Hono()
  const onEvent = ({ type }: { type: string }) => void events.push(type)
  app.use(session({ secret, csrf: false, onEvent, ...options }))
  app.get('/', (c) => c.json(c.get('session').all()))
  app.get('/put/:value', (c) => {
    c.get('session').put('value', c.req.param('value'))
    return c.text('')
  })
  addRoutes(app)
  const client = new Client(app)
  await client.get('/put/first')
  for (let visit = 0; visit < 3; visit += 1) await client.get('/')
  return { app, client, events }
}

/** A memory store in which each record can be replaced as it is read. */
function forgedStore() {
  const store = memoryStore()
  let forge = (payload: string) => payload
  return {
    store: {
      ...store,
      load(key: string) {
        const record = store.load(key)
        return record instanceof Promise || !record
          ? record
          : { ...record, payload: forge(record.payload) }
      },
    },
    forge(by: typeof forge) {
      forge = by
    },
  }
}

describe('what a process remembers of a session', () => {
  it('is not what counts if somebody has changed the record and not its version (R18)', async () => {
    const { store, forge } = forgedStore()
    const { client, events } = await remembering({ store })

    forge((payload) => payload.replace('first', 'other'))
    expect(await client.json('/')).toEqual({ value: 'other' })
    forge(() => 'garbage')
    expect(await client.json('/')).toEqual({})
    expect(events).toContain('session:corrupt')
  })

  it('is what the last write has left, also that of another process', async () => {
    const store = memoryStore()
    const one = await remembering({ store })
    const other = await remembering({ store })
    const there = one.client.copy(other.app)
    for (const value of ['a', 'b', 'c']) {
      await there.get(`/put/${value}`)
      expect(await one.client.json('/')).toEqual({ value })
      await one.client.get(`/put/${value}${value}`)
      expect(await there.json('/')).toEqual({ value: `${value}${value}` })
    }
  })
})

describe('a commit that is asked for inside of another', () => {
  it('does not count twice what the app changes in its touch', async () => {
    let change: (() => void) | undefined
    const touch = () => {
      change?.()
      change = undefined
      return true
    }
    const { client } = await remembering({ touch }, (app) =>
      app.get('/save', async (c) => {
        const own = c.get('session')
        own.put('a', 1)
        change = () => own.increment('polls')
        await own.save()
        return c.json(own.get('polls'))
      }),
    )
    expect(await client.json('/save')).toBe(1)
    expect(await client.json('/')).toMatchObject({ a: 1, polls: 1 })
  })

  it('comes after it', async () => {
    let runs = 0
    const { client } = await remembering({}, (app) =>
      app.get('/inside', async (c) => {
        const own = c.get('session')
        await own.atomically((data) => {
          runs += 1
          if (runs === 1) {
            own.increment('outer')
            own.save()
          }
          data.increment('inner')
        })
        return c.text('')
      }),
    )
    await client.get('/inside')
    expect(await client.json('/')).toMatchObject({ outer: 1, inner: 1 })
  })
})

describe('closing', () => {
  const counted = () => {
    const inner = memoryStore()
    const store = {
      ...inner,
      closes: 0,
      close() {
        store.closes += 1
        return inner.close()
      },
    }
    return store
  }

  it('closes a store of the app’s own that no request has needed', async () => {
    const store = counted()
    const middleware = session({ secret, store })
    const app = new Hono().use(middleware).get('/', (c) => c.json(c.get('session').all()))
    await app.request('/')
    await middleware.close()
    expect(store.closes).toBe(1)
  })

  it('closes one that is being opened', async () => {
    const store = counted()
    const middleware = session({ secret, store })
    const ready = middleware.ready().catch(() => {})
    await middleware.close()
    await ready
    expect(store.closes).toBeGreaterThan(0)
  })
})

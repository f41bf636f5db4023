import { memoryStore, type SessionStore, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { Client } from './client.ts'
import { secret } from './setting.ts'

/** An app whose process has the session of a user in its memory. */
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

/** A memory store in which the test can replace each record as it is read. */
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

describe('the cached copy of a session in the process', () => {
  it('is not used if the record has changed under the same version (R18)', async () => {
    const { store, forge } = forgedStore()
    const { client, events } = await remembering({ store })

    forge((payload) => payload.replace('first', 'other'))
    expect(await client.json('/')).toEqual({ value: 'other' })
    forge(() => 'garbage')
    expect(await client.json('/')).toEqual({})
    expect(events).toContain('session:corrupt')
  })

  it('is always the result of the latest write, even if another process wrote', async () => {
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

describe('a commit inside another commit', () => {
  it('does not apply changes from the touch callback twice', async () => {
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

  it('runs after it', async () => {
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

describe('close()', () => {
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

  it("closes the app's own store even if no request has used it", async () => {
    const store = counted()
    const middleware = session({ secret, store })
    const app = new Hono().use(middleware).get('/', (c) => c.json(c.get('session').all()))
    await app.request('/')
    await middleware.close()
    expect(store.closes).toBe(1)
  })

  it('closes a store that is still being opened', async () => {
    const store = counted()
    const middleware = session({ secret, store })
    const ready = middleware.ready().catch(() => {})
    await middleware.close()
    await ready
    expect(store.closes).toBeGreaterThan(0)
  })
})

import { memoryStore, OrbitSession, type SessionOptions, session } from '@gravito/orbit'
import { PlanetCore } from 'gravito-core'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Answers, Client } from './client.ts'
import { Clock, secret } from './setting.ts'

let count = 0
/** Each test uses its own store, because the cookie's name selects the store. */
const ownName = () => {
  count += 1
  return `one-process-${count}`
}

function usual(app: Hono): Hono {
  return app
    .get('/me', (c) => c.text(c.get('session').get<string>('userId', 'nobody')))
    .post('/login', (c) => c.text(String(c.get('session').signIn('ada'))))
    .post('/put', (c) => c.text(String(c.get('session').put('a', 1))))
}

const appWith = (options: SessionOptions) => {
  const middleware = session(options)
  return { app: usual(new Hono().use(middleware)), middleware }
}

async function signedIn(app: Answers, path = '/'): Promise<Client> {
  const client = new Client(app)
  await client.get(`${path}me`)
  expect((await client.post(`${path}login`)).status).toBe(200)
  return client
}

const textAt = async (client: Client, path: string) => (await client.get(path)).text()

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('two session() middlewares on the memory driver in one process', () => {
  it('share their sessions: a user who signs in with one and writes with the other stays signed in', async () => {
    const account = usual(new Hono().use(session()))
    const shop = usual(new Hono().use(session()))
    const app = new Hono().route('/account', account).route('/shop', shop)
    const ada = await signedIn(app, '/account/')

    expect((await ada.post('/shop/put')).status).toBe(200)

    expect(await textAt(ada, '/account/me')).toBe('ada')
    expect(await textAt(ada, '/shop/me')).toBe('ada')
  })

  it('share their sessions in two Gravito apps too', async () => {
    const cookie = { name: ownName() }
    const boot = async () => {
      const core = await PlanetCore.boot({ orbits: [new OrbitSession({ cookie })] })
      usual(core.app)
      return core
    }
    const [one, other] = [await boot(), await boot()]
    const ada = await signedIn(one.app)

    await one.shutdown()

    expect(await textAt(ada.copy(other.app), '/me')).toBe('ada')
    await other.shutdown()
  })

  it('are independent when one is closed', async () => {
    const options = { secret, cookie: { name: ownName() } }
    const [one, other] = [appWith(options), appWith(options)]
    const ada = await signedIn(one.app)

    await one.middleware.close()
    await one.middleware.close()

    expect(await textAt(ada.copy(other.app), '/me')).toBe('ada')
  })

  it('end all sessions when the last one is closed', async () => {
    const options = { secret, cookie: { name: ownName() } }
    const [one, other] = [appWith(options), appWith(options)]
    const ada = await signedIn(one.app)

    await one.middleware.close()
    await other.middleware.close()

    expect(await textAt(ada.copy(appWith(options).app), '/me')).toBe('nobody')
  })

  it.each<[string, () => SessionOptions]>([
    ['with another cookie name', () => ({ cookie: { name: ownName() } })],
    ['with separate stores', () => ({ store: memoryStore() })],
    ['with separate clocks', () => ({ now: new Clock().now })],
  ])('do not share sessions %s', async (_, own) => {
    const memory = { maxEntries: 3 }
    const shared = { secret, cookie: { name: ownName() } }
    const full = appWith({ ...shared, memory })
    await signedIn(full.app)
    const other = appWith({ ...shared, ...own() })

    for (let i = 0; i < 3; i += 1) await signedIn(other.app)
  })

  it('share sessions if they have the same clock', async () => {
    const { now } = new Clock()
    const options = { secret, now, cookie: { name: ownName() } }
    const ada = await signedIn(appWith(options).app)

    expect(await textAt(ada.copy(appWith(options).app), '/me')).toBe('ada')
  })
})

describe('the limits of their shared store', () => {
  const warnings = () => vi.mocked(console.warn).mock.calls.flat()

  it('are those of the first one, and a warning says so', async () => {
    const options = { secret, cookie: { name: ownName() } }
    appWith({ ...options, memory: { maxEntries: 1000 } })

    appWith({ ...options, memory: { maxEntries: 5, maxBytes: 1_000_000 } })

    expect(warnings()).toHaveLength(1)
    expect(warnings()[0]).toMatch(/session\.memory\.maxEntries, session\.memory\.maxBytes/)
    expect(warnings()[0]).toMatch(/cookie\.name/)
  })

  it.each<[string, SessionOptions['memory'] & object]>([
    ['the same', { maxEntries: 1000 }],
    ['none', {}],
  ])('cause no warning if the second one gives %s', (_, memory) => {
    const options = { secret, cookie: { name: ownName() } }
    appWith({ ...options, memory: { maxEntries: 1000 } })

    appWith({ ...options, memory })

    expect(warnings()).toEqual([])
  })
})

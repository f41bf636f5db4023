import {
  type Session,
  type SessionEvent,
  type SessionOptions,
  type SessionRecord,
  type SessionStore,
  session,
} from '@gravito/orbit'
import { type Context, Hono } from 'hono'
import { fromRecord, type StoredSession } from '../../packages/orbit/src/session/record.ts'
import { newStore } from '../behaviour/store.ts'
import { Client, type Message } from './client.ts'

/** A clock that only the test moves. */
export class Clock {
  #time = Date.UTC(2030, 0, 1)
  readonly now = (): number => this.#time

  pass(seconds: number): void {
    this.#time += Math.round(seconds * 1000)
  }
}

/** A store that records its commands and shows its records. */
export interface WatchedStore extends SessionStore {
  /** `load`, and `create`, `replace` or `remove` for a `compareAndSet`. */
  readonly commands: string[]
  /** The key of each command, in the same order. */
  readonly keys: string[]
  /** The keys of all records. */
  standing(): string[]
  /** The stored sessions, without those that have moved or ended. */
  live(): StoredSession[]
  /** The commands since the last call of this function. */
  taken(): string[]
}

export function isWrite(command: string): boolean {
  return command !== 'load'
}

function watchedStore(now: () => number): WatchedStore {
  const inner = newStore({ now })
  const commands: string[] = []
  const keys: string[] = []
  const records = new Map<string, SessionRecord>()
  return {
    commands,
    keys,
    standing: () => [...records.keys()],
    live: () =>
      [...records.values()].flatMap((record) => {
        const session = fromRecord(record)
        return session && !session.movedTo ? [session] : []
      }),
    taken: () => {
      keys.length = 0
      return commands.splice(0)
    },
    load: (key) => {
      commands.push('load')
      keys.push(key)
      return inner.load(key)
    },
    compareAndSet: async (key, version, next) => {
      commands.push(version === undefined ? 'create' : next ? 'replace' : 'remove')
      keys.push(key)
      const done = await inner.compareAndSet(key, version, next)
      if (done && next) records.set(key, next)
      else if (done) records.delete(key)
      return done
    },
    close: () => inner.close(),
  }
}

export const secret = 'a secret of the tests, long enough for HMAC'

type Work = (session: Session, c: Context) => unknown
type How = Message & { readonly method?: string }

/** An app with the session middleware, and a clock and a store that the test can watch. */
export function setting(options: SessionOptions = {}) {
  const clock = new Clock()
  const store = watchedStore(clock.now)
  const events: SessionEvent[] = []
  const middleware = session({
    secret,
    store,
    now: clock.now,
    onEvent: (event) => {
      events.push(event)
    },
    ...options,
  })
  const app = new Hono()
  app.use(middleware)
  usual(app)
  let work: Work = () => undefined
  let result: unknown
  let failure: unknown
  app.all('/work', async (c) => {
    failure = undefined
    try {
      result = await work(c.get('session'), c)
    } catch (error) {
      failure = error
      throw error
    }
    return result instanceof Response ? result : c.text('done')
  })

  /** A request with this handler. The default is a POST with the token. */
  async function answer(client: Client, handler: Work, how: How = {}): Promise<Response> {
    const { method = 'POST', ...message } = how
    work = handler
    if (!client.has('XSRF-TOKEN')) await client.get('/me')
    return method === 'GET' ? client.get('/work', message) : client.post('/work', message, method)
  }

  return {
    app,
    clock,
    store,
    events,
    client: () => new Client(app),
    answer,
    /** Returns the result of a handler. */
    async within<T>(client: Client, handler: (session: Session) => T, how: How = {}) {
      const response = await answer(client, handler, how)
      if (failure !== undefined) throw failure
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
      return result as Awaited<T>
    },
    middleware,
    close: () => middleware.close(),
    /** The types of the events since the last call of this function. */
    happened: () => events.splice(0).map(({ type }) => type),
  }
}

/** Routes that most tests need. A test adds its special ones. */
function usual(app: Hono): void {
  app.get('/free', (c) => c.text('free'))
  app.get('/me', (c) => c.json({ userId: c.get('session').get<string | null>('userId', null) }))
  app.get('/all', (c) => c.json(c.get('session').all()))
  app.post('/login', (c) => {
    c.get('session').put('userId', c.req.query('as') ?? 'ada')
    return c.json({ ok: true })
  })
  app.post('/logout', (c) => {
    c.get('session').invalidate()
    return c.json({ ok: true })
  })
  app.post('/regenerate', (c) => {
    c.get('session').regenerate()
    return c.json({ ok: true })
  })
  app.post('/put', (c) => {
    for (const [key, value] of Object.entries(c.req.query())) c.get('session').put(key, value)
    return c.json({ ok: true })
  })
}

/** A client that has its cookies. */
export async function arrived(client: Client): Promise<Client> {
  await client.get('/me')
  return client
}

/** A client that is signed in. */
export async function signedIn(client: Client, as = 'ada'): Promise<Client> {
  await arrived(client)
  const response = await client.post(`/login?as=${as}`)
  if (response.status !== 200) throw new Error(`the sign-in failed: ${await response.text()}`)
  return client
}

import {
  type OwnerSessions,
  type Session,
  type SessionEvent,
  type SessionOptions,
  type SessionStore,
  session,
  sessionsOf,
} from '@gravito/orbit'
import { Hono } from 'hono'
import { newStore } from '../behaviour/store.ts'
import { Client, setCookieNames } from '../hono/client.ts'
import { Clock } from '../hono/setting.ts'
import { type StoredSession, storedIn } from './stored.ts'

/** A point at which a call waits until the test opens it. */
export class Gate {
  #arrive = () => {}
  #open = () => {}
  /** Resolves when a call has reached it. */
  readonly reached = new Promise<void>((resolve) => {
    this.#arrive = resolve
  })
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve
  })

  pass(): Promise<void> {
    this.#arrive()
    return this.#opened
  }

  open(): void {
    this.#open()
  }
}

export interface Answer<T> {
  readonly status: number
  /** The code of an error's body. */
  readonly code: string | undefined
  /** The result of the handler. */
  readonly value: T | undefined
  /** The names of the cookies that the response sets. */
  readonly cookies: readonly string[]
  readonly response: Response
}

type Hold = () => Promise<void>
type Work<T> = (session: Session, hold: Hold) => T | Promise<T>
/** A store command: `compareAndSet` creates, replaces or removes. */
type Verb = 'load' | 'create' | 'replace' | 'remove'

interface How {
  /** The process that handles the request. */
  readonly process?: number
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A request that waits at its gate. */
export interface Held<T> {
  /** Lets it continue. Resolves with the response. */
  release(): Promise<Answer<T>>
}

/** Three processes of one app on one store, with a clock that only the test changes. */
export class Processes {
  readonly clock = new Clock()
  readonly store: SessionStore
  readonly events: SessionEvent[] = []
  readonly #keys = new Set<string>()
  readonly #apps: readonly Hono[]
  readonly #works = new Map<string, () => unknown>()
  readonly #gates = new Map<string, Gate>()
  #current: Session | undefined

  /** @param own options for the first, second and third process only */
  constructor(
    options: SessionOptions & { store?: SessionStore } = {},
    own: readonly SessionOptions[] = [],
  ) {
    const { now } = this.clock
    this.store = options.store ?? newStore({ now })
    this.#apps = [0, 1, 2].map((process) =>
      this.#app(process, { ...options, ...own[process], now }),
    )
  }

  #app(process: number, options: SessionOptions): Hono {
    const app = new Hono()
    const onEvent = (event: SessionEvent) => void this.events.push(event)
    const secret = 'a secret of the tests, long enough for HMAC'
    app.use(session({ secret, onEvent, ...options, store: this.#gated(process) }))
    app.all('/work/:name', async (c) => {
      this.#current = c.get('session')
      await this.#works.get(c.req.param('name'))?.()
      return c.json({})
    })
    return app
  }

  #gated(process: number): SessionStore {
    const { store } = this
    const pass = async (verb: Verb) => {
      const name = `${process} ${verb}`
      const gate = this.#gates.get(name)
      this.#gates.delete(name)
      await gate?.pass()
    }
    return {
      load: async (key) => pass('load').then(() => store.load(key)),
      compareAndSet: async (key, version, next) => {
        if (!isSession(key)) return store.compareAndSet(key, version, next)
        await pass(version === undefined ? 'create' : next ? 'replace' : 'remove')
        this.#keys.add(key)
        return store.compareAndSet(key, version, next)
      },
      close: () => store.close(),
    }
  }

  /** Makes the next call of this command in the process wait before the store executes it. */
  holdStore(verb: Verb, process = 0): Gate {
    const gate = new Gate()
    this.#gates.set(`${process} ${verb}`, gate)
    return gate
  }

  /** A browser without cookies. */
  browser(): Client {
    return new Client((request) => {
      const app = this.#apps[Number(request.headers.get('X-Process'))]
      if (!app) throw new Error('no such process')
      return app.request(request)
    })
  }

  /** A browser with a visitor's cookies. */
  async visitor(): Promise<Client> {
    const client = this.browser()
    await this.read(client)
    return client
  }

  /** A browser whose user signed in so long ago that the redirect has expired. */
  async signedIn(owner: string, data: Record<string, unknown> = {}): Promise<Client> {
    const client = await this.visitor()
    await this.ask(client, (session) => session.put({ ...data, userId: owner }))
    this.clock.pass(11)
    return client
  }

  /** A complete request. The default is a POST. */
  async ask<T>(client: Client, work: Work<T>, how: How = {}): Promise<Answer<T>> {
    return this.#send(client, work, how, async () => {})
  }

  /** A GET that reads all data. */
  async read(client: Client, how: How = {}): Promise<Answer<Record<string, unknown>>> {
    return this.ask(client, (session) => session.all(), { method: 'GET', ...how })
  }

  /** A request that waits when its handler calls `hold`, or at the handler's end. */
  async held<T>(client: Client, work: Work<T>, how: How = {}): Promise<Held<T>> {
    const gate = new Gate()
    const answer = this.#send(client, work, how, () => gate.pass())
    await Promise.race([gate.reached, answer])
    return {
      release() {
        gate.open()
        return answer
      },
    }
  }

  async #send<T>(client: Client, work: Work<T>, how: How, hold: Hold): Promise<Answer<T>> {
    const { process = 0, method = 'POST', headers } = how
    const name = String(this.#works.size)
    let value: T | undefined
    this.#works.set(name, async () => {
      if (!this.#current) throw new Error('no request is being handled')
      let hasHeld = false
      const once = () => {
        hasHeld = true
        return hold()
      }
      value = await work(this.#current, once)
      if (!hasHeld) await hold()
    })
    const response = await client.send(method, `/work/${name}`, {
      headers: {
        'X-Process': String(process),
        ...(client.has('XSRF-TOKEN') ? { 'X-CSRF-Token': client.token } : {}),
        ...headers,
      },
    })
    const cookies = setCookieNames(response)
    return { status: response.status, code: await codeOf(response), value, cookies, response }
  }

  /** Removes the record under the key, like a store that loses it. */
  async remove(key: string): Promise<void> {
    const record = await this.store.load(key)
    await this.store.compareAndSet(key, record?.version, undefined)
  }

  /** The sessions of a user, as a background job sees them. */
  sessionsOf(owner: string): OwnerSessions {
    return sessionsOf(this.store, { now: this.clock.now }).of(owner)
  }

  /** The sessions in the store that have not expired. */
  async records(): Promise<StoredSession[]> {
    const records = await Promise.all([...this.#keys].map((key) => this.store.load(key)))
    return records.flatMap((record) => storedIn(record) ?? [])
  }

  /** The sessions that an id can open: they have neither expired nor moved. */
  async live(): Promise<StoredSession[]> {
    return (await this.records()).filter(({ movedTo }) => !movedTo)
  }
}

async function codeOf(response: Response): Promise<string | undefined> {
  if (!response.headers.get('Content-Type')?.includes('json')) return undefined
  const body: unknown = await response.clone().json()
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined
  const { error } = body
  return typeof error === 'object' && error !== null && 'code' in error
    ? String(error.code)
    : undefined
}

/** Keys of sessions have 43 characters. Other records are internal. */
function isSession(key: string): boolean {
  return key.length === 43
}

/** A handler that does nothing. */
export const idle = (): void => {}

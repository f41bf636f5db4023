import type * as orbit from '@gravito/orbit'
import { type Context, Hono } from 'hono'
import { emptyReport, type Op, perform, type Report } from './perform.ts'
import { Scheduler } from './scheduler.ts'
import { type StoredSession, storedIn } from './stored.ts'

/** The package under test: the real one, or a mutant of it. */
export interface Orbit extends Pick<typeof orbit, 'session'> {
  newStore(options: { now: () => number }): orbit.SessionStore
  /** Starts a process that runs elsewhere, and asks the world for its steps. Without it, processes run here. */
  begin?(world: World, process: number): Process
}

/** The function that responds to requests. */
type Process = Pick<Hono, 'request'>

/** One store call that fails: before the store executes it, or after it, so that the result is lost. */
export interface Fault {
  readonly at: number
  readonly what: 'fail' | 'lose'
}

/** What a browser stores: the session's cookie and the CSRF token. */
export interface Cookies {
  readonly session?: string
  readonly token?: string
}

export interface Message {
  readonly ops: readonly Op[]
  readonly cookies: Cookies
  readonly process?: number
  readonly method?: 'GET' | 'POST'
  /** Whether the request does not count as activity. */
  readonly isPoll?: boolean
}

export interface Answer {
  readonly status: number
  readonly report: Report
  /** The cookies that the response sets. */
  readonly cookies: Cookies
}

/** The handler of a request, and the result of the request. */
export interface Handled {
  readonly name: string
  readonly ops: readonly Op[]
  readonly report: Report
}

/** The record under the key of a session before and after a write. */
interface Write {
  readonly before: StoredSession | undefined
  readonly after: StoredSession | undefined
}

/** Several app processes on one store, with a clock. */
export class World {
  readonly scheduler: Scheduler
  readonly store: orbit.SessionStore
  readonly writes: Write[] = []
  time = 1_800_000_000_000
  readonly grace: number
  readonly #processes = new Map<number, Process>()
  readonly #begin: (process: number) => Process
  readonly #faults: ReadonlyMap<number, Fault['what']>
  readonly #stored = new Set<string>()
  readonly #handled = new Map<string, Handled>()
  readonly #work: number
  #calls = 0

  /** @param options `work`: the duration of a handler's other work, in milliseconds */
  constructor(
    { session, newStore, begin }: Orbit,
    options: {
      readonly picks: readonly number[]
      readonly grace: number
      readonly work: number
      readonly faults: readonly Fault[]
    },
  ) {
    this.scheduler = new Scheduler(options.picks, begin ? 5 : 0)
    this.grace = options.grace
    this.#work = options.work
    this.#faults = new Map(options.faults.map(({ at, what }) => [at, what]))
    const now = () => this.time
    this.store = newStore({ now })
    const store = this.#gated(this.store)
    this.#begin = (process) => {
      if (begin) return begin(this, process)
      const app = new Hono()
      app.use(
        session({
          store,
          now,
          secret: 'a secret of the tests, long enough for all',
          cookie: { secure: false },
          regenerateGraceSeconds: options.grace,
          touch: (c) => c.req.header('X-Poll') === undefined,
        }),
      )
      app.all('/run/:name', (c) => this.#handle(c))
      return app
    }
  }

  /** A process starts with its first request. */
  #process(number: number): Process {
    const app = this.#processes.get(number) ?? this.#begin(number)
    this.#processes.set(number, app)
    return app
  }

  async #handle(c: Context): Promise<Response> {
    const handled = this.handled(c.req.param('name') ?? '')
    await perform(c.get('session'), handled, handled.report, () => this.work())
    return c.json({})
  }

  handled(name: string): Handled {
    const handled = this.#handled.get(name)
    if (!handled) throw new Error('no such request')
    return handled
  }

  /** Other work of a handler. */
  async work(): Promise<void> {
    await this.scheduler.turn()
    this.time += this.#work
  }

  /** A store call whose turn has come. */
  step<Result>(call: () => Result): Promise<Awaited<Result>> {
    return this.scheduler.step(() => this.#faulty(call))
  }

  /** A store write that was done, or is about to be tried. */
  note(key: string, write?: Write): void {
    this.#stored.add(key)
    if (write) this.writes.push(write)
  }

  #gated(store: orbit.SessionStore): orbit.SessionStore {
    const gate =
      <Args extends unknown[], Result>(verb: (...args: Args) => Result) =>
      (...args: Args): Promise<Awaited<Result>> =>
        this.step(() => verb.apply(store, args))
    const noting: orbit.SessionStore['compareAndSet'] = async (key, version, next) => {
      this.note(key)
      const before = await store.load(key)
      const isDone = await store.compareAndSet(key, version, next)
      if (isDone) this.note(key, { before: storedIn(before), after: storedIn(next) })
      return isDone
    }
    return {
      load: gate(store.load),
      compareAndSet: gate(noting),
      close: () => store.close(),
    }
  }

  async #faulty<Result>(call: () => Result): Promise<Awaited<Result>> {
    const fault = this.scheduler.isHolding ? this.#faults.get(this.#calls++) : undefined
    if (fault === 'fail') throw new Error('the store was not called')
    const result = await call()
    if (fault === 'lose') throw new Error('the response of the store was lost')
    return result
  }

  /** The sessions in the store. */
  async records(): Promise<StoredSession[]> {
    const records = await Promise.all([...this.#stored].map((key) => this.store.load(key)))
    return records.flatMap((record) => storedIn(record) ?? [])
  }

  /** A request as a browser sends it: unsafe ones carry the CSRF token. */
  async request(name: string, message: Message): Promise<Answer> {
    const { ops, cookies, process = 0, isPoll = false } = message
    const { method = ops.every((op) => op.do === 'read') ? 'GET' : 'POST' } = message
    const report = emptyReport()
    this.#handled.set(name, { name, ops, report })
    const headers = new Headers()
    const carried = [
      ...(cookies.session === undefined ? [] : [`session=${cookies.session}`]),
      ...(cookies.token === undefined ? [] : [`XSRF-TOKEN=${cookies.token}`]),
    ]
    if (carried.length > 0) headers.set('Cookie', carried.join('; '))
    if (method === 'POST' && cookies.token !== undefined) headers.set('X-CSRF-Token', cookies.token)
    if (isPoll) headers.set('X-Poll', '1')
    const response = await this.#process(process).request(`http://app.test/run/${name}`, {
      method,
      headers,
    })
    return { status: response.status, report, cookies: cookiesIn(response) }
  }
}

function cookiesIn(response: Response): Cookies {
  const found: { session?: string; token?: string } = {}
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^(session|XSRF-TOKEN)=([^;]*)/.exec(line) ?? []
    if (value === undefined) continue
    if (name === 'session') found.session = value
    else found.token = value
  }
  return found
}

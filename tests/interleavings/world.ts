import type * as orbit from '@gravito/orbit'
import { Hono } from 'hono'

/** The package under test: the real one, or a mutant of it. */
export interface Orbit extends Pick<typeof orbit, 'session'> {
  newStore(options: { now: () => number }): orbit.SessionStore
}

/** What a request does with its session, in order. */
export type Op =
  | { readonly do: 'put'; readonly key: string }
  | { readonly do: 'increment' }
  | { readonly do: 'push' }
  | { readonly do: 'flash' }
  | { readonly do: 'read' }
  | { readonly do: 'regenerate' }
  | { readonly do: 'invalidate' }
  | { readonly do: 'login'; readonly owner: 'A' | 'B' }
  | { readonly do: 'forget-owner' }
  | { readonly do: 'clear' }
  | { readonly do: 'take' }
  | { readonly do: 'attempt' }
  | { readonly do: 'save' }

/** What a request told of itself. */
interface Seen {
  readonly before: Record<string, unknown>
  readonly owner: string | null
  readonly took: unknown
  readonly flash: unknown
  /** The values that this request put, by key. */
  readonly put: Record<string, string>
}

export interface Answer {
  readonly status: number
  readonly seen: Seen | undefined
  readonly cookie: string | undefined
}

/** Lets the steps of overlapping requests happen in an order of its own choice, one at a time. */
export class Scheduler {
  readonly #waiting: (() => void)[] = []
  readonly #picks: readonly number[]
  #step = 0
  #underWay = 0
  #answered = () => {}
  /** Free running while no case is under way. */
  isHolding = false

  constructor(picks: readonly number[]) {
    this.#picks = picks
  }

  turn(): Promise<void> | undefined {
    if (!this.isHolding) return undefined
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** One step: when its turn has come, from the question to the store to its answer. */
  async step<Result>(ask: () => Result): Promise<Awaited<Result>> {
    await this.turn()
    this.#underWay += 1
    try {
      return await ask()
    } finally {
      this.#underWay -= 1
      this.#answered()
    }
  }

  async run(jobs: readonly (() => Promise<void>)[], tick: () => void): Promise<void> {
    this.isHolding = true
    let left = jobs.length
    const all = jobs.map(async (job) => {
      await this.turn()
      await job().finally(() => {
        left -= 1
      })
    })
    while (left > 0) {
      await this.#settled()
      if (this.#waiting.length === 0) {
        // Somebody waits for a clock: a pause before another try.
        await new Promise((resolve) => setTimeout(resolve, 1))
        continue
      }
      const pick = this.#picks[this.#step % this.#picks.length] ?? 0
      this.#step += 1
      const [next] = this.#waiting.splice(pick % this.#waiting.length, 1)
      tick()
      next?.()
    }
    this.isHolding = false
    await Promise.all(all)
  }

  /** Until everything that can happen without a turn has happened. */
  async #settled(): Promise<void> {
    await immediate()
    while (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#answered = resolve
      })
      await immediate()
    }
  }
}

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Several app processes on one store, with a clock. */
export class World {
  readonly scheduler: Scheduler
  readonly writes: { verb: string; key: string; before: orbit.SessionRecord | undefined }[] = []
  readonly store: orbit.SessionStore
  time = 1_800_000_000_000
  readonly #apps: readonly Hono[]
  readonly #stored = new Set<string>()

  constructor({ session, newStore }: Orbit, picks: readonly number[], options: { grace: number }) {
    this.scheduler = new Scheduler(picks)
    const now = () => this.time
    this.store = newStore({ now })
    const gated = this.#gated(this.store)
    this.#apps = [0, 1, 2].map(() => {
      const app = new Hono()
      app.use(
        session({
          store: gated,
          now,
          secret: 'a secret of the tests, long enough for all',
          cookie: { secure: false },
          csrf: { enabled: false },
          regenerateGraceSeconds: options.grace,
        }),
      )
      app.all('/run/:name', async (c) => {
        const ops: Op[] = JSON.parse(c.req.header('X-Ops') ?? '[]')
        return c.json(await perform(c.get('session'), c.req.param('name'), ops))
      })
      return app
    })
  }

  #gated(store: orbit.SessionStore): orbit.SessionStore {
    const gate =
      <Args extends unknown[], Result>(verb: (...args: Args) => Result) =>
      (...args: Args): Promise<Awaited<Result>> =>
        this.scheduler.step(() => verb.apply(store, args))
    const noting =
      <Args extends [string, ...unknown[]], Result>(
        name: string,
        verb: (...args: Args) => Result,
      ) =>
      async (...args: Args): Promise<Awaited<Result>> => {
        const [key] = args
        this.#stored.add(key)
        const before = await store.load(key)
        const result = await verb.apply(store, args)
        if (result === 'replaced' || result === true) this.writes.push({ verb: name, key, before })
        return result
      }
    return {
      load: gate(store.load),
      create: gate(noting('create', store.create)),
      replace: gate(noting('replace', store.replace)),
      touch: gate(noting('touch', store.touch)),
      destroy: gate(noting('destroy', store.destroy)),
      list: gate(store.list),
      destroyOwner: gate(store.destroyOwner),
      close: () => store.close(),
    }
  }

  /** Everything that stands in the store. */
  async records(): Promise<orbit.SessionRecord[]> {
    const records = await Promise.all([...this.#stored].map((key) => this.store.load(key)))
    return records.filter((record) => record !== undefined)
  }

  async request(
    name: string,
    ops: readonly Op[],
    cookie: string | undefined,
    process = 0,
  ): Promise<Answer> {
    const isSafe = ops.every((op) => op.do === 'read')
    const app = this.#apps[process % this.#apps.length]
    if (!app) throw new Error('no such process')
    const response = await app.request(`http://app.test/run/${name}`, {
      method: isSafe ? 'GET' : 'POST',
      headers: {
        'X-Ops': JSON.stringify(ops),
        ...(cookie === undefined ? {} : { Cookie: `session=${cookie}` }),
      },
    })
    const set = response.headers.getSetCookie().map((line) => /^session=([^;]*)/.exec(line)?.[1])
    const body: unknown = await response.json()
    return {
      status: response.status,
      seen: isSeen(body) ? body : undefined,
      cookie: set.find((value) => value !== undefined),
    }
  }
}

function isSeen(body: unknown): body is Seen {
  return typeof body === 'object' && body !== null && 'before' in body
}

async function perform(session: orbit.Session, name: string, ops: readonly Op[]): Promise<Seen> {
  const before = session.all()
  const put: Record<string, string> = {}
  let took: unknown = null
  const flash = session.getFlash('notice', null)
  for (const [index, op] of ops.entries()) {
    const owner = ownerAtCommit(ops.slice(index)) ?? session.get<string | null>('userId', null)
    switch (op.do) {
      case 'put':
        put[op.key] = `${name}:${owner ?? 'nobody'}`
        session.put(op.key, put[op.key])
        break
      case 'increment':
        session.increment('count')
        break
      case 'push':
        session.push('list', name)
        break
      case 'flash':
        session.flash('notice', name)
        break
      case 'read':
        break
      case 'regenerate':
        session.regenerate()
        break
      case 'invalidate':
        session.invalidate()
        break
      case 'login':
        session.put('userId', op.owner)
        break
      case 'forget-owner':
        session.forget('userId')
        break
      case 'clear':
        session.clear()
        break
      case 'take':
        took = (await session.take('ticket')) ?? null
        break
      case 'attempt':
        await session.atomically((data) => data.increment('attempts'))
        break
      case 'save':
        await session.save()
        break
    }
  }
  return { before, owner: session.get<string | null>('userId', null), took, flash, put }
}

/** Whom the next commit signs in, if it does: a request's own changes are its new owner's. */
function ownerAtCommit(ops: readonly Op[]): string | undefined {
  const end = ops.findIndex((op) => op.do === 'save' || op.do === 'take' || op.do === 'attempt')
  const logins = ops.slice(0, end < 0 ? undefined : end).filter((op) => op.do === 'login')
  return logins.at(-1)?.owner
}

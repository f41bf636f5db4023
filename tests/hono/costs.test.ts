import * as crypto from 'node:crypto'
import { memoryStore, type SessionRecord, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { macWith, randomText } from '../../packages/orbit/src/keys.ts'
import { Client } from './client.ts'
import { Clock, secret } from './setting.ts'

/**
 * The cost of a request, as a number of calls instead of microseconds, so that a busy machine does not
 * change the figures. Each additional call is a decision: raise the figure in the commit that explains
 * what the call is for.
 */
interface Cost {
  readonly loads: number
  readonly writes: number
  /** Records that are parsed. */
  readonly parses: number
  /** SHA-256 digests, not counting those of an HMAC. */
  readonly hashes: number
  readonly hmacs: number
  readonly comparisons: number
  /** Random strings: ids, versions, names. */
  readonly draws: number
  /** Calls of the system's random source. Many draws share one call. */
  readonly fills: number
  readonly cookies: number
}

type Counts = { -readonly [Name in keyof Cost]: number }

const { counts, reset } = vi.hoisted(() => {
  const counts: Counts = {
    loads: 0,
    writes: 0,
    parses: 0,
    hashes: 0,
    hmacs: 0,
    comparisons: 0,
    draws: 0,
    fills: 0,
    cookies: 0,
  }
  const zero = { ...counts }
  return { counts, reset: () => Object.assign(counts, zero) }
})

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>()
  const counted =
    <Args extends unknown[], Result>(
      work: (...args: Args) => Result,
      count: (args: Args) => void,
    ) =>
    (...args: Args) => {
      count(args)
      return work(...args)
    }
  const one = (name: keyof Cost) => () => {
    counts[name] += 1
  }
  return {
    ...real,
    // An HMAC hashes bytes twice. All other inputs are strings.
    hash: counted(real.hash, ([, input]) => {
      if (typeof input === 'string') counts.hashes += 1
      else counts.hmacs += 0.5
    }),
    createHash: counted(real.createHash, one('hashes')),
    createHmac: counted(real.createHmac, one('hmacs')),
    timingSafeEqual: counted(real.timingSafeEqual, one('comparisons')),
    randomBytes: counted(real.randomBytes, one('draws')),
    randomFillSync: counted(real.randomFillSync, one('fills')),
  }
})

vi.mock('../../packages/orbit/src/keys.ts', async (original) => {
  const real = await original<typeof import('../../packages/orbit/src/keys.ts')>()
  return {
    ...real,
    randomText(bytes: number) {
      counts.draws += 1
      return real.randomText(bytes)
    },
  }
})

vi.mock('../../packages/orbit/src/session/record.ts', async (original) => {
  const real = await original<typeof import('../../packages/orbit/src/session/record.ts')>()
  return {
    ...real,
    fromRecord(record: SessionRecord) {
      counts.parses += 1
      return real.fromRecord(record)
    },
  }
})

/** An app on the memory store, which counts. `plant` adds work to each request. */
function setting() {
  let planted: () => unknown = () => undefined
  const clock = new Clock()
  const memory = memoryStore({ now: clock.now })
  const store: typeof memory = {
    ...memory,
    load(key) {
      counts.loads += 1
      return memory.load(key)
    },
    compareAndSet(key, version, next) {
      counts.writes += 1
      return memory.compareAndSet(key, version, next)
    },
  }
  const process = () => {
    const app = new Hono()
    app.use(session({ secret, store, now: clock.now }))
    app.use(async (_, next) => {
      planted()
      await next()
    })
    app.get('/unused', (c) => c.json({ ok: true }))
    app.get('/me', (c) => c.json({ userId: c.get('session').get<string | null>('userId', null) }))
    app.post('/write', (c) => {
      c.get('session').increment('clicks')
      return c.json({ ok: true })
    })
    app.post('/unchanged', (c) => c.json({ ok: true }))
    app.post('/login', (c) => {
      c.get('session').put('notes', 'x'.repeat(450))
      c.get('session').signIn(c.req.query('as') ?? 'ada')
      return c.json({ ok: true })
    })
    return app
  }
  return {
    app: process(),
    anotherProcess: process,
    store,
    plant: (work: () => unknown) => {
      planted = work
    },
  }
}

type Request = readonly [method: string, path: string]

const requests = {
  'does not use the session': ['GET', '/unused'],
  'reads it': ['GET', '/me'],
  'writes to it': ['POST', '/write'],
  'is a checked POST that leaves it alone': ['POST', '/unchanged'],
} as const satisfies Record<string, Request>

type Budget = Partial<Cost>

/** The first request in which a process sees a cookie. */
const first: Record<keyof typeof requests, Budget> = {
  'does not use the session': { hmacs: 1, comparisons: 1 },
  'reads it': { loads: 1, parses: 1, hmacs: 2, hashes: 1, comparisons: 1 },
  'writes to it': { loads: 1, parses: 1, writes: 1, hmacs: 2, hashes: 2, comparisons: 2, draws: 1 },
  'is a checked POST that leaves it alone': {
    loads: 1,
    parses: 1,
    hmacs: 2,
    hashes: 2,
    comparisons: 2,
  },
}

/** All later requests. */
const later: Record<keyof typeof requests, Budget> = {
  'does not use the session': {},
  'reads it': { loads: 1 },
  'writes to it': { loads: 1, writes: 1, comparisons: 1, draws: 1 },
  'is a checked POST that leaves it alone': { loads: 1, comparisons: 1 },
}

const kinds = Object.entries(requests) as [keyof typeof requests, Request][]

async function signedIn(app: Hono, as = 'ada'): Promise<Client> {
  const client = new Client(app)
  await client.get('/me')
  await client.post(`/login?as=${as}`)
  // A process checks the signature of a new cookie in its first two requests, and then caches the result.
  await client.get('/me')
  await client.get('/me')
  return client
}

/** The cost of this request. */
async function costOf(client: Client, [method, path]: Request): Promise<Cost> {
  reset()
  const response = method === 'POST' ? await client.post(path) : await client.get(path)
  expect(response.status).toBe(200)
  return { ...counts, cookies: response.headers.getSetCookie().length }
}

/** The costs above the budget. A cost that the budget does not name must be zero. */
function excess({ fills: _, ...cost }: Cost, budget: Budget): string[] {
  return Object.entries(cost).flatMap(([name, count]) => {
    const most = Reflect.get(budget, name) ?? 0
    return count > most ? [`${name}: ${count} instead of ${most}`] : []
  })
}

beforeEach(reset)
afterEach(() => void vi.useRealTimers())

describe('a request of a signed-in user costs no more than its budget if it', () => {
  it.each(kinds)('%s', async (kind, request) => {
    const ada = await signedIn(setting().app)
    expect(excess(await costOf(ada, request), later[kind])).toEqual([])
  })

  it.each(kinds)('%s, with a cookie that this process has not seen', async (kind, request) => {
    const { app, anotherProcess } = setting()
    const process = anotherProcess()
    // Objects that a process creates once are not part of the cost.
    await signedIn(process, 'bob')
    const ada = (await signedIn(app)).copy(process)
    expect(excess(await costOf(ada, request), first[kind])).toEqual([])
  })

  it('is a checked POST, after only POSTs', async () => {
    const { app, anotherProcess } = setting()
    const process = anotherProcess()
    await signedIn(process, 'bob')
    const ada = (await signedIn(app)).copy(process)
    const kind = 'is a checked POST that leaves it alone'
    for (let count = 0; count < 3; count += 1) await costOf(ada, requests[kind])
    expect(excess(await costOf(ada, requests[kind]), later[kind])).toEqual([])
  })

  it('is the first one of its process and does not use the session: it does not call the store (R8)', async () => {
    const { app, anotherProcess } = setting()
    const ada = (await signedIn(app)).copy(anotherProcess())
    const { loads, writes } = await costOf(ada, requests['does not use the session'])
    expect({ loads, writes }).toEqual({ loads: 0, writes: 0 })
  })

  it('writes to it, without asking the system for random bytes each time', async () => {
    // Random bytes are used for 10 ms. However busy the machine is, no time passes here.
    vi.useFakeTimers({ toFake: ['Date'] })
    const ada = await signedIn(setting().app)
    reset()
    for (let count = 0; count < 100; count += 1) await ada.post('/write')
    expect(counts.writes).toBe(100)
    expect(counts.fills).toBeLessThanOrEqual(1)
  })
})

describe('a request of a visitor costs no more than its budget if it', () => {
  it('comes without cookies and reads the session', async () => {
    const cost = await costOf(new Client(setting().app), requests['reads it'])
    expect(excess(cost, { hmacs: 2, draws: 1, cookies: 2 })).toEqual([])
  })

  it('comes without cookies and does not use the session', async () => {
    const cost = await costOf(new Client(setting().app), requests['does not use the session'])
    expect(excess(cost, {})).toEqual([])
  })

  it('comes with cookies and reads the session', async () => {
    const client = new Client(setting().app)
    await client.get('/me')
    const cost = await costOf(client, requests['reads it'])
    expect(excess(cost, { hmacs: 2, hashes: 1, comparisons: 1 })).toEqual([])
  })

  it('signs in', async () => {
    const { app } = setting()
    await signedIn(app, 'bob')
    const client = new Client(app)
    await client.get('/me')
    const cost = await costOf(client, ['POST', '/login'])
    const stored = { loads: 1, writes: 4, draws: 9, cookies: 2 }
    expect(excess(cost, { ...stored, hmacs: 4, hashes: 6, comparisons: 2 })).toEqual([])
  })
})

describe('a budget detects', () => {
  it.each([
    ['a digest', 'hashes: 1 instead of 0', () => crypto.hash('sha256', 'one too many')],
    ['an HMAC of two digests', 'hmacs: 1 instead of 0', () => macWith(new Uint8Array(32))('one')],
    ['an HMAC of an object', 'hmacs: 1 instead of 0', () => crypto.createHmac('sha256', 'one')],
    ['a draw', 'draws: 1 instead of 0', () => randomText(12)],
    ['a draw past the pool', 'draws: 1 instead of 0', () => crypto.randomBytes(12)],
    [
      'a comparison',
      'comparisons: 1 instead of 0',
      () => crypto.timingSafeEqual(new Uint8Array(1), new Uint8Array(1)),
    ],
  ])('%s above the limit', async (_, excessive, plant) => {
    const world = setting()
    const ada = await signedIn(world.app)
    world.plant(plant)
    const cost = await costOf(ada, requests['does not use the session'])
    expect(excess(cost, later['does not use the session'])).toEqual([excessive])
  })

  it('a store call above the limit', async () => {
    const world = setting()
    const ada = await signedIn(world.app)
    world.plant(() => world.store.load('one too many'))
    const cost = await costOf(ada, requests['reads it'])
    expect(excess(cost, later['reads it'])).toEqual(['loads: 2 instead of 1'])
  })
})

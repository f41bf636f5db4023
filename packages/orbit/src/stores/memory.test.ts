import { describe, expect, it } from 'vitest'
import { type MemoryStoreOptions, memoryStore } from './memory.ts'
import type { SessionRecord } from './store.ts'

const begun = 1_000_000

function setting(options: MemoryStoreOptions = {}) {
  const clock = { time: begun }
  const store = memoryStore({ ...options, now: () => clock.time })
  const create = (key: string, next: SessionRecord) => store.compareAndSet(key, undefined, next)
  return { clock, store, create }
}

let drawn = 0
function record(changes: Partial<SessionRecord> = {}): SessionRecord {
  drawn += 1
  return { version: `version-${drawn}`, payload: 'payload', expiresAt: begun + 1000, ...changes }
}

const evictable = { evictable: true }
const full = expect.objectContaining({ code: 'session-store-full', status: 503 })

describe('the methods of the memory store', () => {
  it('are synchronous, and the store says so', () => {
    const { store, create } = setting()

    expect(store.isSynchronous).toBe(true)
    expect(create('k', record())).toBe(true)
    expect(store.load('k')).not.toBeInstanceOf(Promise)
  })

  it('create a record only if the key has none', () => {
    const { store, create } = setting()
    const first = record()

    expect(create('k', first)).toBe(true)
    expect(create('k', record())).toBe(false)
    expect(store.load('k')).toEqual(first)
    expect(store.load('other')).toBeUndefined()
  })

  it('replace a record only if the version matches', () => {
    const { store, create } = setting()
    const [first, second] = [record(), record()]
    create('k', first)

    expect(store.compareAndSet('k', 'version-0', second)).toBe(false)
    expect(store.compareAndSet('k', first.version, second)).toBe(true)
    expect(store.compareAndSet('k', first.version, record())).toBe(false)
    expect(store.compareAndSet('other', first.version, record())).toBe(false)
    expect(store.load('k')).toEqual(second)
  })

  it('remove only that version, and return whether they did', () => {
    const { store, create } = setting()
    const first = record()
    create('k', first)

    expect(store.compareAndSet('k', 'version-0', undefined)).toBe(false)
    expect(store.compareAndSet('k', first.version, undefined)).toBe(true)
    expect(store.compareAndSet('k', first.version, undefined)).toBe(false)
    expect(store.load('k')).toBeUndefined()
    expect(create('k', record())).toBe(true)
  })

  it('return a record that does not change with the stored or another returned one', () => {
    const { store, create } = setting()
    const first = { ...record() }
    create('k', first)
    Object.assign(first, { payload: 'changed' })
    const seen = store.load('k')
    expect(seen).toMatchObject({ payload: 'payload' })
    try {
      Object.assign(seen ?? {}, { payload: 'changed' })
    } catch {}

    expect(store.load('k')).toMatchObject({ payload: 'payload' })
  })

  it('keep a record forever if it has no expiry', () => {
    const { store, create, clock } = setting()
    create('k', { version: 'a', payload: 'p' })
    clock.time = Number.MAX_SAFE_INTEGER

    expect(store.load('k')).toEqual({ version: 'a', payload: 'p' })
  })
})

describe('an expired record counts as absent, before anything has removed it', () => {
  it.each([{}, evictable])('in every call: %j', (changes) => {
    const { store, create, clock } = setting()
    const first = record(changes)
    create('k', first)
    clock.time = begun + 999
    expect(store.load('k')).toEqual(first)
    clock.time = begun + 1000

    expect(store.compareAndSet('k', first.version, record())).toBe(false)
    expect(store.compareAndSet('k', first.version, undefined)).toBe(false)
    expect(store.load('k')).toBeUndefined()
    expect(create('k', record({ expiresAt: begun + 5000 }))).toBe(true)
  })
})

describe('bounds', () => {
  it('drop evictable records first, the least recently used', () => {
    const { store, create } = setting({ maxEntries: 4 })
    create('kept', record())
    for (const key of ['a', 'b', 'c']) create(key, record(evictable))
    store.load('a')
    create('d', record(evictable))

    expect(store.load('b')).toBeUndefined()
    for (const key of ['kept', 'a', 'c', 'd']) expect(store.load(key), key).toBeDefined()
  })

  it('count a write as use too', () => {
    const { store, create } = setting({ maxEntries: 2 })
    const first = record(evictable)
    create('a', first)
    create('b', record(evictable))
    store.compareAndSet('a', first.version, record(evictable))
    create('c', record(evictable))

    expect(store.load('a')).toBeDefined()
    expect(store.load('b')).toBeUndefined()
  })

  it('drop a record that becomes evictable, and keep one that no longer is', () => {
    const { store, create } = setting({ maxEntries: 2 })
    const [one, other] = [record(), record(evictable)]
    create('one', one)
    create('other', other)
    store.compareAndSet('one', one.version, record(evictable))
    store.compareAndSet('other', other.version, record())
    create('new', record())

    expect(store.load('one')).toBeUndefined()
    expect(store.load('other')).toBeDefined()
  })

  it('never drop other records: a new one is refused with a 503, and removing still works', () => {
    const { store, create } = setting({ maxEntries: 2 })
    const first = record()
    create('a', first)
    create('b', record())

    expect(() => create('c', record())).toThrow(full)
    expect(() => create('c', record(evictable))).toThrow(full)
    expect(store.load('a')).toBeDefined()
    expect(store.load('b')).toBeDefined()
    expect(store.compareAndSet('a', first.version, record())).toBe(true)
    const second = store.load('b')
    expect(store.compareAndSet('b', Object(second).version, undefined)).toBe(true)
    expect(create('c', record())).toBe(true)
  })

  it('remove expired records before they drop or refuse live ones', () => {
    const { store, create, clock } = setting({ maxEntries: 2 })
    create('dead', record())
    create('alive', record({ ...evictable, expiresAt: begun + 1e6 }))
    clock.time = begun + 2000

    expect(create('new', record({ expiresAt: begun + 1e6 }))).toBe(true)
    expect(store.load('alive')).toBeDefined()
  })

  it('limit the bytes too, and a refused write changes nothing', () => {
    const { store, create } = setting({ maxBytes: 20_000 })
    const first = record()
    create('a', first)
    const big = record({ payload: 'x'.repeat(20_000) })

    expect(() => create('b', big)).toThrow(full)
    expect(() => store.compareAndSet('a', first.version, big)).toThrow(full)
    expect(store.load('a')).toEqual(first)
  })

  it('drop no session for a record that could never fit', () => {
    const { store, create } = setting({ maxBytes: 20_000 })
    create('a', record(evictable))

    expect(() => create('b', record({ payload: 'x'.repeat(20_000) }))).toThrow(full)
    expect(store.load('a')).toBeDefined()
  })

  it('hold for ten thousand records of every kind, and the sums stay correct', () => {
    const { store, create, clock } = setting({ maxEntries: 100, maxBytes: 16_384 * 10 })
    for (let i = 0; i < 10_000; i += 1) {
      clock.time += 1
      const kind = i % 3 ? evictable : {}
      const one = record({ expiresAt: clock.time + 50, ...kind })
      create(`k${i}`, one)
      if (i % 5 === 0) {
        const longer = record({ ...one, version: `other-${i}`, payload: 'y'.repeat(i % 50) })
        store.compareAndSet(`k${i}`, one.version, longer)
      }
      const before = store.load(`k${i - 3}`)
      if (i % 11 === 0) store.compareAndSet(`k${i - 3}`, Object(before).version, undefined)
      for (let back = 1; back < 60; back += 9) store.load(`k${i - back}`)
      expect([...keysOf(store)].length).toBeLessThanOrEqual(100)
    }
    clock.time += 2000
    const alive = { expiresAt: clock.time + 50 }
    for (let i = 0; i < 100; i += 1) expect(create(`last${i}`, record(alive))).toBe(true)
    expect(() => create('one more', record(alive))).toThrow(full)
  })
})

function keysOf(store: ReturnType<typeof memoryStore>): Iterable<string> {
  const keys = store.keys()
  if (Symbol.iterator in keys) return keys
  throw new TypeError('The keys of a memory store are there at once.')
}

describe('a store full of 50,000 expired records', () => {
  const many = 50_000

  /** The duration of each step, in milliseconds of CPU time of this process. */
  function stepsOf(expiresAt: (i: number) => number, kind: Partial<SessionRecord>): number[] {
    const { store, create, clock } = setting({ maxEntries: many })
    for (let i = 0; i < many; i += 1) create(`k${i}`, record({ ...kind, expiresAt: expiresAt(i) }))
    clock.time = expiresAt(many) + 2000
    const alive = () => record({ expiresAt: clock.time + 1000 })
    const steps: (() => unknown)[] = [
      () => create('first', alive()),
      () => store.load('first'),
      () => store.load('k5') ?? true,
      ...Array.from({ length: 500 }, (_, i) => () => create(`n${i}`, alive())),
    ]
    return steps.map((step) => {
      const before = process.cpuUsage()
      expect(step()).toBeTruthy()
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    })
  }

  it.each<[string, (i: number) => number, Partial<SessionRecord>]>([
    ['all in one second', () => begun + 1000, {}],
    ['evictable, all in one second', () => begun + 1000, evictable],
    ['over some minutes', (i) => begun + 1000 + i * 4, {}],
    ['over a day', (i) => begun + 1000 + i * 864, {}],
    ['over ten years', (i) => begun + 1000 + i * 3_155_760, {}],
  ])(
    'blocks the event loop for less than 10 ms at each step: %s',
    { timeout: 60_000 },
    (_, expiresAt, kind) => {
      // A slow step is slow each time. The garbage collector runs in another step each time.
      const runs = Array.from({ length: 2 }, () => stepsOf(expiresAt, kind))
      const slowest = (runs[0] ?? []).map((_, step) =>
        Math.min(...runs.map((run) => run[step] ?? 0)),
      )

      expect(Math.max(...slowest)).toBeLessThan(10)
      expect(slowest.reduce((sum, ms) => sum + ms, 0) / slowest.length).toBeLessThan(1)
    },
  )
})

it('lists the keys of its records', () => {
  const { store, create } = setting()
  create('a', record())
  create('b', record(evictable))

  expect([...keysOf(store)].sort()).toEqual(['a', 'b'])
})

it('is empty after close', () => {
  const { store, create } = setting()
  create('k', record())
  store.close()

  expect(store.load('k')).toBeUndefined()
  expect([...keysOf(store)]).toEqual([])
})

describe('the options of a memory store', () => {
  it.each([
    ['memory.maxEntries', { maxEntries: Number.NaN }],
    ['memory.maxEntries', { maxEntries: 0 }],
    ['memory.maxBytes', { maxBytes: '1 GB' as unknown as number }],
    ['memory.maxBytes', { maxBytes: 1.5 }],
    ['memory.now', { now: () => Number.NaN }],
    ['memory.now', { now: 5 as unknown as () => number }],
  ])('are refused if they are not valid: %s, %o', (name, options) => {
    expect(() => memoryStore(options)).toThrow(name)
  })
})

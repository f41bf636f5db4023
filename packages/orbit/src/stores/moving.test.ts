import { describe, expect, it } from 'vitest'
import { SessionConfigError } from '../errors.ts'
import { chaotic, type Fault } from '../testing/chaos.ts'
import { timed } from './guarded.ts'
import { memoryStore } from './memory.ts'
import { alone } from './moving/alone.ts'
import { look, moveKey, take } from './moving/look.ts'
import { nextStep } from './moving/protocol.ts'
import { movingStore } from './moving.ts'
import type { SessionRecord, SessionStore } from './store.ts'

const key = 'key-of-a-session'
let drawn = 0
const record = (fields: Partial<SessionRecord> = {}): SessionRecord => {
  drawn += 1
  return { version: `v${drawn}`, payload: `payload ${drawn}`, expiresAt: 1_900_000, ...fields }
}

function setting() {
  const clock = { time: 100_000 }
  const now = () => clock.time
  const calls: string[] = []
  const counted = (side: string, store: SessionStore): SessionStore => ({
    ...store,
    load: (key) => {
      calls.push(`load ${side}`)
      return store.load(key)
    },
    compareAndSet: (key, version, next) => {
      calls.push(`set ${side}`)
      return store.compareAndSet(key, version, next)
    },
  })
  const [to, from] = [memoryStore({ now }), memoryStore({ now })]
  const both = movingStore(to, from, {
    now,
    guard: (store) => counted(store === to ? 'to' : 'from', store),
  })
  /** Like a process that dies after this number of steps. */
  const step = async (times: number) => {
    for (let taken = 0; taken < times; taken += 1) {
      const seen = await look({ to, from }, key)
      const next = nextStep(seen.to, seen.from, now())
      if (typeof next === 'object') await take({ to, from }, key, next)
    }
  }
  return { clock, now, to, from, both, step, taken: () => calls.splice(0) }
}

describe('two stores as one', () => {
  it('create new records in the new store', async () => {
    const { to, from, both } = setting()
    const one = record()

    expect(await both.compareAndSet(key, undefined, one)).toBe(true)

    expect(to.load(key)).toEqual(one)
    expect(from.load(key)).toBeUndefined()
  })

  it('read, change and end a record in the old store while it is there', async () => {
    const { to, from, both } = setting()
    const [one, two] = [record(), record()]
    await from.compareAndSet(key, undefined, one)

    expect(await both.load(key)).toEqual(one)
    expect(await both.compareAndSet(key, undefined, record())).toBe(false)
    expect(await both.compareAndSet(key, one.version, two)).toBe(true)
    expect(from.load(key)).toEqual(two)
    expect(await both.compareAndSet(key, two.version, undefined)).toBe(true)
    expect([to.load(key), from.load(key)]).toEqual([undefined, undefined])
  })

  it.each([0, 1, 2, 3, 4, 5, 6])(
    'find, change and end a record at each step of its move: %d',
    async (steps) => {
      const one = record({ evictable: true })
      const begun = async () => {
        const made = setting()
        await made.from.compareAndSet(key, undefined, one)
        await made.step(steps)
        return made
      }

      const { both } = await begun()
      expect(await both.load(key)).toEqual(one)
      expect(await both.compareAndSet(key, undefined, record())).toBe(false)
      expect(await both.compareAndSet(key, 'another', record())).toBe(false)
      const two = record()
      expect(await both.compareAndSet(key, one.version, two)).toBe(true)
      expect(await both.load(key)).toEqual(two)

      const other = await begun()
      expect(await other.both.compareAndSet(key, one.version, undefined)).toBe(true)
      expect(await other.both.load(key)).toBeUndefined()
      // A process that continues the move does not bring it back.
      await moveKey(other, key, other.now)
      expect(await other.both.load(key)).toBeUndefined()
      expect(other.from.load(key)).toBeUndefined()
      expect(await other.both.compareAndSet(key, undefined, two)).toBe(true)
    },
  )

  it.each([1, 2, 3, 4, 5])(
    'let a record expire at its time at each step of its move: %d',
    async (steps) => {
      const { clock, from, both, step } = setting()
      await from.compareAndSet(key, undefined, record({ expiresAt: 130_000 }))
      await step(steps)

      clock.time = 129_999
      expect(await both.load(key)).toBeDefined()
      clock.time = 130_000
      expect(await both.load(key)).toBeUndefined()
      expect(await both.compareAndSet(key, undefined, record())).toBe(true)
    },
  )

  it('continue the move of a record whose process died a minute ago', async () => {
    const { clock, now, to, from, both, step } = setting()
    const one = record()
    await from.compareAndSet(key, undefined, one)
    await step(2)
    clock.time += 60_000

    expect(await both.load(key)).toEqual(one)
    expect(await moveKey({ to, from }, key, now)).toBe('moved')
    expect(to.load(key)).toEqual(one)
  })

  it('need one call for a record that has moved, and two for a record that has not', async () => {
    const { to, from, both, taken } = setting()
    const [moved, old, next] = [record(), record(), record()]
    await to.compareAndSet('moved', undefined, moved)
    await from.compareAndSet('old', undefined, old)

    await both.load('moved')
    expect(taken()).toEqual(['load to'])
    await both.compareAndSet('moved', moved.version, next)
    expect(taken()).toEqual(['set to'])
    await both.load('old')
    expect(taken()).toEqual(['load to', 'load from'])
    await both.compareAndSet('old', old.version, next)
    expect(taken()).toEqual(['set to', 'set from'])
    await both.load('neither')
    expect(taken()).toEqual(['load to', 'load from', 'load to'])
    await both.compareAndSet('neither', undefined, next)
    expect(taken()).toEqual(['load from', 'set to', 'load from'])
  })

  it('are synchronous if both stores are', async () => {
    const { both, from } = setting()
    const one = record()
    from.compareAndSet(key, undefined, one)

    expect(both.isSynchronous).toBe(true)
    expect(both.load(key)).toEqual(one)
    expect(both.compareAndSet(key, one.version, record())).toBe(true)
    const slow = movingStore(
      memoryStore(),
      chaotic(memoryStore(), () => 'none'),
      { now: Date.now },
    )
    expect(slow.isSynchronous).toBe(false)
  })

  it('list their keys, prune and close together', async () => {
    const ended: string[] = []
    const able = (name: string) => ({
      ...memoryStore(),
      prune: () => 2,
      ready: () => void ended.push(`ready ${name}`),
      close: () => void ended.push(`close ${name}`),
    })
    const [to, from] = [able('to'), able('from')]
    const both = movingStore(to, from, { now: Date.now })
    to.compareAndSet('a', undefined, record({ expiresAt: Date.now() + 1_000 }))
    from.compareAndSet('b', undefined, record({ expiresAt: Date.now() + 1_000 }))

    const keys: string[] = []
    for await (const one of both.keys()) keys.push(one)
    expect(keys).toEqual(['b', 'a'])
    expect(await both.prune()).toBe(4)
    await both.ready()
    await both.close()
    expect(ended).toEqual(['ready to', 'ready from', 'close to', 'close from'])
  })

  it('must be different: the same store twice is refused at boot', async () => {
    const store = memoryStore()
    const [one, other] = [{ ...store }, { ...store }]

    await expect(movingStore(one, other, { now: Date.now }).ready()).rejects.toThrow(
      SessionConfigError,
    )
    for await (const left of store.keys()) expect.unreachable(left)
  })
})

describe('a process that pauses in the middle of a move', () => {
  it('does not restore a record that was removed in the meantime, even together with another process', async () => {
    const { clock, now, to, from, both, step } = setting()
    const one = record()
    from.compareAndSet(key, undefined, one)
    await step(2)
    const seen = await look({ to, from }, key)
    const arrive = nextStep(seen.to, seen.from, now())
    // The prepared record has expired, and two processes prepare it again.
    clock.time += 60_000
    const gone = await look({ to, from }, key)
    const prepare = nextStep(gone.to, gone.from, now())
    expect([arrive, prepare]).toMatchObject([{ side: 'to' }, { side: 'to', version: undefined }])
    await moveKey({ to, from }, key, now)
    expect(await both.compareAndSet(key, one.version, undefined)).toBe(true)

    for (const late of [prepare, arrive, prepare]) {
      if (typeof late === 'object') await take({ to, from }, key, late)
      expect(await both.load(key)).toBeUndefined()
    }
    // The record that it left there blocks nothing, and expires.
    const two = record()
    expect(await both.compareAndSet(key, undefined, two)).toBe(true)
    expect(to.load(key)).toEqual(two)
  })
})

describe('two stores, one of which fails', () => {
  /** The old store, with faults. */
  function failing(fault: () => Fault) {
    const now = () => 100_000
    const [to, from] = [memoryStore({ now }), memoryStore({ now })]
    const both = movingStore(to, chaotic(from, fault), {
      now,
      guard: (store) => timed(store, 1_000),
    })
    return { to, from, both }
  }

  it('serve records that have moved while the old store is unavailable, and throw for all others', async () => {
    const { to, both } = failing(() => 'fail')
    const one = record()
    to.compareAndSet('moved', undefined, one)

    expect(await both.load('moved')).toEqual(one)
    await expect(both.load(key)).rejects.toMatchObject({ code: 'session-unavailable' })
    await expect(both.compareAndSet(key, undefined, one)).rejects.toMatchObject({
      code: 'session-unavailable',
    })
    await expect(both.compareAndSet(key, 'v', undefined)).rejects.toMatchObject({
      code: 'session-unavailable',
    })
  })

  it.each([0, 1])('let an app start while one of them is unavailable: store %d', async (index) => {
    const stores = [memoryStore(), memoryStore()].map((store, place) =>
      chaotic(store, () => (place === index ? 'fail' : 'none')),
    )
    const [to = memoryStore(), from = memoryStore()] = stores

    await movingStore(to, from, { now: Date.now }).ready()
  })

  it('do not report a record as ended because one of them does not have it', async () => {
    const now = () => 100_000
    const [to, from] = [memoryStore({ now }), memoryStore({ now })]
    let isFailing = true
    const first = chaotic(to, (verb) => (isFailing && verb === 'compareAndSet' ? 'fail' : 'none'))
    const both = movingStore(first, from, { now, guard: (store) => timed(store, 1_000) })
    const one = record()
    from.compareAndSet(key, undefined, one)

    await expect(both.compareAndSet(key, one.version, undefined)).rejects.toMatchObject({
      code: 'session-unavailable',
    })
    expect(from.load(key)).toEqual(one)
    isFailing = false
    expect(await both.compareAndSet(key, one.version, undefined)).toBe(true)
  })

  it('look up a write whose response was lost', async () => {
    let calls = 0
    const { from, both } = failing(() => {
      calls += 1
      return calls === 1 ? 'lose' : 'none'
    })
    const [one, two] = [record(), record()]
    from.compareAndSet(key, undefined, one)

    expect(await both.compareAndSet(key, one.version, two)).toBe(true)
    expect(await both.load(key)).toEqual(two)
  })
})

describe('processes with the two stores in different order', () => {
  it('find records that the others have created', async () => {
    const { now, to, from, both } = setting()
    const other = movingStore(from, to, { now })
    const [one, two] = [record(), record()]

    await other.compareAndSet('one', undefined, one)
    await both.compareAndSet('two', undefined, two)
    expect(from.load('one')).toEqual(one)
    expect(await both.load('one')).toEqual(one)
    expect(await other.load('two')).toEqual(two)
    expect(await both.compareAndSet('one', one.version, undefined)).toBe(true)
    expect(await other.load('one')).toBeUndefined()
  })

  it('do not both create a record under one key', async () => {
    const { now, to, from } = setting()
    let meanwhile = () => {}
    const late: SessionStore = {
      ...to,
      compareAndSet(...args) {
        meanwhile()
        return to.compareAndSet(...args)
      },
    }
    const both = movingStore(late, from, { now })
    const theirs = record()
    meanwhile = () => {
      meanwhile = () => {}
      from.compareAndSet(key, undefined, theirs)
    }

    expect(await both.compareAndSet(key, undefined, record())).toBe(false)
    expect(await both.load(key)).toEqual(theirs)
    expect(to.load(key)).toBeUndefined()
  })

  it('refuse a record that moves in the other direction', async () => {
    const { now, to, from, step } = setting()
    from.compareAndSet(key, undefined, record())
    await step(3)

    expect(() => movingStore(from, to, { now }).load(key)).toThrow(
      expect.objectContaining({ code: 'session-unavailable' }),
    )
  })
})

describe('one store alone', () => {
  it('throws for a record in the middle of a move, and does not treat it as unreadable', async () => {
    const { to, from, step } = setting()
    const one = record()
    from.compareAndSet(key, undefined, one)
    from.compareAndSet('another', undefined, one)
    await step(3)
    const ready = () => {}

    for (const store of [to, from]) {
      expect(() => alone(store, ready).load(key)).toThrow(
        expect.objectContaining({ code: 'session-unavailable' }),
      )
    }
    expect(alone(from, ready).load('another')).toEqual(one)
    expect(alone(from, ready).isSynchronous).toBe(true)
  })
})

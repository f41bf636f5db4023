import { describe, expect, it } from 'vitest'
import { type MemoryStoreOptions, memoryStore } from './memory.ts'
import type { SessionRecord } from './store.ts'

const begun = 1_000_000

function setting(options: MemoryStoreOptions = {}) {
  const clock = { time: begun }
  const store = memoryStore({ ...options, now: () => clock.time })
  return { clock, store }
}

let drawn = 0
function record(changes: Partial<SessionRecord> = {}): SessionRecord {
  drawn += 1
  return {
    version: `version ${drawn}`,
    birth: `birth ${drawn}`,
    payload: 'payload',
    createdAt: begun,
    lastActivityAt: begun,
    expiresAt: begun + 1000,
    ...changes,
  }
}

const to = { successor: { key: 'next', birth: 'b' } }

describe('the verbs', () => {
  it('create stores only where there is none', async () => {
    const { store } = setting()
    const first = record()

    expect(await store.create('k', first)).toBe('created')
    expect(await store.create('k', record())).toBe('exists')
    expect(await store.load('k')).toEqual(first)
    expect(await store.load('other')).toBeUndefined()
  })

  it('replace stores only where the version stands', async () => {
    const { store } = setting()
    const [first, second] = [record(), record()]
    await store.create('k', first)

    expect(await store.replace('k', second, 'version 0')).toBe('conflict')
    expect(await store.replace('k', second, first.version)).toBe('replaced')
    expect(await store.replace('k', record(), first.version)).toBe('conflict')
    expect(await store.replace('other', record(), first.version)).toBe('gone')
    expect(await store.load('k')).toEqual(second)
  })

  it('touch moves the two times only where the version stands, and changes neither data nor version', async () => {
    const { store } = setting()
    const first = record()
    await store.create('k', first)

    expect(await store.touch('k', 'another', begun + 1, begun + 5)).toBe(false)
    expect(await store.load('k')).toEqual(first)
    expect(await store.touch('k', first.version, begun + 10, begun + 5000)).toBe(true)
    expect(await store.load('k')).toEqual({
      ...first,
      lastActivityAt: begun + 10,
      expiresAt: begun + 5000,
    })
    expect(await store.touch('absent', first.version, begun, begun + 5)).toBe(false)
  })

  it('touch never reaches a sealed record by the version from before the seal', async () => {
    const { store } = setting()
    const first = record()
    await store.create('k', first)
    await store.replace('k', record(to), first.version)

    expect(await store.touch('k', first.version, begun, begun + 1e6)).toBe(false)
  })

  it('destroy removes what stands, or only that version, and says whether it did', async () => {
    const { store } = setting()
    const first = record()
    await store.create('k', first)

    expect(await store.destroy('k', 'another')).toBe(false)
    expect(await store.destroy('k', first.version)).toBe(true)
    expect(await store.destroy('k')).toBe(false)
    expect(await store.load('k')).toBeUndefined()
    await store.create('k', record())
    expect(await store.destroy('k')).toBe(true)
  })

  it('what comes out does not change with what went in, or what comes out again', async () => {
    const { store } = setting()
    const first = { ...record() }
    await store.create('k', first)
    Object.assign(first, { payload: 'changed' })
    const seen = await store.load('k')
    expect(seen?.payload).toBe('payload')
    try {
      Object.assign(seen ?? {}, { payload: 'changed' })
    } catch {}

    expect((await store.load('k'))?.payload).toBe('payload')
  })
})

describe('an expired record counts as absent, before anything has removed it', () => {
  async function expired() {
    const { store, clock } = setting()
    const first = record({ owner: 'ada' })
    await store.create('k', first)
    clock.time = begun + 999
    expect(await store.load('k')).toEqual(first)
    clock.time = begun + 1000
    return { store, first }
  }

  it('in load, replace, touch and destroy', async () => {
    for (const verb of ['load', 'replace', 'touch', 'destroy'] as const) {
      const { store, first } = await expired()
      if (verb === 'load') expect(await store.load('k')).toBeUndefined()
      if (verb === 'replace') expect(await store.replace('k', record(), first.version)).toBe('gone')
      if (verb === 'touch')
        expect(await store.touch('k', first.version, begun, begun + 1e6)).toBe(false)
      if (verb === 'destroy') expect(await store.destroy('k')).toBe(false)
    }
  })

  it('in create, list and destroyOwner', async () => {
    const one = await expired()
    expect(await one.store.create('k', record({ expiresAt: begun + 5000 }))).toBe('created')
    const other = await expired()
    expect(await other.store.list('ada')).toEqual([])
    expect(await other.store.destroyOwner('ada')).toBe(0)
  })
})

describe('the sessions of an owner', () => {
  async function peopled() {
    const { store, clock } = setting()
    const records = {
      a1: record({ owner: 'ada' }),
      a2: record({ owner: 'ada' }),
      old: record({ owner: 'ada', ...to }),
      b1: record({ owner: 'bob' }),
      nobody: record(),
    }
    for (const [key, one] of Object.entries(records)) await store.create(key, one)
    return { store, clock, records }
  }
  const keys = (list: ReadonlyArray<{ key: string }>) => list.map(({ key }) => key).sort()

  it('are listed without the sealed ones and without those of others', async () => {
    const { store } = await peopled()

    expect(keys(await store.list('ada'))).toEqual(['a1', 'a2'])
    expect(keys(await store.list('bob'))).toEqual(['b1'])
    expect(await store.list('nobody')).toEqual([])
    expect(await store.list('__proto__')).toEqual([])
  })

  it('are still listed after a replace, and no more after a seal and a destroy', async () => {
    const { store, records } = await peopled()
    await store.replace('a1', { ...records.a1, version: 'x' }, records.a1.version)
    expect(keys(await store.list('ada'))).toEqual(['a1', 'a2'])
    await store.replace('a1', { ...records.a1, version: 'y', ...to }, 'x')
    expect(keys(await store.list('ada'))).toEqual(['a2'])
    await store.destroy('a2')
    expect(await store.list('ada')).toEqual([])
  })

  it('are all destroyed, sealed ones too, but for one; and it says how many lived', async () => {
    const { store } = await peopled()

    expect(await store.destroyOwner('ada', 'a2')).toBe(1)
    expect(keys(await store.list('ada'))).toEqual(['a2'])
    expect(await store.load('old')).toBeUndefined()
    expect(await store.destroyOwner('ada')).toBe(1)
    expect(await store.destroyOwner('ada')).toBe(0)
    expect(await store.load('b1')).toBeDefined()
    expect(await store.load('nobody')).toBeDefined()
  })
})

describe('bounds', () => {
  it('when full, sessions without an owner go first, the least recently used', async () => {
    const { store } = setting({ maxEntries: 4 })
    await store.create('owned', record({ owner: 'ada' }))
    for (const key of ['a', 'b', 'c']) await store.create(key, record())
    await store.load('a')
    await store.create('d', record())

    expect(await store.load('b')).toBeUndefined()
    for (const key of ['owned', 'a', 'c', 'd']) expect(await store.load(key), key).toBeDefined()
  })

  it('sessions with an owner are never dropped: a create is refused with a 503', async () => {
    const { store } = setting({ maxEntries: 2 })
    await store.create('a', record({ owner: 'ada' }))
    await store.create('b', record({ owner: 'bob' }))
    const full = expect.objectContaining({ code: 'session-store-full', status: 503 })

    expect(() => store.create('c', record())).toThrow(full)
    expect(() => store.create('c', record({ owner: 'cy' }))).toThrow(full)
    expect(await store.load('a')).toBeDefined()
    expect(await store.load('b')).toBeDefined()
    await store.destroy('a')
    expect(await store.create('c', record())).toBe('created')
  })

  it('makes room by what has expired before it refuses or drops what lives', async () => {
    const { store, clock } = setting({ maxEntries: 2 })
    await store.create('dead', record({ owner: 'ada' }))
    await store.create('alive', record({ expiresAt: begun + 1e6 }))
    clock.time = begun + 1000

    expect(await store.create('new', record({ expiresAt: begun + 1e6 }))).toBe('created')
    expect(await store.load('alive')).toBeDefined()
  })

  it('bound the bytes too, and a refused write leaves what was there', async () => {
    const { store } = setting({ maxBytes: 20_000 })
    const first = record({ owner: 'ada' })
    await store.create('a', first)
    const big = record({ owner: 'ada', payload: 'x'.repeat(20_000) })

    expect(() => store.create('b', big)).toThrow(
      expect.objectContaining({ code: 'session-store-full' }),
    )
    expect(() => store.replace('a', big, first.version)).toThrow(
      expect.objectContaining({ code: 'session-store-full' }),
    )
    expect(await store.load('a')).toEqual(first)
    expect(await store.list('ada')).toHaveLength(1)
  })

  it('a record that could never fit costs nobody the session', async () => {
    const { store } = setting({ maxBytes: 20_000 })
    await store.create('a', record())

    expect(() => store.create('b', record({ payload: 'x'.repeat(20_000) }))).toThrow(/full/)
    expect(await store.load('a')).toBeDefined()
  })

  it('hold over ten thousand sessions of every kind, and the sums stay right', async () => {
    const { store, clock } = setting({ maxEntries: 100 })
    for (let i = 0; i < 10_000; i += 1) {
      clock.time += 1
      const one = record({
        createdAt: clock.time,
        expiresAt: clock.time + 50,
        ...(i % 3 ? {} : { owner: `o${i % 7}` }),
      })
      await store.create(`k${i}`, one)
      if (i % 5 === 0)
        await store.replace(
          `k${i}`,
          { ...one, version: 'x', payload: 'y'.repeat(i % 50) },
          one.version,
        )
      if (i % 11 === 0) await store.destroy(`k${i - 3}`)
      for (let back = 1; back < 60; back += 9) await store.load(`k${i - back}`)
    }
    clock.time += 1000
    expect(await store.create('last', record({ expiresAt: clock.time + 50 }))).toBe('created')
  })
})

it('holds nothing after close', async () => {
  const { store } = setting()
  await store.create('k', record({ owner: 'ada' }))
  await store.close()

  expect(await store.load('k')).toBeUndefined()
  expect(await store.list('ada')).toEqual([])
})

describe('the options of a memory store', () => {
  it.each([
    ['memory.maxEntries', { maxEntries: Number.NaN }],
    ['memory.maxEntries', { maxEntries: 0 }],
    ['memory.maxBytes', { maxBytes: '1 GB' as unknown as number }],
    ['memory.maxBytes', { maxBytes: 1.5 }],
    ['memoryStore: now', { now: () => Number.NaN }],
    ['memoryStore: now', { now: 5 as unknown as () => number }],
  ])('%s is refused at once: %o', (name, options) => {
    expect(() => memoryStore(options)).toThrow(name)
  })
})

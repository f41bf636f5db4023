import { describe, expect, it } from 'vitest'
import { memoryStore } from '../stores/memory.ts'
import { find } from './lookup.ts'
import { newMark } from './marks.ts'
import { ended, moved, newSession, type StoredSession, toRecord } from './record.ts'
import { begun, type Times } from './times.ts'

const longest = { idle: 60_000, absolute: 600_000 }
const times: Times = { ...longest, touchInterval: 1000, grace: 10_000, longest }
const began = 1_000_000

function setting() {
  const clock = { time: began }
  const now = () => clock.time
  const store = memoryStore({ now })
  const put = (key: string, session: StoredSession) => {
    const stands = store.load(key)
    const version = stands instanceof Promise ? undefined : stands?.version
    store.compareAndSet(key, version, toRecord(session))
    return { key, record: session }
  }
  return { clock, store, put, lookup: { store, times, now } }
}

const session = (): StoredSession =>
  newSession({
    data: 'd',
    owner: undefined,
    name: undefined,
    beginning: begun(began, times),
    now: began,
    times,
  })

/** Sessions that moved from one key to the next: `0`, `1`, … The last one is live. */
function chain({ put }: Pick<ReturnType<typeof setting>, 'put'>, moves: number) {
  const all = Array.from({ length: moves + 1 }, session)
  return all.map((record, i) => {
    const next = all[i + 1]
    const to = next && { key: `${i + 1}`, instance: next.instance }
    return put(`${i}`, to ? moved(record, to, began, times) : record)
  })
}

describe('the record under a key', () => {
  it('is found at once in a synchronous store', () => {
    const { lookup, put } = setting()
    const stored = put('k', session())

    expect(find(lookup, 'k')).toMatchObject({ kind: 'live', stored })
  })

  it('may be absent, or not a session', () => {
    const { lookup, store } = setting()
    store.compareAndSet('k', undefined, { version: 'a', payload: 'rubbish', expiresAt: began + 1 })

    expect(find(lookup, 'other')).toMatchObject({ kind: 'nothing' })
    expect(find(lookup, 'k')).toMatchObject({ kind: 'unreadable', key: 'k', version: 'a' })
  })

  it('of a newer format is an error', () => {
    const { lookup, store } = setting()
    store.compareAndSet('k', undefined, { version: 'a', payload: 's3.x', expiresAt: began + 1 })

    expect(() => find(lookup, 'k')).toThrow(
      expect.objectContaining({ code: 'session-newer-format' }),
    )
  })

  it('is live for its own instance, and gone for another', () => {
    const { lookup, put } = setting()
    const stored = put('k', session())

    expect(find(lookup, 'k', stored.record.instance)).toMatchObject({ kind: 'live', stored })
    expect(find(lookup, 'k', newMark())).toMatchObject({ kind: 'gone', stored })
  })

  it('is gone after it has expired by the current limits, although the store still has it', () => {
    const { lookup, put, clock } = setting()
    const stored = put('k', { ...session(), expiresAt: began + 1e9 })
    clock.time = began + 61_000

    expect(find(lookup, 'k')).toMatchObject({ kind: 'gone', stored })
  })

  it('is gone after it was ended', () => {
    const { lookup, put } = setting()
    const stored = put('k', ended(session(), '', began, times, true))

    expect(find(lookup, 'k')).toMatchObject({ kind: 'gone', stored })
  })
})

describe('a session that moved', () => {
  it.each([1, 3, 16])('is followed to its current record, over %d moves', (moves) => {
    const world = setting()
    const all = chain(world, moves)

    expect(find(world.lookup, '0')).toMatchObject({
      kind: 'moved',
      stored: all[0],
      end: all.at(-1),
    })
  })

  it('too often within the grace period fails with a 409, because each move costs a store call', () => {
    const world = setting()
    chain(world, 17)

    expect(() => find(world.lookup, '0')).toThrow(
      expect.objectContaining({ code: 'session-moved', status: 409 }),
    )
  })

  it.each<[string, (world: ReturnType<typeof setting>) => unknown]>([
    [
      'there is no record',
      ({ store }) => store.compareAndSet('2', versionAt(store, '2'), undefined),
    ],
    ['there is another session', ({ put }) => put('2', session())],
    [
      'there is an unreadable record',
      ({ store }) =>
        store.compareAndSet('2', versionAt(store, '2'), {
          version: newMark(),
          payload: 'rubbish',
          expiresAt: began + 1e6,
        }),
    ],
  ])('is gone if %s at the end', (_, change) => {
    const world = setting()
    const all = chain(world, 2)
    change(world)

    expect(find(world.lookup, '0')).toMatchObject({ kind: 'gone', stored: all[0] })
  })

  it('is gone after its new record was ended or has expired', () => {
    const world = setting()
    const all = chain(world, 2)
    const last = all.at(-1)?.record ?? session()
    world.put('2', ended(last, '', began, times, true))
    expect(find(world.lookup, '0')).toMatchObject({ kind: 'gone', stored: all[0] })

    world.put('2', { ...last, lastActivityAt: began - 70_000 })
    expect(find(world.lookup, '0')).toMatchObject({ kind: 'gone', stored: all[0] })
  })
})

function versionAt(store: ReturnType<typeof memoryStore>, key: string): string | undefined {
  const record = store.load(key)
  return record instanceof Promise ? undefined : record?.version
}

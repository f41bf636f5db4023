import { describe, expect, it } from 'vitest'
import { SessionConfigError } from './errors.ts'
import { type MoveProgress, moveSessions } from './move.ts'
import { memoryStore } from './stores/memory.ts'
import { look, take } from './stores/moving/look.ts'
import { nextStep } from './stores/moving/protocol.ts'
import { isInTransit } from './stores/moving/records.ts'
import { movingStore } from './stores/moving.ts'
import {
  type SessionRecord,
  type SessionStore,
  unreadable,
  type WalkableStore,
} from './stores/store.ts'
import { chaotic } from './testing/chaos.ts'

const now = () => 100_000
const keyOf = (index: number) => `session-${index}`
const recordOf = (index: number): SessionRecord => ({
  version: `v${index}`,
  payload: `payload ${index}`,
  ...(index % 3 === 0 ? {} : { expiresAt: 100_000 + 1_000 * index }),
  ...(index % 2 === 0 ? { evictable: true } : {}),
})

/** The records of a synchronous store. */
async function recordsIn(store: WalkableStore): Promise<Map<string, SessionRecord | undefined>> {
  const records = new Map<string, SessionRecord | undefined>()
  for await (const key of store.keys()) records.set(key, await store.load(key))
  return records
}

const onTheirWay = (records: Map<string, SessionRecord | undefined>) =>
  [...records.values()].filter((record) => record && isInTransit(record))

function setting(count: number) {
  const [to, from] = [memoryStore({ now }), memoryStore({ now })]
  const all = Array.from({ length: count }, (_, index) => index)
  for (const index of all) from.compareAndSet(keyOf(index), undefined, recordOf(index))
  const isMoved = async () => {
    expect(await recordsIn(from)).toEqual(new Map())
    const moved = all.map((index) => [keyOf(index), recordOf(index)] as const)
    expect(await recordsIn(to)).toEqual(new Map(moved))
  }
  return { to, from, isMoved }
}

describe('moveSessions', () => {
  it('moves every record unchanged, and leaves none in the old store', async () => {
    const { to, from, isMoved } = setting(100)

    const result = await moveSessions({ from, to, now })

    expect(result).toEqual({ moved: 100, skipped: 0, isComplete: true })
    await isMoved()
  })

  it('finds nothing to do the second time', async () => {
    const { to, from } = setting(5)
    await moveSessions({ from, to, now })

    expect(await moveSessions({ from, to, now })).toEqual({
      moved: 0,
      skipped: 0,
      isComplete: true,
    })
  })

  it('can run twice at the same time', async () => {
    const { to, from, isMoved } = setting(100)

    const slow = (store: SessionStore) => chaotic(store, () => 'none')
    const runs = [1, 2].map(() => {
      const walked = { ...slow(from), keys: from.keys }
      return moveSessions({ from: walked, to: slow(to), now })
    })

    for (const { isComplete } of await Promise.all(runs)) expect(isComplete).toBe(true)
    await isMoved()
  })

  it.each([1, 2, 3, 4, 5, 6])(
    'continues where a killed process stopped: after step %d',
    async (steps) => {
      const { to, from, isMoved } = setting(3)
      for (let step = 0; step < steps; step += 1) {
        const seen = await look({ to, from }, keyOf(1))
        const next = nextStep(seen.to, seen.from, now())
        if (typeof next === 'object') await take({ to, from }, keyOf(1), next)
      }

      await moveSessions({ from, to, now })

      await isMoved()
    },
  )

  it('reports its progress, and stops between two records when the signal aborts', async () => {
    const { to, from, isMoved } = setting(100)
    const stop = new AbortController()
    const told: MoveProgress[] = []
    const onProgress = (progress: MoveProgress) => {
      told.push(progress)
      if (progress.moved === 20) stop.abort()
    }

    const result = await moveSessions({ from, to, now, onProgress, signal: stop.signal })

    expect(result.isComplete).toBe(false)
    expect(result.moved).toBeGreaterThanOrEqual(20)
    expect(result.moved).toBeLessThan(40)
    expect(told.at(-1)).toEqual({ moved: result.moved, skipped: 0 })
    const [left, arrived] = [await recordsIn(from), await recordsIn(to)]
    expect(left.size + arrived.size).toBe(100)
    expect(onTheirWay(arrived)).toEqual([])
    expect(await moveSessions({ from, to, now, signal: stop.signal })).toMatchObject({ moved: 0 })
    await moveSessions({ from, to, now })
    await isMoved()
  })

  it('skips and counts records that cannot be read, and records whose key is already in the new store', async () => {
    const { to, from } = setting(4)
    const walked = {
      ...from,
      load: (key: string) => (key === keyOf(1) ? unreadable : from.load(key)),
    }
    const theirs = { version: 'else', payload: 'another session' }
    to.compareAndSet(keyOf(2), undefined, theirs)

    const result = await moveSessions({ from: walked, to, now })

    expect(result).toEqual({ moved: 2, skipped: 2, isComplete: true })
    expect([...(await recordsIn(from)).keys()].sort()).toEqual([keyOf(1), keyOf(2)])
    expect(to.load(keyOf(2))).toEqual(theirs)
  })

  it('loses no session if the new store is full', async () => {
    const [to, from] = [memoryStore({ now, maxEntries: 2 }), memoryStore({ now })]
    const keys = [0, 1, 2, 3].map(keyOf)
    for (const key of keys) from.compareAndSet(key, undefined, { version: key, payload: '' })

    await expect(moveSessions({ from, to, now })).rejects.toMatchObject({
      code: 'session-store-full',
    })

    // There was room for two records.
    const both = movingStore(to, from, { now })
    for (const key of keys) expect(await both.load(key)).toBeDefined()
    expect(onTheirWay(await recordsIn(from))).toEqual([])
  })

  it('fails with the error of a store, without the record, and continues when it runs again', async () => {
    const { to, from, isMoved } = setting(20)
    let calls = 0
    const failing: SessionStore = {
      ...to,
      compareAndSet(key, version, next) {
        calls += 1
        if (calls === 30) throw new Error(`cannot store ${next?.payload}`)
        return to.compareAndSet(key, version, next)
      },
    }

    const error = await moveSessions({ from, to: failing, now }).catch((error: unknown) => error)

    expect(error).toMatchObject({ code: 'session-unavailable' })
    expect(JSON.stringify([error, Object(error).cause?.message])).not.toContain('payload')
    await moveSessions({ from, to: failing, now })
    await isMoved()
  })

  it('refuses an old store that cannot list its keys, and two stores in the same place', async () => {
    const { to, from } = setting(3)
    const { keys: _, ...mute } = from

    await expect(moveSessions({ from: mute, to, now })).rejects.toThrow(
      /moveSessions\.from.*keys\(\)/,
    )
    await expect(moveSessions({ from, to: { ...from }, now })).rejects.toThrow(SessionConfigError)
    expect((await recordsIn(from)).size).toBe(3)
  })
})

import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import type { SessionStore } from '../../packages/orbit/src/stores/store.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { newRecord, newText } from './redis-setting.ts'

const day = 24 * 60 * 60 * 1000

let server: RedisServer
let store: SessionStore

beforeAll(async () => {
  server = await startRedis()
  store = redisStore({ url: server.url })
})
afterAll(async () => {
  await store.close()
  await server.stop()
})

const indexOf = (owner: string) => `session:owner:${owner}`

/** A store whose client does something else first when it is about to send this command. */
async function interrupted(
  command: 'evalSha' | 'zRange' | 'get',
  place: number,
  first: () => Promise<unknown>,
): Promise<{ store: SessionStore; close(): void }> {
  const client = createClient({ url: server.url })
  client.on('error', () => {})
  await client.connect()
  let calls = 0
  const withCommandOptions = () =>
    new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (name !== command || typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          calls += 1
          if (calls === place) await first()
          return value.apply(target, args)
        }
      },
    })
  const given = new Proxy(client, {
    get(target, name) {
      if (name === 'withCommandOptions') return withCommandOptions
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { store: redisStore({ client: given }), close: () => client.destroy() }
}

describe('The index of an owner in Redis', () => {
  it('every key has a time to live, but for the secret', async () => {
    const looker = await server.look()
    await store.create(newText(), newRecord())
    await store.create(newText(), newRecord({ owner: newText() }))
    await store.secret?.('a secret that is made once')
    const keys = await looker.keys('*')
    expect(keys.length).toBeGreaterThan(3)
    for (const key of keys) {
      const ttl = await looker.pTTL(key)
      if (key === 'session:{secret}') expect(ttl).toBe(-1)
      else expect(ttl).toBeGreaterThan(0)
    }
  })

  it('stands as long as a session that is touched for months, and lists it', async () => {
    const looker = await server.look()
    const [key, owner] = [newText(), newText()]
    const record = newRecord({ owner, createdAt: Date.now() - 29 * day })
    await store.create(key, record)
    const expiresAt = Date.now() + 100 * day
    expect(await store.touch(key, record.version, record.lastActivityAt, expiresAt)).toBe(true)
    expect(await looker.pTTL(indexOf(owner))).toBeGreaterThan(100 * day)
    const next = { ...record, version: newText(), expiresAt: expiresAt + 100 * day }
    expect(await store.replace(key, next, record.version)).toBe('replaced')
    expect(await looker.pTTL(indexOf(owner))).toBeGreaterThan(200 * day)
    expect(await store.list(owner)).toEqual([{ key, record: next }])
  })

  it('does not grow with sessions that end unseen, nor lose those that live', async () => {
    const looker = await server.look()
    const owner = newText()
    const lasting = [newText(), newText(), newText()]
    for (const key of lasting) await store.create(key, newRecord({ owner }))
    for (let count = 0; count < 200; count += 1) {
      const key = newText()
      await store.create(key, newRecord({ owner }))
      // As when it expires: nobody tells the index. And hours pass.
      await looker.del(`session:record:${key}`)
      const entries = await looker.zRangeWithScores(indexOf(owner), -1, -1)
      const members = entries.map(({ value }) => ({ score: count + 1, value }))
      await looker.zAdd(indexOf(owner), members)
    }
    await expect.poll(() => looker.zCard(indexOf(owner))).toBeLessThan(50)
    expect((await store.list(owner)).map(({ key }) => key).sort()).toEqual(lasting.sort())
  })

  it('loses the entry of a session that was signed out, and of ended ones when it is listed', async () => {
    const looker = await server.look()
    const owner = newText()
    const [out, gone] = [newText(), newText()]
    await store.create(out, newRecord({ owner }))
    await store.destroy(out)
    expect(await looker.exists(indexOf(owner))).toBe(0)
    await store.create(gone, newRecord({ owner }))
    await looker.del(`session:record:${gone}`)
    await store.list(owner)
    expect(await looker.zCard(indexOf(owner))).toBe(1)
    const [value = ''] = await looker.zRange(indexOf(owner), 0, -1)
    await looker.zAdd(indexOf(owner), { score: 1, value })
    await store.list(owner)
    expect(await looker.exists(indexOf(owner))).toBe(0)
  })

  it.each([
    ['before its entry is made', 2, 'created'],
    ['after its entry was made', 3, 'revoked'],
  ])('a sign-in whose owner’s sessions are ended %s is %3$s', async (_, place, outcome) => {
    const [key, owner] = [newText(), newText()]
    const slow = await interrupted('evalSha', place, async () => store.destroyOwner(owner))
    expect(await slow.store.create(key, newRecord({ owner }))).toBe(outcome)
    const listed = (await store.list(owner)).map((entry) => entry.key)
    expect(listed).toEqual(outcome === 'created' ? [key] : [])
    expect(await (await server.look()).exists(`session:record:${key}`)).toBe(listed.length)
    slow.close()
  })

  it.each([
    ['before its entry was made', 2],
    ['after its entry was made', 3],
  ])('a sign-in that breaks off %s leaves no session', async (_, place) => {
    const [key, owner] = [newText(), newText()]
    const slow = await interrupted('evalSha', place, async () => {
      throw new Error('The process has ended.')
    })
    const [record, other] = [newRecord({ owner }), newRecord()]
    await expect(slow.store.create(key, record)).rejects.toThrow('has ended')
    expect(await store.load(key)).toBeUndefined()
    expect(await store.list(owner)).toEqual([])
    expect(await store.replace(key, record, record.version)).toBe('gone')
    const ttl = await (await server.look()).pTTL(`session:record:${key}`)
    expect(ttl).toBeLessThanOrEqual(60_000)
    expect(await store.create(key, other)).toBe('created')
    slow.close()
  })

  it('a session that moves while its owner’s are listed is listed', async () => {
    const owner = newText()
    const [old, next] = [newText(), newText()]
    const [record, moved] = [newRecord({ owner }), newRecord({ owner })]
    await store.create(old, record)
    const slow = await interrupted('get', 1, async () => {
      await store.create(next, moved)
      const successor = { key: next, birth: moved.birth }
      await store.replace(old, { ...record, version: newText(), successor }, record.version)
    })
    expect(await slow.store.list(owner)).toEqual([{ key: next, record: moved }])
    slow.close()
  })

  it('a session that moves while its owner’s are ended is ended', async () => {
    const owner = newText()
    const [old, next] = [newText(), newText()]
    const [record, moved] = [newRecord({ owner }), newRecord({ owner })]
    await store.create(old, record)
    const slow = await interrupted('evalSha', 1, async () => {
      await store.create(next, moved)
      const successor = { key: next, birth: moved.birth }
      await store.replace(old, { ...record, version: newText(), successor }, record.version)
    })
    expect(await slow.store.destroyOwner(owner)).toBe(1)
    expect(await store.load(old)).toBeUndefined()
    expect(await store.load(next)).toBeUndefined()
    slow.close()
  })

  it('a record that somebody else got under the same key is not ended with the old owner’s', async () => {
    const [key, owner, other] = [newText(), newText(), newText()]
    await store.create(key, newRecord({ owner }))
    await (await server.look()).del(`session:record:${key}`)
    const theirs = newRecord({ owner: other })
    await store.create(key, theirs)
    expect(await store.list(owner)).toEqual([])
    expect(await store.destroyOwner(owner)).toBe(0)
    expect(await store.load(key)).toEqual(theirs)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeRecord } from '../../packages/orbit/src/stores/envelope.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { aSession, newRecord, newText, twoStores } from './redis-setting.ts'

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

describeSessionStore('redis', ({ now }) => twoStores(server, { url: server.url, now }), {
  describe,
  it,
})

type Looker = Awaited<ReturnType<RedisServer['look']>>

/** A store whose clock the test sets, and the content of the server. */
async function opened(now = () => Date.now()) {
  const prefix = `${newText()}:`
  const store = redisStore({ url: server.url, prefix, now })
  return { store, prefix, looker: await server.look() }
}

describe('A record in Redis', () => {
  it('is one string that is never JSON, and that the server removes in time', async () => {
    const { store, prefix, looker } = await opened()
    const { key, record } = await aSession(store)
    const text = String(await looker.get(prefix + key))
    expect(decodeRecord(text)).toEqual(record)
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
    const ttl = await looker.pTTL(prefix + key)
    expect(ttl).toBeGreaterThan(1_790_000)
    expect(ttl).toBeLessThanOrEqual(1_800_000)
    const { expiresAt: _, ...endless } = newRecord()
    expect(await store.compareAndSet(key, record.version, endless)).toBe(true)
    expect(await looker.pTTL(prefix + key)).toBe(-1)
    expect(await looker.keys(`${prefix}*`)).toEqual([prefix + key])
    expect(await store.compareAndSet(key, endless.version, undefined)).toBe(true)
    expect(await looker.keys(`${prefix}*`)).toEqual([])
    await store.close()
  })

  it("survives if the app's clock is years behind the server's", async () => {
    const { store, prefix, looker } = await opened(() => 1_000)
    const [key, record] = [newText(), newRecord({ expiresAt: 61_000 })]
    await store.compareAndSet(key, undefined, record)
    expect(await store.load(key)).toEqual(record)
    expect(await looker.pTTL(prefix + key)).toBeLessThanOrEqual(60_000)
    await store.close()
  })

  it('is absent if it is put with a time in the past', async () => {
    const { store } = await opened()
    const { key, record } = await aSession(store)
    const past = newRecord({ expiresAt: Date.now() - 1 })
    expect(await store.compareAndSet(key, record.version, past)).toBe(true)
    expect(await store.load(key)).toBeUndefined()
    expect(await store.compareAndSet(key, undefined, record)).toBe(true)
    await store.close()
  })

  it('may contain half of a surrogate pair, without an effect on other records', async () => {
    const { store } = await opened()
    const odd = newText()
    await store.compareAndSet(odd, undefined, newRecord({ payload: '1:\ud83d' }))
    const { key, record } = await aSession(store)
    expect((await store.load(odd))?.payload).toMatch(/^1:/)
    expect(await store.load(key)).toEqual(record)
    await store.close()
  })

  it('of a newer release is not overwritten', async () => {
    const { store, prefix, looker } = await opened()
    const [key, text] = [newText(), 'orbit2:something new']
    await looker.set(prefix + key, text)
    await expect(store.load(key)).rejects.toMatchObject({ code: 'session-newer-format' })
    for (const version of [undefined, '', 'something new', '!']) {
      expect(await store.compareAndSet(key, version, newRecord())).toBe(false)
      expect(await store.compareAndSet(key, version, undefined)).toBe(false)
    }
    expect(await looker.get(prefix + key)).toBe(text)
    await store.close()
  })

  const others: Record<string, (looker: Looker, key: string) => Promise<unknown>> = {
    'a list': (looker, key) => looker.rPush(key, 'x'),
    'a hash': (looker, key) => looker.hSet(key, 'a', 'b'),
    'an empty string': (looker, key) => looker.set(key, ''),
    'bytes that are not text': (looker, key) => looker.set(key, Buffer.of(255, 254, 0)),
    JSON: (looker, key) => looker.set(key, '{"version":"x"}'),
    'a number': (looker, key) => looker.set(key, '12'),
    'a version that is too long': (looker, key) =>
      looker.set(key, `orbit1:${'v'.repeat(65)}:::payload`),
    'no version': (looker, key) => looker.set(key, 'orbit1::::payload'),
    'a version with other characters': (looker, key) => looker.set(key, 'orbit1:ü:::payload'),
    'an invalid time': (looker, key) => looker.set(key, 'orbit1:v:-1::payload'),
    'another mark': (looker, key) => looker.set(key, 'orbit1:v:1:x:payload'),
    'half of a header': (looker, key) => looker.set(key, 'orbit1:v:'),
    'a header further down': (looker, key) => looker.set(key, '\norbit1:v:::payload'),
    'an old format': (looker, key) => looker.set(key, 'orbit0:v:::payload'),
  }

  it.each(Object.keys(others))('is unreadable and can be replaced: %s', async (name) => {
    const { store, prefix, looker } = await opened()
    const [key, next] = [newText(), newRecord()]
    await others[name]?.(looker, prefix + key)
    expect(await store.load(key)).toEqual({ version: '', payload: '' })
    expect(await store.compareAndSet(key, undefined, next)).toBe(false)
    expect(await store.compareAndSet(key, 'v', next)).toBe(false)
    expect(await store.compareAndSet(key, '', next)).toBe(true)
    expect(await store.load(key)).toEqual(next)
    await looker.del(prefix + key)
    await others[name]?.(looker, prefix + key)
    expect(await store.compareAndSet(key, '', undefined)).toBe(true)
    expect(await looker.exists(prefix + key)).toBe(0)
    await store.close()
  })

  it('is separate for each prefix', async () => {
    const { store, prefix } = await opened()
    const other = redisStore({ url: server.url, prefix: `${prefix}admin:` })
    const { key, record } = await aSession(store)
    expect(await other.load(key)).toBeUndefined()
    expect(await other.compareAndSet(key, record.version, undefined)).toBe(false)
    const theirs = newRecord()
    expect(await other.compareAndSet(key, undefined, theirs)).toBe(true)
    expect(await store.load(key)).toEqual(record)
    expect(await other.load(key)).toEqual(theirs)
    await Promise.all([store.close(), other.close()])
  })
})

describe('The list of keys', () => {
  it('has all keys of the prefix, with any characters, and no others', async () => {
    const prefix = `${newText()}[a]*?\\:`
    const store = redisStore({ url: server.url, prefix })
    const other = redisStore({ url: server.url, prefix: `${prefix}admin:` })
    const keys = Array.from({ length: 1_200 }, newText)
    await Promise.all(keys.map((key) => store.compareAndSet(key, undefined, newRecord())))
    await aSession(other)
    const seen = new Set<string>()
    for await (const key of store.keys()) seen.add(key)
    expect([...seen].sort()).toEqual(keys.sort())
    await Promise.all([store.close(), other.close()])
  })
})

describe('Two stores with the same options', () => {
  it('share one connection, which closes with the last of them', async () => {
    const own = await startRedis()
    const looker = await own.look()
    const connections = async () => (await looker.clientList()).length - 1
    const stores = Array.from({ length: 20 }, () => redisStore({ url: own.url }))
    // Like after a hot reload, which creates everything again and closes nothing.
    await Promise.all(stores.map(aSession))
    expect(await connections()).toBe(1)
    const [last, ...others] = stores
    if (!last) throw new Error('There must be twenty stores.')
    for (const one of others) await Promise.all([one.close(), one.close()])
    await aSession(last)
    expect(await connections()).toBe(1)
    await last.close()
    await expect.poll(connections).toBe(0)
    await own.stop()
  })
})

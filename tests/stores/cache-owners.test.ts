import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newMark } from '../../packages/orbit/src/session/record.ts'
import {
  cacheStore,
  type SessionCache,
  type SessionCacheSpace,
} from '../../packages/orbit/src/stores/cache.ts'
import { type Cache, createCache } from '../../packages/stasis/src/index.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { hour, record } from './cache/setting.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

let count = 0
function shared(): Cache {
  count += 1
  const redis = { driver: 'redis', url: server.url } as const
  return createCache({ prefix: `owners${count}`, stores: { redis } })
}

/** The cache, with something of its space replaced: to hold a command, or to lose its answer. */
function changed(cache: Cache, change: (space: SessionCacheSpace) => Partial<SessionCacheSpace>) {
  const wrapped: SessionCache = {
    compareAndSet: (...args) => cache.compareAndSet(...args),
    reserve(namespace) {
      const space = cache.reserve(namespace)
      return { ...space, ...change(space) }
    },
  }
  return wrapped
}

describe.each([
  ['memory', () => createCache()],
  ['redis', shared],
] as const)("an owner's sessions over the %s store", (_name, open) => {
  test.each(['a moment', 'longer than the revoke waits for it'])(
    'a revoke holds off a sign-in that was entered, and took %s to be made',
    async (pause) => {
      const cache = open()
      let goOn = () => {}
      const held = new Promise<void>((resolve) => {
        goOn = resolve
      })
      let entered = () => {}
      const hasEntered = new Promise<void>((resolve) => {
        entered = resolve
      })
      const slow = changed(cache, (space) => ({
        async compareAndSet(key, ...rest) {
          if (key.startsWith('session:')) {
            entered()
            await held
          }
          return space.compareAndSet(key, ...rest)
        },
      }))
      const creating = cacheStore(slow).create('handle', record({ owner: 'ada' }))
      await hasEntered
      const store = cacheStore(cache)
      expect(await store.destroyOwner('ada')).toBe(0)
      if (pause !== 'a moment') {
        // What the revoke has left in its place has expired by then.
        const space = cache.reserve('sessions')
        const left = await space.get('session:handle')
        expect(await space.compareAndSet('session:handle', left, undefined)).toBe(true)
      }
      goOn()
      expect(await creating).toBe('revoked')
      expect(await store.load('handle')).toBeUndefined()
      expect(await store.list('ada')).toEqual([])
      expect(await store.create('handle', record({ owner: 'ada' }))).toBe('created')
      await cache.close()
    },
  )

  test.each(['before its record', 'after its record'])(
    'a sign-in that was revoked %s is not there, though its check got no answer',
    async (moment) => {
      const cache = open()
      const store = cacheStore(cache)
      let isMade = false
      const failing = changed(cache, (space) => ({
        async compareAndSet(key, ...rest) {
          if (!key.startsWith('session:')) return space.compareAndSet(key, ...rest)
          if (moment === 'before its record') await store.destroyOwner('ada')
          isMade = true
          const done = await space.compareAndSet(key, ...rest)
          if (moment === 'after its record') await store.destroyOwner('ada')
          return done
        },
        async get(key) {
          if (isMade && key.startsWith('owner:')) throw new Error('no answer')
          return space.get(key)
        },
      }))
      const creating = cacheStore(failing).create('handle', record({ owner: 'ada' }))
      await expect(creating).rejects.toThrow('no answer')
      expect(await store.load('handle')).toBeUndefined()
      await cache.close()
    },
  )

  test('a session that moves while the list is read is listed', async () => {
    const cache = open()
    const store = cacheStore(cache)
    const old = record({ owner: 'ada' })
    const moved = record({ owner: 'ada' })
    await store.create('old', old)
    let once = true
    const slow = changed(cache, (space) => ({
      async get(key) {
        if (key === 'session:old' && once) {
          once = false
          await store.create('moved', moved)
          const successor = { key: 'moved', birth: moved.birth }
          await store.replace('old', { ...old, version: newMark(), successor }, old.version)
        }
        return space.get(key)
      },
    }))
    const listed = await cacheStore(slow).list('ada')
    expect(listed.map(({ key }) => key)).toEqual(['moved'])
    await cache.close()
  })

  test('a session of a month is listed for a month, though it is touched only', async () => {
    const cache = open()
    const clock = { time: Date.now() }
    const store = cacheStore(cache, { now: () => clock.time })
    const day = 24 * hour
    const one = record({ owner: 'ada', expiresAt: clock.time + 2 * day })
    await store.create('handle', one)
    for (let passed = 0; passed < 30; passed += 1) {
      clock.time += day
      expect(await store.touch('handle', one.version, clock.time, clock.time + 2 * day)).toBe(true)
      expect(await store.list('ada')).toHaveLength(1)
    }
    // A later sign-in takes out of the list what nobody has kept in it.
    await store.create('another', record({ owner: 'ada', expiresAt: clock.time + day }))
    expect(await store.list('ada')).toHaveLength(2)
    await cache.close()
  })

  test('the index of an owner who signs in for ever does not grow for ever', async () => {
    const cache = open()
    const clock = { time: Date.now() }
    const store = cacheStore(cache, { now: () => clock.time })
    const space = cache.reserve('sessions')
    for (let index = 0; index < 100; index += 1) {
      clock.time += 1000
      const one = record({ owner: 'robot', expiresAt: clock.time + 5000 })
      expect(await store.create(`handle ${index}`, one)).toBe('created')
    }
    expect(await store.list('robot')).toHaveLength(5)
    expect(JSON.parse((await space.get('owner:robot')) ?? '').length).toBeLessThan(25)
    await cache.close()
  })
})

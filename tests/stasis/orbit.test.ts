import { type BootOptions, createLogger, PlanetCore } from 'gravito-core'
import { expect, expectTypeOf, test } from 'vitest'
import {
  type Cache,
  CacheConfigError,
  installedCache,
  OrbitCache,
} from '../../packages/stasis/src/index.ts'

function boot(options: BootOptions) {
  return PlanetCore.boot({ routes: () => {}, logger: createLogger('silent'), ...options })
}

test('handlers find the typed cache as c.get("cache")', async () => {
  const core = await boot({
    config: { cache: { stores: { memory: { driver: 'memory', maxItems: 10 } } } },
    orbits: [OrbitCache],
    routes(router) {
      router.get('/', async (c) => {
        expectTypeOf(c.get('cache')).toEqualTypeOf<Cache>()
        return c.json(await c.get('cache').increment('visits'))
      })
    },
  })
  await core.fetch(new Request('http://localhost/'))
  const answer = await core.fetch(new Request('http://localhost/'))
  expect(await answer.json()).toBe(2)
})

test('other orbits find it too, under its name', async () => {
  const core = await boot({ orbits: [new OrbitCache(), new OrbitCache({ exposeAs: 'other' })] })
  await installedCache(core).set('key', 'cache')
  expect(await installedCache(core, 'other').has('key')).toBe(false)
  expect(await installedCache(core).get('key')).toBe('cache')
})

test('an orbit that needs a cache before it is installed gets an error with the solution', async () => {
  const user = { name: 'User', install: (core: PlanetCore) => void installedCache(core) }
  await expect(boot({ orbits: [user, new OrbitCache()] })).rejects.toThrow(
    'Put new OrbitCache() before this orbit',
  )
  await expect(boot({ orbits: [new OrbitCache(), user] })).resolves.toBeInstanceOf(PlanetCore)
})

test('its own options override config.cache', async () => {
  const core = await boot({
    config: {
      cache: { default: 'a', stores: { a: { driver: 'memory' }, b: { driver: 'memory' } } },
    },
    orbits: [new OrbitCache({ default: 'b' })],
  })
  const cache = installedCache(core)
  await cache.set('key', 1)
  expect(await cache.store('b').has('key')).toBe(true)
})

test('invalid options stop the boot', async () => {
  const cache = { defaultTtl: -1 }
  const error = await boot({ config: { cache }, orbits: [OrbitCache] }).catch((thrown) => thrown)
  expect(error.message).toContain('OrbitCache could not be installed: cache.defaultTtl is -1')
  expect(error.cause).toBeInstanceOf(CacheConfigError)
})

test('two caches with one name are refused', async () => {
  await expect(boot({ orbits: [OrbitCache, OrbitCache] })).rejects.toThrow(
    'There is already a cache under the name "cache"',
  )
})

test("the core's shutdown clears the memory store", async () => {
  const core = await boot({ orbits: [OrbitCache] })
  const cache = installedCache(core)
  await cache.set('key', 1)
  await core.shutdown()
  expect(await cache.has('key')).toBe(false)
})

import { describe, expect, test } from 'vitest'
import { type CacheOptions, createCache } from '../../packages/stasis/src/index.ts'

const memory = { driver: 'memory' } as const

describe('invalid options are refused at boot, by name', () => {
  const refused: [string, unknown][] = [
    ['cache.stors is not an option', { stors: {} }],
    ['cache.stores must contain at least one', { stores: {} }],
    ['cache.stores must contain at least one', { stores: null }],
    ['cache.stores.memory must be an object', { stores: { memory: 'memory' } }],
    ['cache.stores.m.driver is "file"', { stores: { m: { driver: 'file' } } }],
    ['cache.stores.m.driver is undefined', { stores: { m: {} } }],
    ['cache.stores.m.url is not an option', { stores: { m: { ...memory, url: '' } } }],
    ['cache.stores.m.maxItems is 0', { stores: { m: { ...memory, maxItems: 0 } } }],
    ['cache.stores.m.maxItems is 1.5', { stores: { m: { ...memory, maxItems: 1.5 } } }],
    ['cache.stores.m.maxBytes is many', { stores: { m: { ...memory, maxBytes: 'many' } } }],
    ['cache.stores.m.maxItems is 1000000000', { stores: { m: { ...memory, maxItems: 1e9 } } }],
    ['cache.stores.a:b is "a:b"', { stores: { 'a:b': memory } }],
    ['cache.stores.r.url must be a URL', { stores: { r: { driver: 'redis', url: 'http://x' } } }],
    ['cache.stores.r.url must be a URL', { stores: { r: { driver: 'redis', url: 'localhost' } } }],
    ['must be a URL', { stores: { r: { driver: 'redis', url: 'redis://host/name' } } }],
    ['must be a URL', { stores: { r: { driver: 'redis', url: 'redis://user:%zz@host' } } }],
    ['must be a URL', { stores: { r: { driver: 'redis', url: 'redis:host' } } }],
    ['cache.stores.r.timeoutMs is 0', { stores: { r: { driver: 'redis', timeoutMs: 0 } } }],
    [
      'cache.stores.r.timeoutMs is 2592000000',
      { stores: { r: { driver: 'redis', timeoutMs: 2_592_000_000 } } },
    ],
    ['cache.stores.r.maxItems is not an', { stores: { r: { driver: 'redis', maxItems: 1 } } }],
    ['cache.default is missing. Use one of "a", "b"', { stores: { a: memory, b: memory } }],
    [
      'cache.default is "c", which is not in cache.stores. Use one of "a"',
      { default: 'c', stores: { a: memory } },
    ],
    ['cache.prefix is "app:"', { prefix: 'app:' }],
    ['cache.prefix is ""', { prefix: '' }],
    ['cache.defaultTtl is 0', { defaultTtl: 0 }],
    ['cache.defaultTtl is 9007199254740991', { defaultTtl: Number.MAX_SAFE_INTEGER }],
    ['cache.defaultTtl is Infinity', { defaultTtl: Number.POSITIVE_INFINITY }],
    ['cache.exposeAs must be', { exposeAs: '' }],
    ['cache.now must be', { now: 1 }],
  ]

  test.each(refused)('%s', (message, options) => {
    const make = () => createCache(options as CacheOptions)
    expect(make).toThrow(message)
    expect(make).toThrow(expect.objectContaining({ name: 'CacheConfigError' }))
  })

  test('an invalid URL is not repeated in the error, because it may contain a password', () => {
    const url = 'http://user:hunter2@cache.example.com'
    const make = () => createCache({ stores: { r: { driver: 'redis', url } } })
    expect(make).toThrow(expect.not.stringContaining('hunter2'))
  })
})

test('without options there is one memory store, and a single store is the default', async () => {
  const cache = createCache()
  await cache.set('key', 1)
  expect(await cache.store('memory').get('key')).toBe(1)
  const named = createCache({ stores: { mine: memory } })
  await named.set('key', 2)
  expect(await named.store('mine').get('key')).toBe(2)
})

test('every option may be undefined, and then has its default', async () => {
  const none = undefined
  const cache = createCache({
    default: none,
    prefix: none,
    defaultTtl: none,
    stores: { memory: { driver: 'memory', maxItems: none, maxBytes: none } },
    exposeAs: none,
    now: none,
  })
  await cache.set('key', 1)
  expect(await cache.get('key')).toBe(1)
})

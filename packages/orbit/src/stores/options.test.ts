import { createClient } from 'redis'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SessionConfigError } from '../errors.ts'
import { checkedSection } from './factory-options.ts'
import { fileStore } from './file.ts'
import { memoryStore } from './memory.ts'
import { redisStore } from './redis.ts'

describe('the options of a factory', () => {
  it('have defaults and a clock', () => {
    const { now, warn, ...rest } = checkedSection('memory', {})

    expect(rest).toEqual({ maxEntries: 100_000, maxBytes: 134_217_728 })
    expect(Math.abs(now() - Date.now())).toBeLessThan(1000)
    expect(warn).toBe(console.warn)
  })

  it('are used if they are set, and not if they are undefined', () => {
    const log = vi.fn()
    const given = { maxEntries: 5, maxBytes: undefined, now: () => 1234, warn: log }
    const { now, warn, ...rest } = checkedSection('memory', given)

    expect(rest).toEqual({ maxEntries: 5, maxBytes: 134_217_728 })
    expect(now()).toBe(1234)
    expect(warn).toBe(log)
  })

  it.each([
    ['an unknown name', { maxentries: 5 }, 'memory.maxentries is not an option. Did you mean'],
    ['null', { maxEntries: null }, 'memory.maxEntries is null; it must be a number'],
    [
      'too little',
      { maxBytes: 16_383 },
      'memory.maxBytes is 16383; it must be a number of at least',
    ],
    ['no clock', { now: () => Number.NaN }, 'memory.now() is NaN'],
  ])('are refused: %s', (_, options, message) => {
    expect(() => checkedSection('memory', options as object)).toThrow(SessionConfigError)
    expect(() => checkedSection('memory', options as object)).toThrow(message)
  })
})

describe('a value that is not an object with options is refused, and the error does not show it', () => {
  it.each<[string, (given: never) => unknown, unknown, string]>([
    ['a URL', redisStore, 'redis://:pass@host', 'redisStore({ url }) or redisStore({ client })'],
    ['a client', redisStore, createClient(), 'it got a client. Write redisStore({ url }) or'],
    ['null', redisStore, null, 'it got null'],
    ['a list', redisStore, [], 'needs an object with options'],
    [
      'a path',
      fileStore,
      '/var/pass',
      'fileStore() needs an object with options, but it got a value',
    ],
    ['a number', memoryStore, 5, 'Write memoryStore({ maxEntries: 10_000 }).'],
  ])('%s', (_, factory, given, message) => {
    const make = () => factory(given as never)

    expect(make).toThrow(SessionConfigError)
    expect(make).toThrow(message)
    expect(make).not.toThrow('pass')
  })
})

describe('redis.url', () => {
  it.each([
    'redis://127.0.0.1:6379',
    'rediss://cache.example:6380',
    'redis://user:p%25ss@host:6379/3',
    'redis://host',
  ])('can be %s', (url) => {
    expect(checkedSection('redis', { url }).url).toBe(url)
  })

  it.each([
    '',
    'localhost:6379',
    'http://localhost:6379',
    'redis:host',
    'redis://host:port',
    'redis://user:50%@host',
    'redis://host/first',
    'redis:///0',
  ])('cannot be %j', (url) => {
    expect(() => checkedSection('redis', { url })).toThrow(
      'redis.url (or REDIS_URL) is not an address',
    )
  })

  it('is not in the message, because it may contain a password', () => {
    expect(() => checkedSection('redis', { url: 'http://user:hunter2@host' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })
})

describe('REDIS_URL', () => {
  afterEach(() => void vi.unstubAllEnvs())

  it('is checked like redis.url', () => {
    vi.stubEnv('REDIS_URL', 'localhost:6379')

    expect(() => redisStore()).toThrow('redis.url (or REDIS_URL) is not an address')
  })

  it('is ignored by a store with its own URL or client', () => {
    vi.stubEnv('REDIS_URL', 'localhost:6379')

    expect(() => redisStore({ url: 'redis://127.0.0.1:6379' })).not.toThrow()
    expect(() => redisStore({ client: createClient() })).not.toThrow()
  })
})

describe('sqlite.path and sqlite.tableName', () => {
  it.each([
    ['sqlite.path', { path: ':memory:' }],
    ['sqlite.path', { path: '' }],
    ['sqlite.tableName', { tableName: 'my sessions' }],
    ['sqlite.tableName', { tableName: '1st' }],
    ['sqlite.tableName', { tableName: 'sqlite_sessions' }],
    ['sqlite.tableName', { tableName: 'x'.repeat(64) }],
  ])('%s is refused: %j', (name, options) => {
    expect(() => checkedSection('sqlite', options)).toThrow(name)
  })
})

import type {
  CacheStoreOptions,
  Csrf,
  CsrfOptions,
  FileStoreOptions,
  MemoryStoreOptions,
  RedisStoreOptions,
  Session,
  SessionCookieOptions,
  SessionEvent,
  SessionOptions,
  SqliteStoreOptions,
} from '@gravito/orbit'
import { session } from '@gravito/orbit'
import type { TestClientOptions, TestMessage } from '@gravito/orbit/testing'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { describe, expectTypeOf, it } from 'vitest'

declare module '@gravito/orbit' {
  interface SessionData {
    typedName: string
    typedCount: number
    typedList: { sku: string }[]
    typedMaybe: string | null
    typedFlag: boolean
  }
}

declare const anyKey: string

/** Compiled, never run. */
function handler(c: Context): void {
  const s = c.get('session')
  expectTypeOf(s).toEqualTypeOf<Session>()
  expectTypeOf(c.get('csrf')).toEqualTypeOf<Csrf>()
  expectTypeOf(c.var.session).toEqualTypeOf<Session>()

  expectTypeOf(s.get('typedName')).toEqualTypeOf<string | undefined>()
  expectTypeOf(s.get('typedName', null)).toEqualTypeOf<string | null>()
  expectTypeOf(s.get('typedName', 'x')).toEqualTypeOf<string>()
  expectTypeOf(s.get('typedMaybe')).toEqualTypeOf<string | null | undefined>()
  expectTypeOf(s.get('other')).toEqualTypeOf<unknown>()
  expectTypeOf(s.get<number>('other')).toEqualTypeOf<number | undefined>()
  expectTypeOf(s.get<number>('other', 0)).toEqualTypeOf<number>()
  expectTypeOf(s.get<string | null>('typedName', null)).toEqualTypeOf<string | null>()
  // @ts-expect-error: the fallback is no number
  s.get<number>('other', 'x')

  s.put('typedName', 'x')
  s.put('other', { any: ['thing'] })
  s.put({ typedName: 'x', other: 1 })
  // @ts-expect-error: a number is not a string
  s.put('typedName', 1)
  // @ts-expect-error: null is not a string
  s.put('typedName', null)
  // @ts-expect-error: a number is not a string
  s.put({ typedName: 1 })

  s.push('typedList', { sku: 'x' })
  s.push('other', 1)
  // @ts-expect-error: no such item
  s.push('typedList', 'x')
  // @ts-expect-error: no list
  s.push('typedName', 'x')

  expectTypeOf(s.increment('typedCount')).toEqualTypeOf<number>()
  s.decrement('other', 2)
  // @ts-expect-error: no number
  s.increment('typedName')

  expectTypeOf(s.update('typedCount', (n) => (n ?? 0) + 1)).toEqualTypeOf<number>()
  expectTypeOf(s.pull('typedName')).toEqualTypeOf<string | undefined>()
  expectTypeOf(s.take('typedName')).toEqualTypeOf<Promise<string | undefined>>()
  expectTypeOf(s.claim('other')).toEqualTypeOf<Promise<boolean>>()
  expectTypeOf(s.claim('typedName', 'x')).toEqualTypeOf<Promise<boolean>>()
  // @ts-expect-error a text was declared
  s.claim('typedName', 1)
  // @ts-expect-error a text was declared, and what is put there without a value is true
  s.claim('typedName')
  s.claim('typedFlag')
  s.claim(anyKey, { by: 'me' })
  // @ts-expect-error a number was declared
  s.update('typedCount', () => 'x')
  expectTypeOf(s.update('other', (n: number | undefined) => (n ?? 0) + 1)).toEqualTypeOf<number>()
  expectTypeOf(s.update<number>('other', (n) => (n ?? 0) + 1)).toEqualTypeOf<number>()
  s.update(anyKey, () => 1)
  // @ts-expect-error a text was declared
  s.remember('typedName', () => 1)
  // @ts-expect-error a text was declared
  s.remember('typedName', async () => 1)
  expectTypeOf(s.remember('typedName', () => 'x')).toEqualTypeOf<string>()
  expectTypeOf(s.remember('typedName', async () => 'x')).toEqualTypeOf<Promise<string>>()
  expectTypeOf(s.remember('other', () => 1)).toEqualTypeOf<number>()
  expectTypeOf(s.remember<number>('other', async () => 1)).toEqualTypeOf<Promise<number>>()
  expectTypeOf(s.all().typedName).toEqualTypeOf<string | undefined>()
  expectTypeOf(s.getFlash('x')).toEqualTypeOf<unknown>()
  expectTypeOf(s.getFlash<string | null>('x', null)).toEqualTypeOf<string | null>()
  expectTypeOf(s.peekFlash<string>('x')).toEqualTypeOf<string | undefined>()
  expectTypeOf(s.atomically((data) => data.increment('typedCount') <= 5)).toEqualTypeOf<
    Promise<boolean>
  >()
  expectTypeOf(s.id()).toEqualTypeOf<string>()
  expectTypeOf(c.get('csrf').token()).toEqualTypeOf<string>()
  expectTypeOf(c.get('csrf').verify('x')).toEqualTypeOf<boolean>()

  // @ts-expect-error: the engine is no part of what handlers see
  s.change({ op: 'clear' })
}

function options(): SessionOptions[] {
  return [
    {},
    {
      secret: ['a', 'b'],
      cookie: { sameSite: 'strict', prefix: false },
      csrf: { ignore: ['/hook'] },
    },
    // @ts-expect-error: no such driver
    { driver: 'file system' },
    // @ts-expect-error: misspelt
    { idleTimeout: 5 },
    { cookie: { sameSite: 'Lax', httpOnly: true }, csrf: false, logger: console },
    // @ts-expect-error: no such value
    { cookie: { sameSite: 'LAX' } },
    // @ts-expect-error: a session cookie that scripts read
    { cookie: { httpOnly: false } },
    // @ts-expect-error: at least one name
    { csrf: { fieldNames: [] } },
  ]
}

/** Each key as it is, with undefined beside its type. */
type OrUndefined<T> = { [K in keyof T]: T[K] | undefined }

function events(event: SessionEvent): string {
  switch (event.type) {
    case 'session:unknown-id':
      return event.reason
    case 'csrf:refused':
      return event.reason
    case 'session:regenerated':
      return `${event.from} ${event.handle}`
    case 'session:secret-refused':
      return event.type
    default:
      return event.handle
  }
}

describe('the types', () => {
  it('know the declared data, in a handler typed Context, without a cast', () => {
    expectTypeOf(handler).toBeFunction()
    expectTypeOf(options).returns.toEqualTypeOf<SessionOptions[]>()
    expectTypeOf<OrUndefined<SessionOptions>>().toExtend<SessionOptions>()
    expectTypeOf<OrUndefined<SessionCookieOptions>>().toExtend<SessionCookieOptions>()
    expectTypeOf<OrUndefined<CsrfOptions>>().toExtend<CsrfOptions>()
    expectTypeOf<OrUndefined<MemoryStoreOptions>>().toExtend<MemoryStoreOptions>()
    expectTypeOf<OrUndefined<FileStoreOptions>>().toExtend<FileStoreOptions>()
    expectTypeOf<OrUndefined<RedisStoreOptions>>().toExtend<RedisStoreOptions>()
    expectTypeOf<OrUndefined<SqliteStoreOptions>>().toExtend<SqliteStoreOptions>()
    expectTypeOf<OrUndefined<CacheStoreOptions>>().toExtend<CacheStoreOptions>()
    expectTypeOf<OrUndefined<TestClientOptions>>().toExtend<TestClientOptions>()
    expectTypeOf<OrUndefined<TestMessage>>().toExtend<TestMessage>()
    expectTypeOf(events).parameter(0).toEqualTypeOf<SessionEvent>()
  })

  it('fit where Hono wants a middleware', () => {
    expectTypeOf(session()).toExtend<MiddlewareHandler>()
    new Hono().use(session()).get('/', (c) => c.json(c.get('session').all()))
  })
})

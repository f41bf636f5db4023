import type {
  Csrf,
  CsrfOptions,
  DeepReadonly,
  FileStoreOptions,
  MemoryStoreOptions,
  RedisStoreOptions,
  Session,
  SessionCookieOptions,
  SessionEvent,
  SessionMiddleware,
  SessionOptions,
  SessionVariables,
  SqliteStoreOptions,
} from '@gravito/orbit'
import { session } from '@gravito/orbit'
import {
  type TestClient,
  type TestClientOptions,
  type TestMessage,
  type TestSession,
  type TestSetup,
  testClient,
} from '@gravito/orbit/testing'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { hc } from 'hono/client'
import type { BrowserContextOptions } from 'playwright-core'
import { describe, expectTypeOf, it } from 'vitest'
import type { CacheStoreOptions } from '../../packages/orbit/src/stores/cache.ts'

interface Cart {
  owner: { name: string }
  items: { sku: string; tags: string[] }[]
}

interface Data {
  userId: string
  count: number
  maybe: string | null
  flag: boolean
  theme: 'light' | 'dark'
  list: { sku: string }[]
  cart: Cart
  seen: Map<string, { at: Date; tags: string[] }>
  optional?: number
}

interface Messages {
  success: string
  saved: boolean
  problem: { fields: string[] }
}

declare const anyKey: string
declare const cart: Cart

/** Only compiled, never run. */
function undeclared(c: Context): void {
  const s = c.get('session')
  expectTypeOf(s).toEqualTypeOf<Session>()
  expectTypeOf(c.get('csrf')).toEqualTypeOf<Csrf>()
  expectTypeOf(c.var.session).toEqualTypeOf<Session>()

  // The default determines the type.
  expectTypeOf(s.get('n', 0)).toEqualTypeOf<number>()
  expectTypeOf(s.get('name', '')).toEqualTypeOf<string>()
  expectTypeOf(s.get('flag', false)).toEqualTypeOf<boolean>()
  expectTypeOf(s.get('cart', cart)).toEqualTypeOf<DeepReadonly<Cart>>()
  expectTypeOf(s.get('list', ['x'])).toEqualTypeOf<readonly string[]>()
  expectTypeOf(s.get('list', [])).toEqualTypeOf<readonly unknown[]>()
  expectTypeOf(s.pull('n', 0)).toEqualTypeOf<number>()
  expectTypeOf(s.getFlash('text', '')).toEqualTypeOf<string>()
  // Without a default, or with null, the type is unknown.
  expectTypeOf(s.get('n')).toEqualTypeOf<unknown>()
  expectTypeOf(s.get('n', null)).toEqualTypeOf<unknown>()
  expectTypeOf(s.getFlash('text')).toEqualTypeOf<unknown>()
  // A type parameter sets the type.
  expectTypeOf(s.get<number>('n')).toEqualTypeOf<number | undefined>()
  expectTypeOf(s.get<string | null>('userId', null)).toEqualTypeOf<string | null>()
  expectTypeOf(s.get<Cart>('cart')).toEqualTypeOf<DeepReadonly<Cart> | undefined>()
  expectTypeOf(s.getFlash<string | null>('x', null)).toEqualTypeOf<string | null>()
  expectTypeOf(s.take<string>('code')).toEqualTypeOf<Promise<string | undefined>>()
  // @ts-expect-error: the default is not a number
  s.get<number>('n', 'x')

  s.put(anyKey, { any: ['thing'] })
  s.put({ name: 'x', n: 1 })
  s.push('list', 1)
  s.flash('saved')
  s.flash('text', { any: 'thing' })
  expectTypeOf(s.increment('n')).toEqualTypeOf<number>()
  expectTypeOf(s.update('n', (n: number | undefined) => (n ?? 0) + 1)).toEqualTypeOf<number>()
  expectTypeOf(s.update<number>('n', (n) => (n ?? 0) + 1)).toEqualTypeOf<number>()
  expectTypeOf(s.remember('n', () => 1)).toEqualTypeOf<number>()
  expectTypeOf(s.remember<number>('n', async () => 1)).toEqualTypeOf<Promise<number>>()
  expectTypeOf(s.all()).toEqualTypeOf<Readonly<Record<string, unknown>>>()
  expectTypeOf(s.claim('coupon')).toEqualTypeOf<Promise<boolean>>()
  expectTypeOf(s.userId).toEqualTypeOf<string | number | bigint | undefined>()
  s.signIn(5n)
  expectTypeOf(s.id()).toEqualTypeOf<string>()
  expectTypeOf(c.get('csrf').token()).toEqualTypeOf<string>()
  expectTypeOf(c.get('csrf').verify('x')).toEqualTypeOf<boolean>()

  // @ts-expect-error: handlers cannot use the engine
  s.change({ op: 'clear' })
  // @ts-expect-error: a session has no properties of the app's
  s.cart = cart
}

/** Only compiled, never run. */
function declared(s: Session<Data, Messages>): void {
  expectTypeOf(s.get('userId')).toEqualTypeOf<string | undefined>()
  expectTypeOf(s.get('userId', null)).toEqualTypeOf<string | null>()
  expectTypeOf(s.get('userId', 'x')).toEqualTypeOf<string>()
  expectTypeOf(s.get('count', 0)).toEqualTypeOf<number>()
  expectTypeOf(s.get('maybe')).toEqualTypeOf<string | null | undefined>()
  expectTypeOf(s.get('theme', 'light')).toEqualTypeOf<'light' | 'dark'>()
  expectTypeOf(s.get('optional', 0)).toEqualTypeOf<number>()
  expectTypeOf(s.get('list', [])).toEqualTypeOf<readonly { readonly sku: string }[]>()
  expectTypeOf(s.get('cart')?.items[0]?.tags).toEqualTypeOf<readonly string[] | undefined>()
  expectTypeOf(s.get('seen')?.get('x')).toEqualTypeOf<
    { readonly at: Date; readonly tags: readonly string[] } | undefined
  >()
  s.get('seen')?.clear()
  // @ts-expect-error: what you get is frozen
  s.get('list')?.push({ sku: 'x' })
  // @ts-expect-error: what you get is frozen, all the way down
  s.get('cart', cart).owner.name = 'x'

  // A value from get() can be put again, with a change.
  s.put('list', [...s.get('list', []), { sku: 'x' }])
  s.put('cart', { ...s.get('cart', cart), owner: { name: 'x' } })
  s.put('cart', cart)
  s.put({ userId: 'x', count: 1 })
  s.set('count', 1)
  // @ts-expect-error: a number is not a string
  s.put('userId', 1)
  // @ts-expect-error: null is not a string
  s.put('userId', null)
  // @ts-expect-error: a number is not a string
  s.put({ userId: 1 })
  // @ts-expect-error: not one of the two
  s.put('theme', 'blue')

  // A misspelt key is refused, by every method.
  // @ts-expect-error: misspelt
  s.get('usrId')
  // @ts-expect-error: misspelt
  s.get('usrId', null)
  // @ts-expect-error: misspelt
  const context: string | undefined = s.get('usrId')
  // @ts-expect-error: misspelt
  s.put('usrId', 'x')
  // @ts-expect-error: misspelt
  s.put({ usrId: 'x' })
  // @ts-expect-error: misspelt
  s.has('usrId')
  // @ts-expect-error: misspelt
  s.has(['userId', 'usrId'])
  // @ts-expect-error: misspelt
  s.missing('usrId')
  // @ts-expect-error: misspelt
  s.forget('usrId')
  // @ts-expect-error: misspelt
  s.only('usrId')
  // @ts-expect-error: misspelt
  s.all().usrId
  // @ts-expect-error: misspelt
  s.pull('usrId')
  // @ts-expect-error: misspelt
  s.increment('cuont')
  // @ts-expect-error: misspelt
  s.push('lst', 1)
  // @ts-expect-error: misspelt
  s.update('cuont', () => 1)
  // @ts-expect-error: misspelt
  s.remember('usrId', () => 'x')
  // @ts-expect-error: misspelt
  s.take('usrId')
  // @ts-expect-error: misspelt
  s.claim('usrId', 'x')
  // @ts-expect-error: misspelt
  s.flash('sucess', 'x')
  // @ts-expect-error: misspelt
  s.getFlash('sucess')
  // @ts-expect-error: misspelt
  s.keep('sucess')
  // @ts-expect-error: it may be any string
  s.get(anyKey)

  // With a type parameter any key works.
  expectTypeOf(s.get<number>(`hits:${anyKey}`)).toEqualTypeOf<number | undefined>()
  expectTypeOf(s.get<string | null>('userId', null)).toEqualTypeOf<string | null>()
  s.put<number>('other', 1)
  s.put<unknown>({ other: 1 })
  s.has<unknown>('other')
  s.forget<unknown>('other', ['more'])
  s.increment<number>(`hits:${anyKey}`)
  s.push<string>('other', 'x')
  s.flash<string>('other', 'x')
  expectTypeOf(s.update<number>('other', (n) => (n ?? 0) + 1)).toEqualTypeOf<number>()
  expectTypeOf(s.remember<number>('other', () => 1)).toEqualTypeOf<number>()
  expectTypeOf(s.take<number>('other')).toEqualTypeOf<Promise<number | undefined>>()

  expectTypeOf(s.all().userId).toEqualTypeOf<string | undefined>()
  expectTypeOf(s.only('count', 'userId').count).toEqualTypeOf<number | undefined>()
  // @ts-expect-error: not among the keys
  s.only('count').userId
  expectTypeOf(s.except('count').userId).toEqualTypeOf<string | undefined>()

  s.push('list', { sku: 'x' })
  // @ts-expect-error: not an item
  s.push('list', 'x')
  // @ts-expect-error: not a list
  s.push('userId', 'x')
  expectTypeOf(s.increment('count')).toEqualTypeOf<number>()
  s.increment('optional', 2)
  // @ts-expect-error: not a number
  s.increment('userId')

  expectTypeOf(s.pull('userId')).toEqualTypeOf<string | undefined>()
  expectTypeOf(s.take('cart')).toEqualTypeOf<Promise<DeepReadonly<Cart> | undefined>>()
  expectTypeOf(s.update('count', (n) => (n ?? 0) + 1)).toEqualTypeOf<number>()
  expectTypeOf(s.update('list', (list = []) => [...list, { sku: 'x' }])).toEqualTypeOf<
    readonly { readonly sku: string }[]
  >()
  // @ts-expect-error: a string is not a number
  s.update('count', () => 'x')
  // @ts-expect-error: what the function gets is frozen
  s.update('list', (list) => [list?.pop() ?? { sku: 'x' }])
  expectTypeOf(s.remember('userId', () => 'x')).toEqualTypeOf<string>()
  expectTypeOf(s.remember('userId', async () => 'x')).toEqualTypeOf<Promise<string>>()
  expectTypeOf(s.remember('cart', () => cart)).toEqualTypeOf<DeepReadonly<Cart>>()
  // @ts-expect-error: a number is not a string
  s.remember('userId', () => 1)
  // @ts-expect-error: a number is not a string
  s.remember('userId', async () => 1)
  expectTypeOf(s.claim('userId', 'x')).toEqualTypeOf<Promise<boolean>>()
  s.claim('flag')
  // @ts-expect-error: a number is not a string
  s.claim('userId', 1)
  // @ts-expect-error: without a value it is true, and true is not a string
  s.claim('userId')
  expectTypeOf(s.atomically((data) => data.increment('count') <= 5)).toEqualTypeOf<
    Promise<boolean>
  >()
  // @ts-expect-error: misspelt
  s.atomically((data) => data.get('usrId'))

  s.flash('success', 'x')
  s.flash('saved')
  s.now('success', 'x')
  // @ts-expect-error: without a value it is true, and true is not a string
  s.flash('success')
  // @ts-expect-error: a number is not a string
  s.flash('success', 1)
  expectTypeOf(s.getFlash('success')).toEqualTypeOf<string | undefined>()
  expectTypeOf(s.getFlash('success', null)).toEqualTypeOf<string | null>()
  expectTypeOf(s.peekFlash('problem')?.fields).toEqualTypeOf<readonly string[] | undefined>()

  expectTypeOf(s.userId).toEqualTypeOf<string | undefined>()
  s.signIn('x')
  // @ts-expect-error: a number is not a string
  s.signIn(1)
  void context
}

/** Only compiled, never run: an index signature allows other keys, a pattern those that match. */
function open(
  s: Session<{ userId: string; [key: string]: unknown }>,
  hits: Session<{ [key: `hits:${string}`]: number }>,
): void {
  expectTypeOf(s.get('userId')).toEqualTypeOf<string | undefined>()
  expectTypeOf(s.get(anyKey)).toEqualTypeOf<unknown>()
  s.put('other', 1)
  // @ts-expect-error: a number is not a string
  s.put('userId', 1)
  expectTypeOf(hits.get(`hits:${anyKey}`, 0)).toEqualTypeOf<number>()
  hits.increment(`hits:${anyKey}`)
  // @ts-expect-error: does not fit
  hits.increment('count')
}

/** Only compiled, never run: types without a global declaration. */
function withoutGlobals(): void {
  const app = new Hono<{ Variables: SessionVariables<Data, Messages> }>()
  app.use(session<Data, Messages>({ driver: 'memory' }))
  app.get('/', (c) => {
    expectTypeOf(c.get('session')).toEqualTypeOf<Session<Data, Messages>>()
    expectTypeOf(c.get('csrf')).toEqualTypeOf<Csrf>()
    return c.json({ userId: c.get('session').get('userId', null), all: c.get('session').all() })
  })
  new Hono().use(session<Data>()).get('/', (c) => {
    expectTypeOf(c.get('session')).toEqualTypeOf<Session<Data>>()
    return c.json({ count: c.get('session').get('count', 0) })
  })

  const plain: Hono = new Hono().use(session())
  const someSession = (s: Session) => s.get<string>('userId')
  plain.get('/', (c) =>
    c.json({ user: c.get('session').get('userId'), all: c.get('session').all() }),
  )
  app.get('/some', (c) => c.text(someSession(c.get('session')) ?? ''))
}

/** Only compiled, never run: the types follow the names in `exposeAs` and `csrf.exposeAs`. */
function otherNames(wide: SessionOptions): void {
  const names = { exposeAs: 'cart', csrf: { exposeAs: 'cartCsrf' } } as const
  const app = new Hono()
    .use(session())
    .use(session({ exposeAs: 'cart', cookie: { name: 'cart' }, csrf: { exposeAs: 'cartCsrf' } }))
  app.get('/', (c) => {
    expectTypeOf(c.get('cart')).toEqualTypeOf<Session>()
    expectTypeOf(c.get('cartCsrf')).toEqualTypeOf<Csrf>()
    expectTypeOf(c.get('session')).toEqualTypeOf<Session>()
    // @ts-expect-error: no such name
    c.get('basket')
    return c.text(c.get('cartCsrf').token())
  })
  new Hono().use(session<Data, Messages, 'cart', 'cartCsrf'>(names)).get('/', (c) => {
    expectTypeOf(c.get('cart')).toEqualTypeOf<Session<Data, Messages>>()
    expectTypeOf(c.get('cartCsrf')).toEqualTypeOf<Csrf>()
    return c.json({ count: c.get('cart').get('count', 0) })
  })
  // @ts-expect-error: with types of your own, the name is one of them
  session<Data>({ exposeAs: 'cart' })
  new Hono().use(session({ csrf: { exposeAs: 'token' } })).get('/', (c) => {
    expectTypeOf(c.get('session')).toEqualTypeOf<Session>()
    return c.text(c.get('token').token())
  })
  const declared = new Hono<{ Variables: SessionVariables<Data, Messages, 'cart', 'cartCsrf'> }>()
  declared.use(session(names)).use(session(wide))
  declared.get('/', (c) => c.text(c.get('cartCsrf').field() + c.get('cart').get('count', 0)))
  expectTypeOf(session(wide)).toEqualTypeOf<SessionMiddleware>()
  expectTypeOf(session({ csrf: false })).toExtend<SessionMiddleware>()
}

/** Only compiled, never run: the client of an app that declares nothing. */
async function untypedClient(app: Hono): Promise<void> {
  const client = testClient(app)
  expectTypeOf(client).toEqualTypeOf<TestClient>()
  expectTypeOf(await client.actingAs(5n, { data: { any: cart } })).toEqualTypeOf<TestClient>()
  await client.withSession({ any: ['thing'] }, { flash: { any: 'thing' }, exposeAs: 'cart' })
  const stored = await client.session()
  expectTypeOf(stored?.data).toEqualTypeOf<Readonly<Record<string, unknown>> | undefined>()
  expectTypeOf(stored?.userId).toEqualTypeOf<string | number | bigint | undefined>()
  expectTypeOf(client.fetch).toExtend<typeof fetch>()
  expectTypeOf(client.storageState()).toExtend<BrowserContextOptions['storageState']>()
  // @ts-expect-error: nobody
  await client.actingAs(null)
  // @ts-expect-error: misspelt
  await client.actingAs('ada', { dta: {} })
  // @ts-expect-error: the data of withSession is its first argument
  await client.withSession({}, { data: {} })
  // @ts-expect-error: the options of a session are not a session
  testClient('http://localhost:3000', { sessions: { secret: 'x' } })
}

/** Only compiled, never run: the app's own types, and all types that can be given for its sessions. */
async function typedClient(): Promise<void> {
  const typed = session<Data, Messages>()
  const app = new Hono().use(typed).get('/me', (c) => c.json({ count: 1 }))
  testClient(app, { sessions: typed })
  testClient({ fetch: app.fetch }, { sessions: app })
  testClient(new URL('http://localhost:3000'), { sessions: session() })
  const client = testClient<Data, Messages>(app)
  await client.actingAs('ada', { data: { count: 1, list: [] }, flash: { success: 'x' } })
  // @ts-expect-error: a number is not a string
  await client.actingAs(1)
  // @ts-expect-error: misspelt
  await client.actingAs('ada', { data: { cuont: 1 } })
  // @ts-expect-error: a number is not a string
  await client.withSession({ count: 1 }, { flash: { success: 1 } })
  expectTypeOf(client.copy()).toEqualTypeOf<TestClient<Data, Messages>>()
  const stored = await client.session()
  expectTypeOf(stored).toEqualTypeOf<TestSession<Data, Messages> | undefined>()
  expectTypeOf(stored?.data.count).toEqualTypeOf<number | undefined>()
  expectTypeOf(stored?.flash.problem?.fields).toEqualTypeOf<readonly string[] | undefined>()
  expectTypeOf(stored?.userId).toEqualTypeOf<string | undefined>()
  // @ts-expect-error: misspelt
  stored?.data.cuont

  const api = hc<typeof app>('http://localhost', { fetch: client.fetch })
  expectTypeOf((await (await api.me.$get()).json()).count).toEqualTypeOf<number>()
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

/** Each key of T, with undefined as an additional type. */
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
  it('contain the declared data, in a handler typed Context, without a cast', () => {
    expectTypeOf(undeclared).toBeFunction()
    expectTypeOf(declared).toBeFunction()
    expectTypeOf(open).toBeFunction()
    expectTypeOf(withoutGlobals).toBeFunction()
    expectTypeOf(otherNames).toBeFunction()
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
    expectTypeOf<OrUndefined<TestSetup>>().toExtend<TestSetup>()
    expectTypeOf(untypedClient).toBeFunction()
    expectTypeOf(typedClient).toBeFunction()
    expectTypeOf(events).parameter(0).toEqualTypeOf<SessionEvent>()
  })

  it("fit Hono's middleware type", () => {
    expectTypeOf(session()).toExtend<MiddlewareHandler>()
    new Hono().use(session()).get('/', (c) => c.json(c.get('session').all()))
  })
})

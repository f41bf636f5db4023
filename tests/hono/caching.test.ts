import { type Session, session } from '@gravito/orbit'
import { Hono, type MiddlewareHandler } from 'hono'
import { etag, RETAINED_304_HEADERS } from 'hono/etag'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'
import { stream } from 'hono/streaming'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from './client.ts'
import { type RunningServer, serve } from './server.ts'
import { secret, setting, signedIn } from './setting.ts'

let upstream: RunningServer
beforeAll(async () => {
  const origin = new Hono()
  origin.get('/', (c) => c.text('from afar', 200, { 'X-From': 'afar' }))
  upstream = await serve(origin)
})
afterAll(() => upstream.close())

/** Every way to return a response after the handler has used the session. */
function everyWay() {
  const world = setting()
  const { app } = world
  app.use('/way/*', (c, next) => {
    c.get('session').get('x')
    return next()
  })
  app.get('/way/text', (c) => c.text('x'))
  app.get('/way/raw', () => new Response('x'))
  app.get('/way/fetched', () => fetch(upstream.origin))
  app.get('/way/redirect', (c) => c.redirect('/'))
  app.get('/way/platform-redirect', () => Response.redirect('http://localhost/'))
  app.get('/way/thrown', () => {
    throw new HTTPException(404, { message: 'no' })
  })
  app.get('/way/broken', () => {
    throw new HTTPException(500, { message: 'no' })
  })
  app.get('/way/empty', (c) => c.body(null, 204))
  app.get('/way/stream', (c) => stream(c, async (out) => void (await out.write('x'))))
  return world
}

const ways = [
  'text',
  'raw',
  'fetched',
  'redirect',
  'platform-redirect',
  'thrown',
  'broken',
  'empty',
  'stream',
  'nowhere',
]

describe.each(ways)('a response made with %s (R14)', (way) => {
  it('is no-store if it sets our cookies', async () => {
    const { app } = everyWay()

    const response = await ask(app, `/way/${way}`)

    expect(response.headers.getSetCookie()).toHaveLength(2)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(response.headers.get('Vary')).toBe('Cookie')
    await response.text()
  })

  it('is no-store if it used the session, even without setting a cookie', async () => {
    const world = everyWay()
    const ada = await signedIn(world.client())

    const response = await ada.get(`/way/${way}`)

    expect(response.headers.getSetCookie()).toEqual([])
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(response.headers.get('Vary')).toBe('Cookie')
    await response.text()
  })
})

describe("the app's own caching headers (R14)", () => {
  async function cacheControlOf(
    given: string | undefined,
    cookies: boolean,
  ): Promise<string | null> {
    const world = setting()
    world.app.get('/page', (c) => {
      c.get('session').get('x')
      return c.text('x', 200, given === undefined ? {} : { 'Cache-Control': given })
    })
    const client = cookies ? world.client() : await signedIn(world.client())
    return (await client.get('/page')).headers.get('Cache-Control')
  }

  it.each([
    [undefined, 'no-store'],
    ['public, max-age=60', 'private, max-age=60'],
    ['max-age=60', 'private, max-age=60'],
    ['PUBLIC, S-MaxAge=600, max-age=60', 'private, max-age=60'],
    ['s-maxage=600', 'private'],
    ['private, max-age=60', 'private, max-age=60'],
    ['no-cache', 'private, no-cache'],
    ['no-store', 'no-store'],
  ])('Cache-Control %s becomes %s if the handler used the session', async (given, expected) => {
    expect(await cacheControlOf(given, false)).toBe(expected)
  })

  it.each([undefined, 'public, max-age=60', 'private', 'no-cache="Set-Cookie"'])(
    'Cache-Control %s becomes no-store if the response sets our cookies',
    async (given) => {
      expect(await cacheControlOf(given, true)).toBe('no-store')
    },
  )

  it.each([
    ['Accept-Encoding', 'Accept-Encoding, Cookie'],
    ['Cookie', 'Cookie'],
    ['accept, COOKIE', 'accept, COOKIE'],
    ['Cookie-Consent', 'Cookie-Consent, Cookie'],
    ['*', '*'],
  ])('Vary %s becomes %s', async (given, expected) => {
    const world = setting()
    world.app.get('/page', (c) => {
      c.get('session').get('x')
      return c.text('x', 200, { Vary: given })
    })

    expect((await ask(world.app, '/page')).headers.get('Vary')).toBe(expected)
  })

  it('stay as they are if the handler did not use the session, even for a signed-in user', async () => {
    const world = setting()
    world.app.get('/page', (c) => c.text('x', 200, { 'Cache-Control': 'public, max-age=60' }))
    const ada = await signedIn(world.client())

    const response = await ada.get('/page')

    expect(response.headers.get('Cache-Control')).toBe('public, max-age=60')
    expect(response.headers.get('Vary')).toBeNull()
  })

  it('stay as they are if the handler returns a fetched response without using the session', async () => {
    const world = setting()
    world.app.get('/page', () => fetch(upstream.origin))

    const response = await ask(world.app, '/page')

    expect(response.headers.get('Vary')).toBeNull()
    expect(await response.text()).toBe('from afar')
  })

  it('change on every use of the session, even a single has()', async () => {
    const uses: Record<string, (session: Session) => unknown> = {
      has: (session) => session.has('x'),
      missing: (session) => session.missing('x'),
      all: (session) => session.all(),
      id: (session) => session.id(),
      getFlash: (session) => session.getFlash('x'),
      peekFlash: (session) => session.peekFlash('x'),
    }
    for (const [use, work] of Object.entries(uses)) {
      const world = setting()
      const ada = await signedIn(world.client())
      const response = await world.answer(ada, (session) => void work(session), { method: 'GET' })
      expect(response.headers.get('Vary'), use).toBe('Cookie')
      expect(response.headers.get('Cache-Control'), use).toBe('no-store')
    }
  })

  it('change if only the CSRF token was used', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const response = await world.answer(ada, (_, c) => c.text(c.get('csrf').field()), {
      method: 'GET',
    })

    expect(response.headers.get('Cache-Control')).toBe('no-store')
  })
})

it("the response keeps the handler's own cookies, headers, status and body", async () => {
  const world = everyWay()
  world.app.get('/own', (c) => {
    c.get('session').get('x')
    const headers = new Headers({ 'X-Own': '1', 'Content-Type': 'text/x-own' })
    headers.append('Set-Cookie', 'a=1; Path=/')
    headers.append('Set-Cookie', 'b=2; Path=/')
    return new Response('body', { status: 418, headers })
  })

  const own = await ask(world.app, '/own')
  expect(own.status).toBe(418)
  expect(own.headers.get('X-Own')).toBe('1')
  expect(own.headers.get('Content-Type')).toBe('text/x-own')
  expect(own.headers.getSetCookie().map((text) => text.split('=')[0])).toEqual([
    'a',
    'b',
    'session',
    'XSRF-TOKEN',
  ])
  expect(await own.text()).toBe('body')

  const fetched = await ask(world.app, '/way/fetched')
  expect(fetched.headers.get('X-From')).toBe('afar')
  expect(await fetched.text()).toBe('from afar')
})

describe('a 304 of etag()', () => {
  /** A page that browsers may cache and revalidate. Its first request sets the cookies. */
  function paged(before: MiddlewareHandler[], after: MiddlewareHandler[]): Hono {
    const app = new Hono()
    for (const handler of [...before, session({ secret }), ...after]) app.use(handler)
    app.get('/page', (c) => {
      c.get('session').get('x')
      c.header('Cache-Control', 'max-age=60')
      return c.text('the same for everybody')
    })
    return app
  }

  const again = async (app: Hono) => {
    const ETag = (await ask(app, '/page')).headers.get('ETag') ?? ''
    return ask(app, '/page', { headers: { 'If-None-Match': ETag } })
  }

  it.each<[string, Hono]>([
    ['etag() comes after session()', paged([], [etag()])],
    [
      'etag() comes before session() and keeps Set-Cookie',
      paged([etag({ retainedHeaders: [...RETAINED_304_HEADERS, 'set-cookie'] })], []),
    ],
  ])('sets the cookies if %s', async (_, app) => {
    const response = await again(app)

    expect(response.status).toBe(304)
    expect(response.headers.getSetCookie()).toHaveLength(2)
    expect(response.headers.get('Cache-Control')).toBe('no-store')
  })
})

it('the session works between other middleware that changes the response', async () => {
  const inner = setting()
  const app = new Hono()
  app.use(secureHeaders(), etag())
  app.route('/', inner.app)

  const response = await ask(app, '/me')

  expect(response.headers.getSetCookie()).toHaveLength(2)
  expect(response.headers.get('ETag')).not.toBeNull()
  expect(response.headers.get('X-Frame-Options')).not.toBeNull()
  expect(response.headers.get('Cache-Control')).toBe('no-store')
})

import { OrbitSession, type Session, type SessionOptions, session } from '@gravito/orbit'
import { OrbitCache } from '@gravito/stasis'
import { createLogger, PlanetCore } from 'gravito-core'
import { type Context, Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../packages/orbit/src/options.ts'
import { setCookieNames } from '../hono/client.ts'
import { setting, signedIn } from '../hono/setting.ts'
import { readPages } from './pages.ts'
import { rowsOf } from './tables.ts'

const page = (await readPages()).find(({ path }) => path === 'docs/coming-from/gravito.md')
if (!page) throw new Error('there is no docs/coming-from/gravito.md')
const { text } = page

/** Resolves options without the type check, as in JavaScript. */
const resolve = (options: unknown) => resolveOptions(options as SessionOptions, {})

async function cookiesWith(options: SessionOptions): Promise<string[]> {
  const { client } = setting(options)
  return setCookieNames(await client().get('/me'))
}

/** The status of a POST without a token. */
async function statusOfForeignPost(options: SessionOptions): Promise<number> {
  const { client } = setting(options)
  return (await client().send('POST', '/logout')).status
}

/** The status of a POST with the token in this header. */
async function statusWithHeader(name: string, options: SessionOptions = {}): Promise<number> {
  const { client } = setting(options)
  const ada = await signedIn(client())
  return (await ada.send('POST', '/put?a=b', { headers: { [name]: ada.token } })).status
}

async function bootedWithCache(cacheKey?: string): Promise<void> {
  const named = cacheKey === undefined ? {} : { exposeAs: cacheKey }
  const core = await PlanetCore.boot({
    config: { session: { driver: 'cache', ...(cacheKey === undefined ? {} : { cacheKey }) } },
    orbits: [new OrbitCache(named), new OrbitSession()],
    routes: () => {},
    logger: createLogger('silent'),
  })
  await core.shutdown()
}

/** The checks of the options, by the first cell of their row. Options that are refused are in `refused`. */
const options: Record<string, () => unknown> = {
  "`driver: 'memory'`": () => expect(resolve({ driver: 'memory' }).driver).toBe('memory'),
  "`driver: 'file'`, `'sqlite'`, `'redis'`": () => {
    for (const driver of ['file', 'sqlite', 'redis'])
      expect(resolve({ driver }).driver).toBe(driver)
  },
  "`driver: 'cache'`": () => bootedWithCache(),
  '`cacheKey`': () => bootedWithCache('mine'),
  '`exposeAs`': async () => {
    const app = new Hono()
    app.use(session({ exposeAs: 'visit' }))
    app.get('/', (c: Context) => c.json(c.get('visit').has('a')))
    expect(await (await app.request('/')).json()).toBe(false)
  },
  '`now`': () => expect(resolve({ now: () => 1234 }).now()).toBe(1234),
  '`cookie.name`': async () => {
    expect(await cookiesWith({ cookie: { name: 'gravito_session' } })).toContain('gravito_session')
    expect(await cookiesWith({})).toContain('session')
  },
  '`cookie.path`, `cookie.secure`': async () => {
    const { client } = setting({ cookie: { path: '/', secure: true } })
    const header = (await client().get('/me')).headers.getSetCookie().join()
    expect(header).toMatch(/^__Host-session=[^,]*; Path=\/; .*Secure/)
  },
  '`cookie.httpOnly: true`': async () => {
    const { client } = setting({ cookie: { httpOnly: true } })
    expect((await client().get('/me')).headers.getSetCookie()[0]).toContain('; HttpOnly')
  },
  "`cookie.sameSite: 'Lax'`, `'Strict'`, `'None'`": () => {
    for (const sameSite of ['Lax', 'Strict', 'None']) {
      expect(resolve({ cookie: { sameSite } }).cookie.sameSite).toBe(sameSite.toLowerCase())
    }
  },
  '`idleTimeoutSeconds`, `touchIntervalSeconds`': () => {
    const asked = resolve({ idleTimeoutSeconds: 900, touchIntervalSeconds: 30 })
    expect(asked.times).toMatchObject({ idle: 900_000, touchInterval: 30_000 })
    expect(resolve({}).times).toMatchObject({ idle: 1_800_000, touchInterval: 60_000 })
  },
  '`absoluteTimeoutSeconds`': () => {
    expect(resolve({ absoluteTimeoutSeconds: 7200 }).times.absolute).toBe(7_200_000)
    expect(resolve({}).times.absolute).toBe(7 * 86_400_000)
    expect(() => resolve({ idleTimeoutSeconds: 60, absoluteTimeoutSeconds: 59 })).toThrow('idle')
  },
  '`csrf.enabled`': async () => {
    expect(await statusOfForeignPost({ csrf: { enabled: true } })).toBe(403)
    expect(await statusOfForeignPost({ csrf: { enabled: false } })).toBe(200)
    expect(await statusOfForeignPost({ csrf: false })).toBe(200)
  },
  '`csrf.headerName`': async () => {
    expect(await statusWithHeader('X-My-Token')).toBe(403)
    const worlds = ['X-My-Token', 'X-XSRF-TOKEN'].map(async (name) => {
      const { client } = setting({ csrf: { headerName: 'X-My-Token' } })
      const visitor = client()
      await visitor.get('/me')
      return (await visitor.send('POST', '/put?a=b', { headers: { [name]: visitor.token } })).status
    })
    expect(await Promise.all(worlds)).toEqual([200, 200])
  },
  '`csrf.cookieName`': async () => {
    expect(await cookiesWith({ csrf: { cookieName: 'token' } })).toContain('token')
  },
  '`csrf.ignore`': async () => {
    expect(await statusOfForeignPost({ csrf: { ignore: () => true } })).toBe(200)
    expect(await statusOfForeignPost({ csrf: { ignore: ['/logout'] } })).toBe(200)
  },
  '`file.path`, `sqlite.path`': () => {
    expect(resolve({ driver: 'file', file: { path: 'a' } }).file.path).toBe('a')
    expect(resolve({ driver: 'sqlite', sqlite: { path: 'a' } }).sqlite.path).toBe('a')
  },
  // The tests of the SQLite store cover it, on each runtime that has SQLite.
  '`sqlite.tableName`': () => {
    expect(resolve({ driver: 'sqlite', sqlite: { tableName: 'a' } }).sqlite.tableName).toBe('a')
  },
}

/** Options that are refused, by the first cell of their row, and what the error message must contain. */
const refused: Record<string, readonly (readonly [options: unknown, answer: RegExp])[]> = {
  '`store: { get, set, delete }`': [
    [{ store: new Map() }, /^session\.store .* (?:load|compareAndSet)/],
  ],
  '`keyPrefix`': [[{ keyPrefix: 'session:' }, /session\.redis\.prefix/]],
  '`cookie.httpOnly: false`': [[{ cookie: { httpOnly: false } }, /can only be true/]],
  '`csrf.cookiePath`, `csrf.cookieSecure`, `csrf.cookieSameSite`': [
    [{ csrf: { cookiePath: '/' } }, /session\.cookie/],
    [{ csrf: { cookieSecure: true } }, /session\.cookie/],
    [{ csrf: { cookieSameSite: 'Lax' } }, /session\.cookie/],
  ],
  '`redis.connection`': [
    [{ redis: { connection: 'default' } }, /session\.redis\.url.*session\.redis\.client/],
  ],
}

/** Two requests of a signed-in user. Returns what the handler of the second request finds. */
async function found<T>(first: (session: Session) => unknown, second: (session: Session) => T) {
  const world = setting()
  const ada = await signedIn(world.client())
  await world.within(ada, first)
  return world.within(ada, second)
}

const flashed = (session: Session) => session.flash('notice', 'saved')
const readFlash = (session: Session) => session.getFlash('notice')

const methods: Record<string, () => unknown> = {
  "`get('key', 'fallback')`": async () => {
    expect(
      await found(
        () => {},
        (s) => s.get('key', 'fallback'),
      ),
    ).toBe('fallback')
    const frozen = (s: Session) => Object.isFrozen(s.get('key'))
    expect(await found((s) => s.put('key', [1]), frozen)).toBe(true)
  },
  "`put('key', value)`, `set('key', value)`": async () => {
    expect(
      await found(
        (s) => s.put('key', 1),
        (s) => s.get('key'),
      ),
    ).toBe(1)
    expect(
      await found(
        (s) => s.set('key', 1),
        (s) => s.get('key'),
      ),
    ).toBe(1)
  },
  "`has('key')`, `forget('key')`, `all()`, `pull('key')`": async () => {
    const seen = await found(
      (s) => s.put({ a: 1, b: 2, c: 3, d: 4 }),
      (s) => {
        s.forget('a')
        s.forget(['b'])
        return [s.has('c'), s.has(['c', 'b']), s.pull('c'), s.all()]
      },
    )
    expect(seen).toEqual([true, false, 3, { userId: 'ada', d: 4 }])
  },
  '`flush()`': async () => {
    expect(
      await found(
        (s) => s.flush(),
        (s) => s.all(),
      ),
    ).toEqual({})
  },
  "`flash('key', value)`, `getFlash('key')`": async () => {
    expect(await found(flashed, readFlash)).toBe('saved')
  },
  "`get('key')` of a flash message": async () => {
    expect(await found(flashed, (s) => s.get('notice'))).toBeUndefined()
  },
  "`keep()`, `keep(['key'])`, `reflash()`": async () => {
    const keepers = [
      (s: Session) => s.keep(),
      (s: Session) => s.keep(['notice']),
      (s: Session) => s.reflash(),
    ]
    for (const keeper of keepers) {
      const world = setting()
      const ada = await signedIn(world.client())
      await world.within(ada, flashed)
      await world.within(ada, (s) => {
        s.put('used', true)
        keeper(s)
      })
      expect(await world.within(ada, readFlash)).toBe('saved')
    }
  },
  '`regenerate()`': async () => {
    const { client } = setting()
    const ada = await signedIn(client())
    const before = ada.cookie('session')
    await ada.post('/regenerate')
    expect(ada.cookie('session')).not.toBe(before)
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
  },
  '`invalidate()`, `destroy()`': async () => {
    for (const end of ['invalidate', 'destroy', 'signOut'] as const) {
      expect(
        await found(
          (s) => s[end](),
          (s) => s.get('userId'),
        ),
      ).toBeUndefined()
    }
  },
  '`id()`': async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const id = await world.within(ada, (s) => s.id())
    expect(ada.cookie('session')).not.toContain(id)
  },
  '`isStarted()`': async () => {
    const seen = await found(
      () => {},
      (s) => [s.isStarted(), s.has('a'), s.isStarted()],
    )
    expect(seen).toEqual([false, false, true])
  },
  "`put('user.name', 'Alice')`": async () => {
    const seen = await found(
      (s) => s.put('user.name', 'Alice'),
      (s) => [s.get('user.name'), s.get('user')],
    )
    expect(seen).toEqual(['Alice', undefined])
  },
  "`get('_csrf')`": async () => {
    expect(
      await found(
        () => {},
        (s) => s.get('_csrf'),
      ),
    ).toBeUndefined()
  },
}

const cellsOf = (title: string) => rowsOf(text, title).map(({ cells }) => cells)

describe('the page "Coming from Gravito" is right about', () => {
  it.each(cellsOf('option'))('%s (in @gravito/pulsar: %s; in Orbit: %s)', async (name, _, here) => {
    if (here?.startsWith('works')) {
      const works = options[name ?? '']
      expect(works, `there is a test for ${name}`).toBeDefined()
      await works?.()
      return
    }
    expect(here).toMatch(/^refused/)
    const cases = refused[name ?? ''] ?? []
    expect(cases.length).toBeGreaterThan(0)
    for (const [given, answer] of cases) expect(() => resolve(given)).toThrow(answer)
  })

  it.each(cellsOf('method'))('%s (in @gravito/pulsar: %s; in Orbit: %s)', async (name) => {
    const shown = methods[name ?? '']
    expect(shown, `there is a test for ${name}`).toBeDefined()
    await shown?.()
  })

  it('a guard with a separate key for its user: if ownerKey has the key, a sign-in moves the session', async () => {
    const world = setting({ ownerKey: ['userId', 'login_web_auth_session'] })
    const client = world.client()
    await client.get('/me')
    const before = client.cookie('session')
    await world.within(client, (s) => {
      s.regenerate()
      s.put('login_web_auth_session', 'ada')
    })
    expect(client.cookie('session')).not.toBe(before)
    expect(await world.within(client, (s) => s.userId)).toBe('ada')
  })
})

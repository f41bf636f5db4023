import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { SessionOptions } from './config.ts'
import { SessionConfigError } from './errors.ts'
import { session } from './middleware.ts'
import { resolveOptions } from './options.ts'

/** The message of the error for these options. */
function refusalOf(options: unknown): string {
  try {
    resolveOptions(options as SessionOptions, {})
  } catch (error) {
    if (error instanceof SessionConfigError) return error.message
    throw error
  }
  throw new Error('the options were accepted')
}

describe('the error for an option of another package says what to use here', () => {
  it.each<[unknown, string]>([
    [{ cookie: { maxAge: 1000 } }, 'session.idleTimeoutSeconds'],
    [{ cookie: { expires: new Date() } }, 'session.idleTimeoutSeconds'],
    [{ ttl: 5 }, 'session.idleTimeoutSeconds'],
    [{ lifetime: 120 }, 'session.idleTimeoutSeconds'],
    [{ expireAfterSeconds: 900 }, 'session.idleTimeoutSeconds'],
    [{ duration: { absolute: 1 } }, 'session.absoluteTimeoutSeconds'],
    [{ resave: false }, 'Remove it'],
    [{ saveUninitialized: false }, 'Remove it'],
    [{ rolling: true }, 'Remove it'],
    [{ autoExtendExpiration: true }, 'Remove it'],
    [{ genid: () => 'x' }, 'Remove it'],
    [{ proxy: true }, 'X-Forwarded-Proto'],
    [{ cookie: { signed: true } }, 'Remove it'],
    [{ password: 'x'.repeat(32) }, 'session.secret'],
    [{ encryptionKey: 'x'.repeat(32) }, 'session.secret'],
    [{ name: 'sid' }, 'session.cookie.name'],
    [{ cookieName: 'sid' }, 'session.cookie.name'],
    [{ sessionCookieName: 'sid' }, 'session.cookie.name'],
    [{ cookieOptions: {} }, 'session.cookie'],
    [{ httpOnly: true }, 'session.cookie.httpOnly'],
    [{ http_only: true }, 'session.cookie.httpOnly'],
    [{ same_site: 'lax' }, 'session.cookie.sameSite'],
    [{ expire_on_close: true }, 'session.cookie.expireOnClose'],
    [{ storage: {} }, 'session.store'],
    [{ keyPrefix: 'session:' }, 'session.redis.prefix'],
    [{ redis: { keyPrefix: 'session:' } }, 'session.redis.prefix'],
    [{ redis: { connection: 'default' } }, 'session.redis.client'],
    [{ redis: { host: '127.0.0.1' } }, 'session.redis.url'],
    [{ redis: { password: 'x' } }, 'session.redis.url'],
    [{ connection: 'default' }, 'session.redis.url'],
    [{ connection: 'pgsql' }, 'session.database.client'],
    [{ database: { connection: 'pgsql' } }, 'session.database.client'],
    [{ database: { pool: {} } }, 'session.database.client'],
    [{ database: { tableName: 'sessions' } }, 'session.database.table'],
    [{ lottery: [2, 100] }, 'Remove it'],
    [{ table: 'sessions' }, 'session.sqlite.tableName'],
    [{ csrf: { cookiePath: '/' } }, 'session.cookie'],
    [{ csrf: { cookieSecure: true } }, 'session.cookie'],
    [{ csrf: { cookieSameSite: 'Lax' } }, 'session.cookie'],
    [{ csrf: { except: [] } }, 'session.csrf.ignore'],
    [{ csrf: { cookie: 'x' } }, 'Use session.csrf.cookieName.'],
    [{ csrf: { origin: 'https://a.example' } }, 'session.csrf.trustedOrigins'],
    [{ cookie: { httpOnly: false } }, 'can only be true'],
  ])('%j', (options, answer) => {
    const message = refusalOf(options)

    expect(message).toContain(answer)
    expect(message).not.toContain('Did you mean')
  })
})

describe('the error for an option in the wrong section names the right one', () => {
  it.each<[unknown, string]>([
    [{ secure: true }, 'Options with this name: session.cookie.secure.'],
    [{ trustedOrigins: [] }, 'Options with this name: session.csrf.trustedOrigins.'],
    [{ csrf: { secret: 'x' } }, 'Options with this name: session.secret.'],
    [
      { path: '/' },
      'Options with this name: session.cookie.path, session.file.path, session.sqlite.path.',
    ],
  ])('%j', (options, answer) => {
    expect(refusalOf(options)).toContain(answer)
  })
})

describe('the error suggests a name only if it is certain', () => {
  it.each<[unknown, string | undefined]>([
    [{ idleTimeout: 5 }, 'idleTimeoutSeconds'],
    [{ absoluteTimeoutSecs: 5 }, 'absoluteTimeoutSeconds'],
    [{ drivr: 'file' }, 'driver'],
    [{ secert: 'x' }, 'secret'],
    [{ owner_key: 'id' }, 'ownerKey'],
    [{ cookies: {} }, 'cookie'],
    [{ csrf: { header: 'x' } }, 'headerName'],
    [{ csrf: { trustedOrigin: [] } }, 'trustedOrigins'],
    [{ env: {} }, undefined],
    [{ foo: 1 }, undefined],
    [{ cookie: { partitioned: true } }, undefined],
    [{ cookie: { priority: 'high' } }, undefined],
    [{ redis: { retries: 1 } }, undefined],
    [{ constructor: 1 }, undefined],
    [JSON.parse('{"__proto__":1}'), undefined],
  ])('%j', (options, guess) => {
    const message = refusalOf(options)

    if (guess === undefined) {
      expect(message).toMatch(/^session[\w.]* is not an option\. The options are: [\w, ]+\.$/)
    } else expect(message).toMatch(new RegExp(`is not an option\\. Did you mean "${guess}"\\?$`))
  })
})

describe('without a suggestion, the error lists the names of the section', () => {
  it.each<[unknown, string]>([
    [{ userKey: 'id' }, 'The options are: driver, store, secret, cookie, idleTimeoutSeconds,'],
    [{ timeout: 5 }, 'The options are: driver, store, secret,'],
    [{ redisUrl: 'redis://localhost' }, 'The options are: driver, store, secret,'],
    [{ csrf: { tokenName: 'x' } }, 'The options are: enabled, exposeAs, headerName, cookieName,'],
    [{ sqlite: { filename: 'x' } }, 'The options are: path, tableName, busyTimeoutMs,'],
    [{ file: { dir: 'x' } }, 'The options are: path, fsync, sweepIntervalSeconds.'],
    [{ memory: { max: 5 } }, 'The options are: maxEntries, maxBytes.'],
  ])('%j', (options, names) => {
    expect(refusalOf(options)).toContain(`is not an option. ${names}`)
  })
})

it('the error for app.use(session) says to call session()', async () => {
  const errors: unknown[] = []
  const app = new Hono()
  // @ts-expect-error: it returns a middleware, but is not one
  app.use(session)
  app.onError((error, c) => {
    errors.push(error)
    return c.text('failed', 500)
  })

  expect((await app.request('/')).status).toBe(500)
  expect(errors).toEqual([
    expect.objectContaining({
      name: 'SessionConfigError',
      message: expect.stringContaining('write app.use(session())'),
    }),
  ])
})

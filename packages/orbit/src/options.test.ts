import { describe, expect, it } from 'vitest'
import type { SessionOptions } from './config.ts'
import { SessionConfigError } from './errors.ts'
import { session } from './middleware.ts'
import { isOption, type Rows } from './option-table.ts'
import { mergedOptions, resolveOptions, table } from './options.ts'
import { memoryStore } from './stores/memory.ts'

/** Options as JavaScript or the environment may pass them. */
const given = (options: unknown) => options as SessionOptions

const resolve = (options: unknown, environment = {}) => resolveOptions(given(options), environment)

describe('the defaults', () => {
  it('are the documented ones', () => {
    const settings = resolve({})

    expect(settings.times).toEqual({
      idle: 30 * 60_000,
      absolute: 7 * 86_400_000,
      touchInterval: 60_000,
      grace: 10_000,
      longest: { idle: 1_800_000, absolute: 7 * 86_400_000 },
    })
    expect(settings).toMatchObject({
      maxBytes: 64 * 1024,
      maxSessionsPerOwner: 1000,
      sessionsOverLimit: 'end-oldest',
      flashLifetime: 'next-request',
      ownerKeys: ['userId'],
      exposeAs: 'session',
      csrf: {
        enabled: true,
        headerNames: ['X-CSRF-Token', 'X-XSRF-TOKEN'],
        fieldNames: ['_token', '_csrf'],
        maxFormBytes: 64 * 1024,
        formTimeoutMs: 10_000,
        allowSameSite: false,
        reportOnly: false,
      },
      cookie: {
        name: 'session',
        prefix: '__Host-',
        path: '/',
        domain: undefined,
        sameSite: 'lax',
        secure: 'auto',
        expireOnClose: false,
        csrfName: 'XSRF-TOKEN',
      },
    })
    expect(settings.csrf.trustedOrigins.size).toBe(0)
    expect(settings.secrets).toBeUndefined()
  })

  it('apply to options that are undefined', () => {
    const nothing = {
      secret: undefined,
      cookie: undefined,
      csrf: undefined,
      flash: undefined,
      now: undefined,
      idleTimeoutSeconds: undefined,
    }

    expect(resolve(nothing).times).toEqual(resolve({}).times)
    expect(resolve({ cookie: { name: undefined } }).cookie).toEqual(resolve({}).cookie)
  })
})

describe('the touch interval (R10)', () => {
  it.each([
    [1800, 60, 60],
    [600, 60, 60],
    [599, 60, 59.9],
    [100, 60, 10],
    [100, 0, 0],
    [100, 5, 5],
  ])('with an idle timeout of %d s, one of %d s becomes %d s', (idle, asked, interval) => {
    const { times } = resolve({ idleTimeoutSeconds: idle, touchIntervalSeconds: asked })

    expect(times.touchInterval).toBe(interval * 1000)
  })
})

describe('the error for an unknown option suggests the nearest known one', () => {
  it.each<[unknown, string, string]>([
    [{ idleTimeout: 5 }, 'session.idleTimeout', 'idleTimeoutSeconds'],
    [{ absoluteTimeoutSecond: 5 }, 'session.absoluteTimeoutSecond', 'absoluteTimeoutSeconds'],
    [{ Secret: 'x' }, 'session.Secret', 'secret'],
    [{ cookies: {} }, 'session.cookies', 'cookie'],
    [{ onevent: 1 }, 'session.onevent', 'onEvent'],
    [{ cookie: { samesite: 'lax' } }, 'session.cookie.samesite', 'sameSite'],
    [{ cookie: { httpOnly: false } }, 'session.cookie.httpOnly', 'session.cookie'],
    [{ csrf: { trustedOrigin: [] } }, 'session.csrf.trustedOrigin', 'trustedOrigins'],
    [{ csrf: { header: 'x' } }, 'session.csrf.header', 'headerName'],
    [{ flash: { lifeTime: 'x' } }, 'session.flash.lifeTime', 'lifetime'],
    [{ memory: { maxentries: 1 } }, 'session.memory.maxentries', 'maxEntries'],
    [{ constructor: 1 }, 'session.constructor', 'session'],
    [JSON.parse('{"__proto__":1}'), 'session.__proto__', 'session'],
  ])('%j', (options, name, nearest) => {
    expect(() => resolve(options)).toThrow(SessionConfigError)
    expect(() => resolve(options)).toThrow(name)
    expect(() => resolve(options)).toThrow(nearest)
  })
})

const forever = Number.MAX_SAFE_INTEGER

const sweeping = (driver: string, sweepIntervalSeconds: number) => ({
  driver,
  [driver]: { sweepIntervalSeconds },
})

describe('the error for an option with an invalid value names the option', () => {
  it.each<[string, unknown]>([
    ['session.driver', { driver: 'postgres' }],
    ['session.driver', { driver: '' }],
    ['session.store', { driver: 'memory', store: memoryStore() }],
    ['session.idleTimeoutSeconds', { idleTimeoutSeconds: 0 }],
    ['session.idleTimeoutSeconds', { idleTimeoutSeconds: -5 }],
    ['session.idleTimeoutSeconds', { idleTimeoutSeconds: Number.NaN }],
    ['session.idleTimeoutSeconds', { idleTimeoutSeconds: Number.POSITIVE_INFINITY }],
    ['session.idleTimeoutSeconds', { idleTimeoutSeconds: '1800' }],
    ['session.absoluteTimeoutSeconds', { absoluteTimeoutSeconds: 0 }],
    ['session.touchIntervalSeconds', { touchIntervalSeconds: -1 }],
    ['session.regenerateGraceSeconds', { regenerateGraceSeconds: -1 }],
    ['session.maxBytes', { maxBytes: 0 }],
    ['session.maxSessionsPerOwner', { maxSessionsPerOwner: 0 }],
    ['session.maxSessionsPerOwner', { maxSessionsPerOwner: 1001 }],
    ['session.maxSessionsPerOwner', { maxSessionsPerOwner: 1.5 }],
    ['session.sessionsOverLimit', { sessionsOverLimit: 'end-newest' }],
    ['session.memory.maxEntries', { memory: { maxEntries: 0 } }],
    ['session.memory.maxBytes', { memory: { maxBytes: -1 } }],
    ['session.memory', { memory: 5 }],
    ['session.cookie', { cookie: 'session' }],
    ['session.cookie', { cookie: null }],
    ['session.cookie.secure', { cookie: { secure: 'auto' } }],
    ['session.cookie.path', { cookie: { path: 5 } }],
    ['session.cookie.domain', { cookie: { domain: '' } }],
    ['session.cookie.domain', { cookie: { domain: 5 } }],
    ['session.flash.lifetime', { flash: { lifetime: 'forever' } }],
    ['session.touch', { touch: true }],
    ['session.onEvent', { onEvent: 'log' }],
    ['session.now', { now: 5 }],
    ['session.ownerKey', { ownerKey: '' }],
    ['session.exposeAs', { exposeAs: '' }],
    ['session.exposeAs', { exposeAs: 'csrf' }],
    ['session.store', { store: {} }],
    ['session.store', { store: 'redis' }],
    ['session.secret', { secret: [] }],
    ['session.secret', { secret: 5 }],
    ['session.secret', { secret: 'short' }],
    ['session.secret', { secret: ['x'.repeat(32), undefined] }],
    ['session.secret', { secret: Buffer.alloc(32, 'x') }],
    ['session', []],
    ['session.idleTimeoutSeconds', { idleTimeoutSeconds: forever }],
    ['session.absoluteTimeoutSeconds', { absoluteTimeoutSeconds: forever }],
    ['session.idleTimeoutSeconds', { idleTimeoutSeconds: 101, absoluteTimeoutSeconds: 100 }],
    ['session.idleTimeoutSeconds', { idleTimeoutSeconds: 30 * 86_400 }],
    ['session.touchIntervalSeconds', { touchIntervalSeconds: forever }],
    ['session.touchIntervalSeconds', { touchIntervalSeconds: '60' }],
    ['session.regenerateGraceSeconds', { regenerateGraceSeconds: forever }],
    ['session.regenerateGraceSeconds', { regenerateGraceSeconds: 86_401 }],
    ['session.maxBytes', { maxBytes: 1000.5 }],
    ['session.maxBytes', { maxBytes: Number.POSITIVE_INFINITY }],
    ['session.memory.maxEntries', { memory: { maxEntries: 1.5 } }],
    ['session.memory.maxBytes', { memory: { maxBytes: '1GB' } }],
    ['session.memory.maxBytes', { memory: { maxBytes: 16_383 } }],
    ['session.redis.timeoutMs', { driver: 'redis', redis: { timeoutMs: 2_592_000_000 } }],
    ['session.redis.timeoutMs', { driver: 'redis', redis: { timeoutMs: 0.5 } }],
    ['session.redis.prefix', { driver: 'redis', redis: { prefix: 5 } }],
    ['session.redis.url', { driver: 'redis', redis: { url: Symbol('url') } }],
    ['session.redis.url', { driver: 'redis', redis: { url: Object.create(null) } }],
    ['session.sqlite.busyTimeoutMs', { driver: 'sqlite', sqlite: { busyTimeoutMs: 901 } }],
    ['session.sqlite.path', { driver: 'sqlite', sqlite: { path: '' } }],
    ['session.sqlite.path', { driver: 'sqlite', sqlite: { path: 'a\0b' } }],
    ['session.sqlite.fsync', { driver: 'sqlite', sqlite: { fsync: 'false' } }],
    ['session.sqlite.tableName', { driver: 'sqlite', sqlite: { tableName: '' } }],
    ['session.sqlite.sweepIntervalSeconds', sweeping('sqlite', 86_401)],
    ['session.database.client', { driver: 'database' }],
    ['session.database.client', { driver: 'database', database: { table: 'a' } }],
    ['session.database.table', { driver: 'database', database: { client: {}, table: 'a b' } }],
    ['session.database.ownerColumn', { driver: 'database', database: { ownerColumn: 'owner' } }],
    ['session.database is set', { database: { client: {} } }],
    ['session.file.sweepIntervalSeconds', sweeping('file', 2_592_000)],
    ['session.file.sweepIntervalSeconds', sweeping('file', Number.NaN)],
    ['session.file.path', { driver: 'file', file: { path: 5 } }],
    ['session.file.fsync', { driver: 'file', file: { fsync: 1 } }],
    ['session.cacheKey', { cacheKey: '' }],
    ['session.cookie.httpOnly', { cookie: { httpOnly: false } }],
    ['session.cookie.sameSite', { cookie: { sameSite: true } }],
    ['session.cookie.sameSite', { cookie: { sameSite: Object.create(null) } }],
    ['session.logger', { logger: true }],
    ['session.logger', { logger: { warn: () => {} } }],
    ['session.now', { now: () => Number.NaN }],
    ['session.now', { now: () => -1 }],
    ['session.now', { now: () => new Date() }],
    ['session.csrf.maxFormBytes', { csrf: { maxFormBytes: 10.5 } }],
    ['session.csrf.ignore', { csrf: { ignore: 5 } }],
    ['session.csrf', { csrf: 'off' }],
    ['session.csrf.enabled', { csrf: { enabled: 'no' } }],
    ['session.csrf.headerName', { csrf: { headerName: 'X CSRF' } }],
    ['session.csrf.headerName', { csrf: { headerName: '' } }],
    ['session.csrf.cookieName', { csrf: { cookieName: 'a;b' } }],
    ['session.csrf.fieldNames', { csrf: { fieldNames: [] } }],
    ['session.csrf.fieldNames', { csrf: { fieldNames: '_token' } }],
    ['session.csrf.fieldNames', { csrf: { fieldNames: ['"><script>'] } }],
    ['session.csrf.maxFormBytes', { csrf: { maxFormBytes: -1 } }],
    ['session.csrf.onError', { csrf: { onError: 403 } }],
    ['session.csrf.reportOnly', { csrf: { reportOnly: 1 } }],
    ['session.csrf.allowSameSite', { csrf: { allowSameSite: 'yes' } }],
    ['session.csrf.ignore', { csrf: { ignore: '/hook' } }],
    ['session.csrf.ignore', { csrf: { ignore: ['hook'] } }],
    ['session.csrf.ignore', { csrf: { ignore: ['/hooks/*'] } }],
    ['session.csrf.ignore', { csrf: { ignore: [/hook/] } }],
    ['session.csrf.trustedOrigins', { csrf: { trustedOrigins: 'https://a.example' } }],
    ['session.csrf.trustedOrigins', { csrf: { trustedOrigins: [5] } }],
  ])('%s: %j', (name, options) => {
    expect(() => resolve(options)).toThrow(SessionConfigError)
    expect(() => resolve(options)).toThrow(name)
  })
})

describe('the error for an option shows its value on one line', () => {
  it.each([
    [{ idleTimeoutSeconds: '1800' }, 'is the string "1800"; it must be a number from 1 to'],
    [{ idleTimeoutSeconds: Number.NaN }, 'is NaN; it must be a number from 1 to'],
    [{ maxBytes: 1000.5 }, 'is 1000.5; it must be a whole number'],
    [
      { touch: 'all\n[error] forged' },
      'is the string "all\\n[error] forged"; it must be a function',
    ],
    [{ driver: 5n }, 'is 5n; it can be "memory"'],
    [{ secret: [] }, 'session.secret is an empty list; add at least one secret.'],
    [{ ownerKey: [] }, 'session.ownerKey is an empty list; add at least one key.'],
    [
      { csrf: { ignore: [/x/] } },
      'has a RegExp. A path starts with "/" and must match exactly. For patterns use a function: (c) => c.req.path.startsWith("/hooks/").',
    ],
    [
      { csrf: { trustedOrigins: [{}] } },
      'session.csrf.trustedOrigins has an object. Write only scheme',
    ],
    [{ touch: Symbol('x') }, 'session.touch is a symbol; it must be a function'],
    [
      { store: 'redis' },
      'session.store is the string "redis"; to choose a driver, set session.driver.',
    ],
    [{ store: { load() {} } }, 'session.store is not a store: it lacks compareAndSet, close. Pass'],
    [{ store: session() }, 'session.store is what session() returns, not a store.'],
    [{ store: Promise.resolve() }, 'session.store is a promise; await it first.'],
    [{ store: memoryStore }, 'session.store is a function; call it, and pass its result.'],
    [
      { store: [memoryStore()] },
      'session.store is a list, so it must contain two different stores: [new store, old store].',
    ],
    [{ store: Array(2).fill(memoryStore()) }, 'session.store is a list, so it must contain two'],
    [
      { store: [1, 2, 3].map(() => memoryStore()) },
      'session.store is a list, so it must contain two',
    ],
    [{ store: [memoryStore(), 'file'] }, 'session.store[1] is the string "file"; to choose a'],
    [
      { cookie: { prefix: 'shop_' } },
      'is the string "shop_"; it can be "__Host-", "__Secure-", false.',
    ],
    [
      { cookie: { domain: 'https://example.com' } },
      'is the string "https://example.com", which is not a host name; write for example "example.com".',
    ],
    [{ 'a\nb': 1 }, 'session."a\\nb" is not an option'],
  ])('%o', (options, message) => {
    expect(() => resolve(options)).toThrow(message)
  })
})

describe('the idle timeout', () => {
  it('is lowered to the absolute timeout if only that is set', () => {
    expect(resolve({ absoluteTimeoutSeconds: 600 }).times).toMatchObject({
      idle: 600_000,
      absolute: 600_000,
    })
  })

  it('is refused if it is longer than the default absolute timeout, and the error shows both', () => {
    expect(() => resolve({ idleTimeoutSeconds: 2_592_000 })).toThrow(
      'session.idleTimeoutSeconds is 2592000, longer than session.absoluteTimeoutSeconds, which is 604800 by default.',
    )
  })

  it('is refused with an error that names the unit, because developers may expect milliseconds', () => {
    expect(() => resolve({ idleTimeoutSeconds: 1_800_000 })).toThrow(
      'or lower the idle timeout. Both are in seconds.',
    )
  })

  it('may be as long as the maximum', () => {
    const years = 100 * 365 * 86_400
    const { times } = resolve({ idleTimeoutSeconds: years, absoluteTimeoutSeconds: years })

    expect(new Date(Date.now() + times.idle).getUTCFullYear()).toBeGreaterThan(2100)
  })
})

it('fractions of seconds become whole milliseconds', () => {
  const { times } = resolve({ idleTimeoutSeconds: 1.0015, touchIntervalSeconds: 0.0104 })

  expect(times).toMatchObject({ idle: 1002, touchInterval: 10 })
})

describe('options of other packages that mean the same here', () => {
  it.each(['Lax', 'Strict', 'None', 'LAX'])('sameSite: %j', (sameSite) => {
    expect(resolve({ cookie: { sameSite } }).cookie.sameSite).toBe(sameSite.toLowerCase())
  })

  it('sameSite "None" requires Secure, like "none"', () => {
    expect(() => resolve({ cookie: { sameSite: 'None', secure: false } })).toThrow(/sameSite/)
    expect(resolve({ cookie: { sameSite: 'None' } }).cookie.secure).toBe(true)
  })

  it('httpOnly: true', () => {
    expect(resolve({ cookie: { httpOnly: true } }).cookie).toEqual(resolve({}).cookie)
  })

  it.each([false, true])('csrf: %s', (csrf) => {
    expect(resolve({ csrf }).csrf.enabled).toBe(csrf)
  })
})

describe('a section of a driver', () => {
  it.each([
    [{ redis: {} }, 'session.redis is set, but session.driver is not: set driver: "redis".'],
    [{ sqlite: {} }, 'session.sqlite is set, but session.driver is not: set driver: "sqlite".'],
  ])('is refused if the driver is not set: %j', (options, message) => {
    expect(() => resolve(options)).toThrow(message)
  })

  it.each([
    { memory: { maxEntries: 5 } },
    { driver: 'memory', memory: {}, redis: undefined },
    { driver: 'redis', redis: {} },
    { store: memoryStore(), redis: {} },
    // An app may choose its driver by the environment.
    { driver: 'file', redis: { prefix: 'shop:' } },
  ])('is accepted together with a driver or a store: %o', (options) => {
    expect(() => resolve(options)).not.toThrow()
  })
})

describe('the options of OrbitSession, compared with config.session,', () => {
  it('override it option by option, even within sections', () => {
    const config = given({ driver: 'redis', redis: { prefix: 'a:', timeoutMs: 5 }, maxBytes: 500 })
    const own = given({ redis: { timeoutMs: 9 }, maxBytes: 600 })

    expect(mergedOptions(config, own)).toEqual({
      driver: 'redis',
      redis: { prefix: 'a:', timeoutMs: 9 },
      maxBytes: 600,
    })
  })

  it('have no effect if they are undefined', () => {
    const config = given({ maxBytes: 500, cookie: { name: 'a' } })
    const own = given({ maxBytes: undefined, cookie: { name: undefined, path: '/b' } })

    expect(mergedOptions(config, own)).toEqual({ maxBytes: 500, cookie: { name: 'a', path: '/b' } })
  })

  it('override it with csrf: false', () => {
    const config = { csrf: { allowSameSite: true } }

    expect(mergedOptions(config, { csrf: false })).toEqual({
      csrf: { allowSameSite: true, enabled: false },
    })
  })

  it('replace a list, a store and a function as a whole', () => {
    const config = given({ ownerKey: ['a', 'b'], logger: { warn: 1 }, secret: ['x', 'y'] })
    const own = given({ ownerKey: ['c'], logger: { error: 2 }, secret: 'z' })

    expect(mergedOptions(config, own)).toEqual(own)
  })
})

it('every default passes the check of its own row', () => {
  const checkDefaults = (rows: Rows): void => {
    for (const [name, row] of Object.entries(rows)) {
      if (!isOption(row)) checkDefaults(row)
      else if (row.default !== undefined) row.check(name, row.default)
    }
  }

  expect(() => checkDefaults(table)).not.toThrow()
})

it('a refused option is a SessionConfigError', () => {
  try {
    resolve({ idleTimeout: 1 })
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({ name: 'SessionConfigError', code: 'session-config' })
  }
})

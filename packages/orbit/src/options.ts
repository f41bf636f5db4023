import {
  aBoolean,
  aCookieName,
  aFunction,
  aList,
  aName,
  aNumber,
  aPath,
  aString,
  aWholeNumber,
  checkNames,
  exposedName,
  oneOf,
  refuse,
  shown,
} from './checks.ts'
import { clockOf } from './clock.ts'
import type { SessionOptions, Settings } from './config.ts'
import { cookieSettings } from './cookie-options.ts'
import { csrfSettings, switched } from './csrf/options.ts'
import { type Environment, secretsOf } from './secrets.ts'
import { synchronous } from './synchronous.ts'

/** Every option there is, by section, for the check of names. */
const known = {
  session: [
    'driver',
    'store',
    'secret',
    'cookie',
    'idleTimeoutSeconds',
    'absoluteTimeoutSeconds',
    'touchIntervalSeconds',
    'touch',
    'regenerateGraceSeconds',
    'maxBytes',
    'memory',
    'file',
    'redis',
    'sqlite',
    'cacheKey',
    'flash',
    'csrf',
    'ownerKey',
    'exposeAs',
    'onEvent',
    'logger',
    'now',
  ],
  'session.cookie': [
    'name',
    'path',
    'publicPath',
    'domain',
    'sameSite',
    'secure',
    'httpOnly',
    'prefix',
    'expireOnClose',
  ],
  'session.memory': ['maxEntries', 'maxBytes'],
  'session.file': ['path', 'fsync', 'sweepIntervalSeconds'],
  'session.redis': ['url', 'client', 'prefix', 'timeoutMs'],
  'session.sqlite': ['path', 'tableName', 'busyTimeoutMs', 'fsync', 'sweepIntervalSeconds'],
  'session.flash': ['lifetime'],
  'session.csrf': [
    'enabled',
    'exposeAs',
    'headerName',
    'cookieName',
    'fieldNames',
    'maxFormBytes',
    'formTimeoutSeconds',
    'trustedOrigins',
    'allowSameSite',
    'ignore',
    'onError',
    'reportOnly',
  ],
} as const

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {SessionConfigError} for an unknown option or one that cannot work
 */
export function resolveOptions(options: SessionOptions, environment: Environment): Settings {
  // Hono calls what it is given: app.use(session) makes its context the options of each request.
  if ('finalized' in Object(options)) {
    refuse(
      'session',
      'is not a middleware, it makes one: write app.use(session()), with parentheses',
    )
  }
  check('session', options)
  check('session.cookie', options.cookie)
  check('session.memory', options.memory)
  check('session.file', options.file)
  check('session.redis', options.redis)
  check('session.sqlite', options.sqlite)
  check('session.flash', options.flash)
  const csrfOptions = switched(options.csrf)
  check('session.csrf', csrfOptions)

  const { store, flash, memory = {}, redis = {}, exposeAs = 'session' } = options
  const driver = driverOf(options)
  checkDrivers(options)
  checkStore(store)
  if (store && options.driver && options.driver !== 'cache')
    refuse('session.store', 'is given beside session.driver; leave one out')
  oneOf('session.flash.lifetime', flash?.lifetime ?? 'next-request', ['next-request', 'until-read'])
  for (const name of ['touch', 'onEvent', 'now'] as const)
    aFunction(`session.${name}`, options[name])
  aWholeNumber('session.memory.maxEntries', memory.maxEntries ?? 1, 1)
  aWholeNumber('session.memory.maxBytes', memory.maxBytes ?? 1, 1)
  aName('session.cacheKey', options.cacheKey ?? 'cache')
  checkLogger(options.logger)

  const csrf = csrfSettings(csrfOptions)
  const csrfName = aCookieName('session.csrf.cookieName', csrfOptions.cookieName ?? 'XSRF-TOKEN')
  if (csrf.exposeAs === exposeAs) refuse('session.csrf.exposeAs', 'is session.exposeAs too')
  return {
    driver,
    store,
    memory,
    file: options.file ?? {},
    redis,
    sqlite: options.sqlite ?? {},
    storeTimeout: Math.max(1_000, redis.timeoutMs ?? 0),
    secrets: secretsOf(options.secret, environment),
    cookie: cookieSettings(options.cookie ?? {}, csrfName, environment.NODE_ENV),
    times: timesOf(options),
    touch: options.touch ? synchronous('session.touch', options.touch) : () => true,
    maxBytes: aWholeNumber('session.maxBytes', options.maxBytes ?? 64 * 1024, 256),
    flashLifetime: flash?.lifetime ?? 'next-request',
    csrf,
    isDevelopment: environment.NODE_ENV !== 'production' && environment.NODE_ENV !== 'test',
    ownerKeys: ownerKeysOf(options.ownerKey ?? 'userId'),
    exposeAs: exposedName('session.exposeAs', exposeAs),
    onEvent: options.onEvent ?? (() => {}),
    logger: options.logger,
    clock: options.now,
    now: clockOf('session.now', options.now),
  }
}

const drivers = ['memory', 'file', 'redis', 'sqlite', 'cache']

function driverOf({ driver = 'memory', store }: SessionOptions): Settings['driver'] {
  oneOf('session.driver', driver, drivers)
  if (driver !== 'cache') return driver
  // `OrbitSession` finds the app's cache and makes a store of it.
  if (store) return 'memory'
  return refuse(
    'session.driver',
    'is "cache", which needs a Gravito app: use OrbitSession after OrbitCache, or session({ store: cacheStore(cache) })',
  )
}

function check(section: keyof typeof known, given: unknown): void {
  checkNames(section, given, known)
}

function checkLogger(logger: SessionOptions['logger']): void {
  if (logger === undefined) return
  for (const name of ['warn', 'error'] as const) {
    if (typeof Object(logger)[name] !== 'function') {
      refuse(
        'session.logger',
        `has no function "${name}"; it must have warn and error, as console has`,
      )
    }
  }
}

/** R9: no timer runs for longer, since one above 2^31 ms would fire at once. */
const day = 86_400
/** Seconds that stay a time when they are added to one. */
const longest = 100 * 365 * day

/** What can be said of the drivers' own options before they are loaded. */
function checkDrivers({ driver, store, file, redis, sqlite }: SessionOptions): void {
  for (const [name, section] of Object.entries({ file, redis, sqlite })) {
    if (section && !driver && !store) {
      refuse(`session.${name}`, `is given, and session.driver is not: set driver: "${name}"`)
    }
  }
  const url = redis?.url
  aString('session.redis.url', url ?? '')
  const isUrl = url === undefined || (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol))
  if (!isUrl) refuse('session.redis.url', 'must begin with "redis://" or "rediss://"')
  aWholeNumber('session.redis.timeoutMs', redis?.timeoutMs ?? 1, 1, day * 1000)
  aString('session.redis.prefix', redis?.prefix ?? '')
  aName('session.sqlite.tableName', sqlite?.tableName ?? 'sessions')
  aWholeNumber('session.sqlite.busyTimeoutMs', sqlite?.busyTimeoutMs ?? 0, 0, 900)
  for (const [name, section = {}] of Object.entries({ file, sqlite })) {
    const { path, fsync, sweepIntervalSeconds = 1 } = section
    aPath(`session.${name}.path`, path)
    aBoolean(`session.${name}.fsync`, fsync)
    aNumber(`session.${name}.sweepIntervalSeconds`, sweepIntervalSeconds, 0.001, day)
  }
}

function timesOf(options: SessionOptions): Settings['times'] {
  const { absoluteTimeoutSeconds = 7 * day, touchIntervalSeconds = 60 } = options
  const { idleTimeoutSeconds, regenerateGraceSeconds = 10 } = options
  // In whole milliseconds: not every store keeps a fraction.
  const ms = (name: string, value: unknown, least: number, most: number) =>
    Math.round(aNumber(`session.${name}`, value, least, most) * 1000)

  const absolute = ms('absoluteTimeoutSeconds', absoluteTimeoutSeconds, 1, longest)
  const preset = Math.min(30 * 60, absoluteTimeoutSeconds)
  const idle = ms('idleTimeoutSeconds', idleTimeoutSeconds ?? preset, 1, longest)
  if (idle > absolute) {
    refuse(
      'session.idleTimeoutSeconds',
      `is ${idleTimeoutSeconds}, longer than session.absoluteTimeoutSeconds, which is ${absoluteTimeoutSeconds}${options.absoluteTimeoutSeconds === undefined ? ' by default' : ''}. A session would end before it was idle for so long: raise the absolute timeout, or lower the idle one. Both are in seconds`,
    )
  }
  const touchInterval = ms('touchIntervalSeconds', touchIntervalSeconds, 0, longest)
  return {
    idle,
    absolute,
    touchInterval: Math.min(touchInterval, Math.floor(idle / 10)),
    grace: ms('regenerateGraceSeconds', regenerateGraceSeconds, 0, day),
  }
}

function ownerKeysOf(given: unknown): Settings['ownerKeys'] {
  const [first, ...rest]: readonly unknown[] = aList('session.ownerKey', given, 'key')
  const check = (key: unknown) => aName('session.ownerKey', key)
  return [check(first), ...rest.map(check)]
}

const verbs = ['load', 'create', 'replace', 'touch', 'destroy', 'list', 'destroyOwner', 'close']

function checkStore(store: unknown): void {
  if (store === undefined) return
  if (typeof store === 'string') {
    refuse('session.store', `is ${shown(store)}; to choose a driver, set session.driver`)
  }
  const missing = verbs.filter((verb) => typeof Reflect.get(Object(store), verb) !== 'function')
  if (missing.length > 0) refuse('session.store', `is not a store: it lacks ${missing.join(', ')}`)
}

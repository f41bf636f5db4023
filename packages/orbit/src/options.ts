import { Buffer } from 'node:buffer'
import {
  aBoolean,
  aCookieName,
  aFunction,
  aName,
  aNumber,
  aToken,
  checkNames,
  oneOf,
  refuse,
} from './checks.ts'
import type {
  CsrfOptions,
  CsrfSettings,
  SessionCookieOptions,
  SessionOptions,
  Settings,
} from './config.ts'
import type { CookieSettings } from './cookies.ts'
import { isOrigin } from './csrf/origin.ts'
import { minimumSecretBytes } from './keys.ts'
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
    'now',
  ],
  'session.cookie': ['name', 'path', 'domain', 'sameSite', 'secure', 'prefix', 'expireOnClose'],
  'session.memory': ['maxEntries', 'maxBytes'],
  'session.file': ['path', 'fsync', 'sweepIntervalSeconds'],
  'session.redis': ['url', 'client', 'prefix', 'timeoutMs'],
  'session.sqlite': ['path', 'busyTimeoutMs', 'fsync', 'sweepIntervalSeconds'],
  'session.flash': ['lifetime'],
  'session.csrf': [
    'enabled',
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
  check('session', options)
  check('session.cookie', options.cookie)
  check('session.memory', options.memory)
  check('session.file', options.file)
  check('session.redis', options.redis)
  check('session.sqlite', options.sqlite)
  check('session.flash', options.flash)
  check('session.csrf', options.csrf)

  const { store, flash, memory = {}, redis = {}, exposeAs = 'session' } = options
  const driver = driverOf(options)
  checkDrivers(options)
  checkStore(store)
  if (store && options.driver && options.driver !== 'cache')
    refuse('session.store', 'is given beside session.driver; leave one out')
  oneOf('session.flash.lifetime', flash?.lifetime ?? 'next-request', ['next-request', 'until-read'])
  for (const name of ['touch', 'onEvent', 'now'] as const)
    aFunction(`session.${name}`, options[name])
  aNumber('session.memory.maxEntries', memory.maxEntries ?? 1, 1)
  aNumber('session.memory.maxBytes', memory.maxBytes ?? 1, 1)

  const csrf = csrfSettings(options.csrf ?? {})
  const csrfName = aCookieName('session.csrf.cookieName', options.csrf?.cookieName ?? 'XSRF-TOKEN')
  return {
    driver,
    store,
    memory,
    file: options.file ?? {},
    redis,
    sqlite: options.sqlite ?? {},
    storeTimeout: Math.max(1_000, redis.timeoutMs ?? 0),
    secrets: secretsOf(options.secret, environment.APP_KEY),
    cookie: cookieSettings(options.cookie ?? {}, csrfName, environment.NODE_ENV),
    times: timesOf(options),
    touch: options.touch ? synchronous('session.touch', options.touch) : () => true,
    maxBytes: aNumber('session.maxBytes', options.maxBytes ?? 64 * 1024, 256),
    flashLifetime: flash?.lifetime ?? 'next-request',
    csrf,
    ownerKeys: ownerKeysOf(options.ownerKey ?? 'userId'),
    exposeAs: exposedName(exposeAs),
    onEvent: options.onEvent ?? (() => {}),
    now: options.now ? synchronous('session.now', options.now) : Date.now,
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

function check(section: keyof typeof known, given: object | undefined): void {
  checkNames(section, given, known[section])
}

/** What can be said of the drivers' own options before they are loaded. */
function checkDrivers({ driver, store, file, redis, sqlite }: SessionOptions): void {
  for (const [name, section] of Object.entries({ file, redis, sqlite })) {
    if (section && !driver && !store) {
      refuse(`session.${name}`, `is given, and session.driver is not: set driver: "${name}"`)
    }
  }
  const url = redis?.url
  const isUrl = url === undefined || (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol))
  if (!isUrl) refuse('session.redis.url', 'must begin with "redis://" or "rediss://"')
  aNumber('session.redis.timeoutMs', redis?.timeoutMs ?? 1, 1)
  aNumber('session.file.sweepIntervalSeconds', file?.sweepIntervalSeconds ?? 1, 0.001)
  aNumber('session.sqlite.busyTimeoutMs', sqlite?.busyTimeoutMs ?? 0, 0)
  aNumber('session.sqlite.sweepIntervalSeconds', sqlite?.sweepIntervalSeconds ?? 1, 0.001)
}

/** What is read of the environment. */
export interface Environment {
  readonly APP_KEY?: string | undefined
  readonly NODE_ENV?: string | undefined
}

function timesOf(options: SessionOptions): Settings['times'] {
  const seconds = (
    name: keyof SessionOptions & `${string}Seconds`,
    preset: number,
    least: number,
  ) => aNumber(`session.${name}`, options[name] ?? preset, least) * 1000
  const idle = seconds('idleTimeoutSeconds', 30 * 60, 1)
  return {
    idle,
    absolute: seconds('absoluteTimeoutSeconds', 7 * 24 * 60 * 60, 1),
    touchInterval: Math.min(seconds('touchIntervalSeconds', 60, 0), idle / 10),
    grace: seconds('regenerateGraceSeconds', 10, 0),
  }
}

function secretsOf(
  secret: SessionOptions['secret'],
  appKey: string | undefined,
): Settings['secrets'] {
  const [from, given] = secret === undefined ? ['APP_KEY', appKey] : ['session.secret', secret]
  if (given === undefined || given === '') {
    return secret === undefined
      ? undefined
      : refuse(from, 'is empty; give at least 32 random bytes')
  }
  const [first, ...rest]: readonly unknown[] = Array.isArray(given) ? given : [given]
  const check = (text: unknown): string =>
    typeof text === 'string' && Buffer.byteLength(text) >= minimumSecretBytes
      ? text
      : refuse(
          from,
          `is shorter than ${minimumSecretBytes} bytes; make one with: node -e "console.log(require('crypto').randomBytes(32).toString('base64url'))"`,
        )
  return [check(first), ...rest.map(check)]
}

function cookieSettings(
  cookie: SessionCookieOptions,
  csrfName: string,
  mode: string | undefined,
): CookieSettings {
  const { path = '/', domain, sameSite = 'lax', expireOnClose = false } = cookie
  const name = aCookieName('session.cookie.name', cookie.name ?? 'session')
  if (name === csrfName) refuse('session.cookie.name', 'is the name of the CSRF cookie too')
  oneOf('session.cookie.sameSite', sameSite, ['lax', 'strict', 'none'])
  aBoolean('session.cookie.secure', cookie.secure)
  aBoolean('session.cookie.expireOnClose', cookie.expireOnClose)
  if (!/^\/[^;\s]*$/.test(path)) refuse('session.cookie.path', 'must begin with "/"')
  if (domain !== undefined && !/^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(domain)) {
    refuse('session.cookie.domain', `is no host name: ${JSON.stringify(domain)}`)
  }
  if (sameSite === 'none' && cookie.secure === false) {
    refuse(
      'session.cookie.sameSite',
      'is "none", which browsers take from Secure cookies only; remove session.cookie.secure: false',
    )
  }
  const narrowed = domain !== undefined || path !== '/'
  const prefix = cookie.prefix ?? (narrowed ? '__Secure-' : '__Host-')
  if (prefix !== false) oneOf('session.cookie.prefix', prefix, ['__Host-', '__Secure-'])
  if (cookie.prefix && cookie.secure === false) {
    refuse(
      'session.cookie.prefix',
      `is "${cookie.prefix}", which browsers take from Secure cookies only; remove session.cookie.secure: false`,
    )
  }
  if (prefix === '__Host-' && narrowed) {
    refuse(
      'session.cookie.prefix',
      'is "__Host-", which allows no domain and no path but "/"; use "__Secure-", or remove those',
    )
  }
  const isDevelopment = mode === 'development' || mode === 'test'
  const secure = cookie.secure ?? (sameSite === 'none' ? true : isDevelopment ? false : 'auto')
  return { name, prefix: prefix || '', path, domain, sameSite, secure, expireOnClose, csrfName }
}

/** In seconds: no timer is set for longer. */
const aDay = 24 * 60 * 60

function csrfSettings(csrf: CsrfOptions): CsrfSettings {
  const {
    enabled = true,
    fieldNames = ['_token', '_csrf'],
    trustedOrigins = [],
    ignore = [],
  } = csrf
  for (const name of ['enabled', 'allowSameSite', 'reportOnly'] as const) {
    aBoolean(`session.csrf.${name}`, csrf[name])
  }
  aFunction('session.csrf.onError', csrf.onError)
  if (!Array.isArray(fieldNames) || fieldNames.length === 0) {
    refuse('session.csrf.fieldNames', 'must be a list of at least one name')
  }
  for (const name of fieldNames) {
    if (!/^[\w.-]+$/.test(aName('session.csrf.fieldNames', name))) {
      refuse(
        'session.csrf.fieldNames',
        `has the name ${JSON.stringify(name)}; use letters, digits, "_", "-" and "."`,
      )
    }
  }
  const formTimeout = aNumber(
    'session.csrf.formTimeoutSeconds',
    csrf.formTimeoutSeconds ?? 10,
    0.001,
  )
  if (formTimeout > aDay) refuse('session.csrf.formTimeoutSeconds', `is more than a day (${aDay})`)
  if (!Array.isArray(trustedOrigins)) refuse('session.csrf.trustedOrigins', 'must be a list')
  return {
    enabled,
    headerNames: [
      aToken('session.csrf.headerName', csrf.headerName ?? 'X-CSRF-Token'),
      'X-XSRF-TOKEN',
    ],
    fieldNames,
    maxFormBytes: aNumber('session.csrf.maxFormBytes', csrf.maxFormBytes ?? 64 * 1024, 0),
    formTimeoutMs: formTimeout * 1000,
    trustedOrigins: new Set(trustedOrigins.map(anOrigin)),
    allowSameSite: csrf.allowSameSite ?? false,
    ignores: typeof ignore === 'function' ? ignore : ignoringPaths(ignore),
    onError: csrf.onError,
    reportOnly: csrf.reportOnly ?? false,
  }
}

function ignoringPaths(paths: readonly string[]): CsrfSettings['ignores'] {
  for (const path of paths) {
    if (typeof path !== 'string' || !/^\/[^*?#]*$/.test(path)) {
      refuse(
        'session.csrf.ignore',
        `has ${JSON.stringify(path)}; paths count to the letter and begin with "/". For patterns give a function`,
      )
    }
  }
  const exact = new Set(paths)
  return (c) => exact.has(c.req.path)
}

function anOrigin(origin: string): string {
  return typeof origin === 'string' && isOrigin(origin)
    ? origin
    : refuse(
        'session.csrf.trustedOrigins',
        `has ${JSON.stringify(origin)}; write scheme, host and port only: "https://app.example.com", "capacitor://localhost"`,
      )
}

function ownerKeysOf(given: unknown): Settings['ownerKeys'] {
  const [first, ...rest]: readonly unknown[] = Array.isArray(given) ? given : [given]
  const check = (key: unknown) => aName('session.ownerKey', key)
  return [check(first), ...rest.map(check)]
}

function exposedName(value: unknown): string {
  const name = aName('session.exposeAs', value)
  return name === 'csrf' ? refuse('session.exposeAs', 'is "csrf", where the token is') : name
}

const verbs = ['load', 'create', 'replace', 'touch', 'destroy', 'list', 'destroyOwner', 'close']

function checkStore(store: object | undefined): void {
  if (store === undefined) return
  const missing = verbs.filter((verb) => typeof Reflect.get(Object(store), verb) !== 'function')
  if (missing.length > 0) refuse('session.store', `is no store: it lacks ${missing.join(', ')}`)
}

import { Buffer } from 'node:buffer'
import type {
  CsrfOptions,
  CsrfSettings,
  SessionCookieOptions,
  SessionOptions,
  Settings,
} from './config.ts'
import type { CookieSettings } from './cookies.ts'
import { SessionConfigError } from './errors.ts'
import { minimumSecretBytes } from './keys.ts'

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
  'session.sqlite': ['path', 'busyTimeoutMs', 'fsync', 'sweepIntervalMs'],
  'session.flash': ['lifetime'],
  'session.csrf': [
    'enabled',
    'headerName',
    'cookieName',
    'fieldNames',
    'maxFormBytes',
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
  checkNames('session', options)
  checkNames('session.cookie', options.cookie)
  checkNames('session.memory', options.memory)
  checkNames('session.file', options.file)
  checkNames('session.redis', options.redis)
  checkNames('session.sqlite', options.sqlite)
  checkNames('session.flash', options.flash)
  checkNames('session.csrf', options.csrf)

  const { store, flash, memory = {}, redis = {}, exposeAs = 'session' } = options
  const driver = driverOf(options)
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
    touch: options.touch ?? (() => true),
    maxBytes: aNumber('session.maxBytes', options.maxBytes ?? 64 * 1024, 256),
    flashLifetime: flash?.lifetime ?? 'next-request',
    csrf,
    ownerKey: aName('session.ownerKey', options.ownerKey ?? 'userId'),
    exposeAs: exposedName(exposeAs),
    onEvent: options.onEvent ?? (() => {}),
    now: options.now ?? Date.now,
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
  if (!Array.isArray(trustedOrigins)) refuse('session.csrf.trustedOrigins', 'must be a list')
  return {
    enabled,
    headerNames: [
      aToken('session.csrf.headerName', csrf.headerName ?? 'X-CSRF-Token'),
      'X-XSRF-TOKEN',
    ],
    fieldNames,
    maxFormBytes: aNumber('session.csrf.maxFormBytes', csrf.maxFormBytes ?? 1024 * 1024, 0),
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
  const isOrigin =
    URL.canParse(origin) && new URL(origin).origin === origin && !origin.includes('*')
  return isOrigin
    ? origin
    : refuse(
        'session.csrf.trustedOrigins',
        `has ${JSON.stringify(origin)}; write scheme, host and port only: "https://app.example.com"`,
      )
}

function checkNames(section: keyof typeof known, given: object | undefined): void {
  if (given === undefined) return
  if (typeof given !== 'object' || given === null) refuse(section, 'must be an object')
  const names: readonly string[] = known[section]
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue
    const nearest = [...names].sort((a, b) => distance(name, a) - distance(name, b))[0]
    refuse(`${section}.${name}`, `is not an option. Did you mean "${nearest}"?`)
  }
}

/** How many letters must change to make one name of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a.toLowerCase()].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b.toLowerCase()].entries()) {
      const kept = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(kept, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value === 'string' && allowed.includes(value)) return
  refuse(
    name,
    `is ${JSON.stringify(value)}; it can be ${allowed.map((one) => `"${one}"`).join(', ')}`,
  )
}

function aNumber(name: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value
  return refuse(name, `is ${String(value)}; it must be a number of at least ${least}`)
}

function aBoolean(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') refuse(name, 'must be true or false')
}

function aFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') refuse(name, 'must be a function')
}

function aName(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  return refuse(name, 'must be a text that is not empty')
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

function aCookieName(option: string, value: unknown): string {
  const name = aToken(option, value)
  const prefix = /^__(?:host|secure)-/i.exec(name)?.[0]
  if (prefix) {
    refuse(
      option,
      `begins with "${prefix}"; leave it out: session.cookie.prefix puts it before the session cookie, and the CSRF cookie has none`,
    )
  }
  return name
}

/** A token of RFC 9110: what a header's or a cookie's name may be made of. */
function aToken(name: string, value: unknown): string {
  if (typeof value === 'string' && /^[\w!#$%&'*.^`|~+-]+$/.test(value)) return value
  return refuse(name, `is ${JSON.stringify(value)}; use letters, digits, "-" and "_"`)
}

function refuse(name: string, problem: string): never {
  throw new SessionConfigError(`${name} ${problem}.`)
}

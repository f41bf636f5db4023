import {
  aFunction,
  aList,
  aName,
  aNumber,
  aWholeNumber,
  exposedName,
  longestTimer,
  oneOf,
  refuse,
} from './checks.ts'
import { clockOf } from './clock.ts'
import type { SessionOptions, Settings } from './config.ts'
import { cookieOptions, cookieSettings } from './cookie-options.ts'
import { csrfOptions, csrfSettings, switched } from './csrf/options.ts'
import { devicesOptions, devicesSettings, switchedDevices } from './devices/options.ts'
import { type Checked, checked, type Exact, sectionsOf, type Table } from './option-table.ts'
import { type Environment, secretList, secretsOf } from './secrets.ts'
import type { Times } from './session/times.ts'
import { aStore, givenStores } from './stores/given.ts'
import { cacheKey, driverOptions, withClient } from './stores/options.ts'
import { synchronous } from './synchronous.ts'

/** In seconds. The current time plus this is still a valid time. */
const longest = 100 * 365 * 86_400

const driverNames = ['memory', 'file', 'redis', 'sqlite', 'database', 'cache']

type Drivers = typeof driverOptions
type Driver = keyof Drivers

const drivers: {
  readonly [Name in Driver]: Exact<Drivers[Name], NonNullable<SessionOptions[Name]>>
} = driverOptions

/**
 * Every option, with its default and its check. The names that are allowed, the defaults, the merging
 * of `OrbitSession` and the test of the docs derive from this table. A new option is a row here, a
 * line with a doc comment in its type, and a row in the docs; without one of them the compiler or a test fails.
 */
export const table = {
  driver: { default: 'memory', check: oneOf(...driverNames) },
  store: { check: aStore },
  // Default: the secrets of the environment.
  secret: { check: secretList },
  cookie: cookieOptions,
  idleTimeoutSeconds: { default: 30 * 60, check: aNumber(1, longest) },
  absoluteTimeoutSeconds: { default: 7 * 86_400, check: aNumber(1, longest) },
  // Default: the timeouts of the app, so a sign-in may only set shorter ones.
  maxIdleTimeoutSeconds: { check: aNumber(1, longest) },
  maxAbsoluteTimeoutSeconds: { check: aNumber(1, longest) },
  touchIntervalSeconds: { default: 60, check: aNumber(0, longest) },
  touch: { default: () => true, check: aFunction },
  regenerateGraceSeconds: { default: 10, check: aNumber(0, longestTimer) },
  maxBytes: { default: 64 * 1024, check: aWholeNumber(256) },
  // The index of an owner has one entry per session, and must stay below 256 KiB, the limit of a record.
  maxSessionsPerOwner: { default: 1000, check: aWholeNumber(1, 1000) },
  sessionsOverLimit: { default: 'end-oldest', check: oneOf('end-oldest', 'refuse') },
  ...drivers,
  cacheKey,
  flash: {
    lifetime: { default: 'next-request', check: oneOf('next-request', 'until-read') },
  },
  csrf: csrfOptions,
  ownerKey: { default: 'userId', check: ownerKeyList },
  ownerVersion: { check: aFunction },
  devices: devicesOptions,
  exposeAs: { default: 'session', check: exposedName },
  onEvent: { default: () => {}, check: aFunction },
  // Default: the log of the app, which is `console` or the logger of the core.
  logger: { check: aLogger },
  // Default: `Date.now`, read at each call.
  now: { check: aFunction },
} satisfies Table<SessionOptions, 'cookie' | 'flash' | 'csrf' | 'devices' | Driver>

type Values = Checked<SessionOptions, typeof table>

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {SessionConfigError} for an unknown option or one that is not valid
 */
export function resolveOptions(options: SessionOptions, environment: Environment): Settings {
  // With app.use(session), Hono calls session() with its context instead of options.
  if ('finalized' in Object(options)) {
    refuse(
      'session',
      'is not a middleware, it creates one: write app.use(session()), with parentheses',
    )
  }
  const values = checked<SessionOptions, typeof table>('session', table, withSwitches(options))
  const driver = driverOf(options)
  if (driver === 'database') withClient(options.database)
  refuseUnused(options)
  const csrf = csrfSettings(values.csrf)
  if (csrf.exposeAs === values.exposeAs)
    refuse('session.csrf.exposeAs', 'is the same as session.exposeAs')
  return {
    ...values,
    driver,
    ...givenStores('session.store', values.store),
    memory: options.memory ?? {},
    file: options.file ?? {},
    redis: options.redis ?? {},
    sqlite: options.sqlite ?? {},
    database: options.database,
    storeTimeout: Math.max(1_000, values.redis.timeoutMs),
    secrets: secretsOf(options.secret, environment),
    cookie: cookieSettings(values.cookie, values.csrf.cookieName, environment.NODE_ENV),
    times: timesOf(options, values),
    touch: synchronous('session.touch', values.touch),
    flashLifetime: values.flash.lifetime,
    csrf,
    devices: devicesSettings(options.devices, values.devices),
    isDevelopment: environment.NODE_ENV !== 'production' && environment.NODE_ENV !== 'test',
    ownerKeys: ownerKeyList('session.ownerKey', values.ownerKey),
    clock: values.now,
    now: clockOf('session.now', values.now),
  }
}

/** Merges both, section by section. The second one wins. `undefined` is ignored. */
export function mergedOptions(base: SessionOptions, own: SessionOptions): SessionOptions {
  const sections = sectionsOf(table)
  const options = new Map<string, unknown>(given(withSwitches(base)))
  for (const [name, value] of given(withSwitches(own))) {
    const under = options.get(name)
    const isSection = sections.includes(name) && isObject(under) && isObject(value)
    options.set(name, isSection ? Object.fromEntries([...given(under), ...given(value)]) : value)
  }
  return Object.fromEntries(options)
}

const given = (options: object): [string, unknown][] =>
  Object.entries(options).filter(([, value]) => value !== undefined)

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Turns a boolean instead of a section into a section. */
function withSwitches(options: SessionOptions): SessionOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options
  const { csrf, devices } = options
  return {
    ...options,
    ...(typeof csrf === 'boolean' && { csrf: switched(csrf) }),
    ...(typeof devices === 'boolean' && { devices: switchedDevices(devices) }),
  }
}

function driverOf({ driver = table.driver.default, store }: SessionOptions): Settings['driver'] {
  if (driver !== 'cache') return driver
  // `OrbitSession` finds the app's cache and creates a store with it.
  if (store) return 'memory'
  return refuse(
    'session.driver',
    'is "cache", which needs a Gravito app: use OrbitSession after OrbitCache, or session({ store: cacheStore(cache) })',
  )
}

/** Refuses a store together with a driver, and a section of a driver that is not in use. */
function refuseUnused(options: SessionOptions): void {
  const { driver, store } = options
  if (store) {
    if (!driver || driver === 'cache') return
    refuse('session.store', 'is set together with session.driver; remove one of them')
  }
  // An app may choose its driver by the environment, and configure the sections of all its drivers.
  if (driver) return
  for (const name of Object.keys(drivers).filter(isDriver)) {
    if (!options[name] || name === table.driver.default) continue
    refuse(`session.${name}`, `is set, but session.driver is not: set driver: "${name}"`)
  }
}

const isDriver = (name: string): name is Driver => name in drivers

function timesOf(options: SessionOptions, values: Values): Settings['times'] {
  // In whole milliseconds, because some stores drop fractions.
  const ms = (seconds: number) => Math.round(seconds * 1000)
  const { absoluteTimeoutSeconds } = values
  const { idleTimeoutSeconds = Math.min(values.idleTimeoutSeconds, absoluteTimeoutSeconds) } =
    options
  if (idleTimeoutSeconds > absoluteTimeoutSeconds) {
    refuse(
      'session.idleTimeoutSeconds',
      `is ${idleTimeoutSeconds}, longer than session.absoluteTimeoutSeconds, which is ${absoluteTimeoutSeconds}${options.absoluteTimeoutSeconds === undefined ? ' by default' : ''}. Raise the absolute timeout, or lower the idle timeout. Both are in seconds`,
    )
  }
  const idle = ms(idleTimeoutSeconds)
  const absolute = ms(absoluteTimeoutSeconds)
  return {
    idle,
    absolute,
    longest: longestOf(values, { idle: idleTimeoutSeconds, absolute: absoluteTimeoutSeconds }),
    touchInterval: Math.min(ms(values.touchIntervalSeconds), Math.floor(idle / 10)),
    grace: ms(values.regenerateGraceSeconds),
  }
}

/** The longest timeouts that a sign-in may set. The app's own timeouts must not exceed them. */
function longestOf(
  { maxIdleTimeoutSeconds, maxAbsoluteTimeoutSeconds }: Values,
  app: { readonly idle: number; readonly absolute: number },
): Times['longest'] {
  const absolute = maxAbsoluteTimeoutSeconds ?? Math.max(app.absolute, maxIdleTimeoutSeconds ?? 0)
  const idle =
    maxIdleTimeoutSeconds ?? (maxAbsoluteTimeoutSeconds === undefined ? app.idle : absolute)
  const refuseShort = (name: string, most: number, least: number, other: string) => {
    if (most >= least) return
    refuse(
      `session.${name}`,
      `is ${most}, shorter than ${other}, which is ${least}. It is the maximum that signIn() may set. Raise it, or remove it. Both are in seconds`,
    )
  }
  refuseShort('maxIdleTimeoutSeconds', idle, app.idle, 'session.idleTimeoutSeconds')
  refuseShort('maxAbsoluteTimeoutSeconds', absolute, app.absolute, 'session.absoluteTimeoutSeconds')
  refuseShort('maxAbsoluteTimeoutSeconds', absolute, idle, 'session.maxIdleTimeoutSeconds')
  return { idle: Math.round(idle * 1000), absolute: Math.round(absolute * 1000) }
}

function ownerKeyList(option: string, keys: unknown): Settings['ownerKeys'] {
  const [first, ...rest]: readonly unknown[] = aList(option, keys, 'key')
  const check = (key: unknown) => aName(option, key)
  return [check(first), ...rest.map(check)]
}

function aLogger(option: string, logger: unknown): void {
  for (const name of ['warn', 'error']) {
    if (typeof Reflect.get(Object(logger), name) === 'function') continue
    refuse(option, `has no function "${name}"; it must have warn and error, like console`)
  }
}

import {
  aBoolean,
  aName,
  aNumber,
  aPath,
  aString,
  aWholeNumber,
  longestTimer,
  refuse,
} from '../checks.ts'
import { clockOf } from '../clock.ts'
import { type Checked, checked } from '../option-table.ts'

const anInterval = aNumber(0.001, longestTimer)

/** The part of the table of options that the drivers need. The types are in the drivers' files. */
export const driverOptions = {
  memory: {
    maxEntries: { default: 100_000, check: aWholeNumber(1) },
    // With less, almost every write would be refused.
    maxBytes: { default: 128 * 1024 * 1024, check: aWholeNumber(16 * 1024) },
  },
  file: {
    path: { default: 'storage/sessions', check: aPath },
    fsync: { default: false, check: aBoolean },
    sweepIntervalSeconds: { default: 600, check: anInterval },
  },
  redis: {
    url: { default: 'redis://127.0.0.1:6379', check: aRedisUrl },
    // The driver checks it, because it knows what it calls.
    client: { check: () => {} },
    prefix: { default: 'orbit:', check: aString },
    timeoutMs: { default: 1000, check: aWholeNumber(1, longestTimer * 1000) },
  },
  sqlite: {
    path: { default: 'storage/sessions.sqlite', check: aDatabaseFile },
    tableName: { default: 'sessions', check: aTableName },
    busyTimeoutMs: { default: 5, check: aWholeNumber(0, 900) },
    fsync: { default: false, check: aBoolean },
    sweepIntervalSeconds: { default: 60, check: anInterval },
  },
}

/** The `cache` driver has no section: all that it needs to know is the name of the app's cache. */
export const cacheKey = { default: 'cache', check: aName }

type DriverOptions = typeof driverOptions

/** What a factory takes besides the options of its section. */
interface FactoryOptions {
  readonly now: () => number
  readonly warn: (message: string) => void
}

/**
 * The options of a driver's factory, checked, with their defaults, a clock and a place for warnings.
 *
 * @throws {SessionConfigError} for options that cannot work
 */
export function checkedSection<Driver extends keyof DriverOptions, Options>(
  driver: Driver,
  options: Options & { readonly [Name in keyof FactoryOptions]?: FactoryOptions[Name] | undefined },
): Checked<Options, DriverOptions[Driver]> & FactoryOptions {
  const { now, warn = console.warn, ...own } = factoryOptions(driver, options)
  return {
    ...checked<Options, DriverOptions[Driver]>(driver, driverOptions[driver], own),
    now: clockOf(`${driver}.now`, now),
    warn,
  }
}

/** What each factory takes, as a message shows it. */
const examples = {
  memory: 'memoryStore({ maxEntries: 10_000 })',
  file: 'fileStore({ path })',
  redis: 'redisStore({ url }) or redisStore({ client })',
  sqlite: 'sqliteStore({ path })',
}

/**
 * Refuses a path, an address or a client in the place of the options. The message does not quote the value,
 * because a password may be in it.
 */
export function factoryOptions<Options>(driver: keyof DriverOptions, options: Options): Options {
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options)
  const isClient = isObject && typeof Reflect.get(options, 'get') === 'function'
  if (isObject && !isClient) return options
  const kind = isClient
    ? 'a client'
    : options === null
      ? 'null'
      : `a value of type ${typeof options}`
  return refuse(
    `${driver}Store()`,
    `takes an object of options, and is given ${kind}. Write ${examples[driver]}`,
  )
}

/** The message does not quote the address, because a password may be in it. */
function aRedisUrl(name: string, url: unknown): void {
  if (isRedisUrl(aString(name, url))) return
  refuse(
    name,
    '(or REDIS_URL) is not an address of a Redis server. Write "redis://user:password@host:6379/0", or "rediss://" for TLS; only the host is required. Encode the password as in any URL ("%" is "%25")',
  )
}

function isRedisUrl(url: string): boolean {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) return false
  const { host, username, password, pathname } = new URL(url)
  try {
    decodeURIComponent(username + password)
  } catch {
    return false
  }
  return host !== '' && /^\/?\d*$/.test(pathname)
}

function aDatabaseFile(name: string, path: unknown): void {
  aPath(name, path)
  if (path === ':memory:') refuse(name, 'must be a file. Use driver: "memory" instead')
}

function aTableName(name: string, value: unknown): void {
  if (/^(?!sqlite_)[a-z_]\w{0,62}$/i.test(aName(name, value))) return
  refuse(
    name,
    'must be 1 to 63 letters, digits and "_", begin with a letter, and not with "sqlite_"',
  )
}

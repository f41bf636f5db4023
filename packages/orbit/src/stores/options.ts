import {
  aBoolean,
  aName,
  aNumber,
  aPath,
  aString,
  aWholeNumber,
  longestTimer,
  oneOf,
  refuse,
  shown,
} from '../checks.ts'

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
    // The driver checks it, because only the driver knows which methods it calls.
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
  database: {
    // The same as for Redis.
    client: { check: () => {} },
    dialect: { check: oneOf('postgres', 'mysql') },
    table: { default: 'sessions', check: aSqlName(50) },
    schema: { check: aSqlName(63) },
    ownerColumn: { default: false, check: aBoolean },
    createTable: { default: false, check: aBoolean },
    sweepIntervalSeconds: { default: 300, check: anInterval },
  },
}

/**
 * The options of the `database` driver, which cannot work without a client.
 *
 * @throws {SessionConfigError} if there is none
 */
export function withClient<Options extends { readonly client: unknown }>(
  options: Options | undefined,
): Options {
  if (options?.client) return options
  return refuse(
    'session.database.client',
    'is missing. The driver "database" uses the pool or connection of your app: database: { client: pool }',
  )
}

/** The `cache` driver has no section, because it only needs the name of the app's cache. */
export const cacheKey = { default: 'cache', check: aName }

/** The message does not quote the address, because it may contain a password. */
function aRedisUrl(name: string, url: unknown): void {
  if (isRedisUrl(aString(name, url))) return
  refuse(
    name,
    '(or REDIS_URL) is not an address of a Redis server. Write "redis://user:password@host:6379/0", or "rediss://" for TLS; only the host is required. Encode the password as in any URL ("%" becomes "%25")',
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
    'must be 1 to 63 letters, digits and "_", and start with a letter, but not with "sqlite_"',
  )
}

/** A name that needs only the quotes of the dialect, and that is not cut when `_by_expiry` is added. */
function aSqlName(most: number) {
  return (name: string, value: unknown): void => {
    const isName = typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value)
    if (isName && value.length <= most) return
    refuse(
      name,
      `is ${shown(value)}; it must be 1 to ${most} letters, digits and "_", and must not start with a digit`,
    )
  }
}

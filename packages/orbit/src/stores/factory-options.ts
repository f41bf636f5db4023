import { refuse } from '../checks.ts'
import { clockOf } from '../clock.ts'
import { type Checked, checked } from '../option-table.ts'
import { driverOptions } from './options.ts'

/** All except the options of `sqlStore`, which checks its own options. */
type DriverOptions = Omit<typeof driverOptions, 'database'>

/** The options that all factories have, in addition to those of their section. */
interface FactoryOptions {
  readonly now: () => number
  readonly warn: (message: string) => void
}

/**
 * The checked options of a driver's factory, with their defaults, a clock and a function for warnings.
 *
 * @throws {SessionConfigError} if an option is not valid
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

/** Examples for the messages. */
const examples = {
  memory: 'memoryStore({ maxEntries: 10_000 })',
  file: 'fileStore({ path })',
  redis: 'redisStore({ url }) or redisStore({ client })',
  sqlite: 'sqliteStore({ path })',
}

/**
 * Refuses a path, a URL or a client instead of the options. The message does not show the value, because it may
 * contain a password.
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
    `needs an object with options, but it got ${kind}. Write ${examples[driver]}`,
  )
}

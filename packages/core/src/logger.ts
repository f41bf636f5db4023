import { chainOf, isError } from './errors.ts'
import { onOneLine } from './one-line.ts'
import { environment } from './runtime.ts'

/**
 * The logger of the kernel and the orbits. Any object with these four methods works. The methods must not
 * throw. `details` are values for programs: `details.error` is the value that was thrown.
 */
export interface Logger {
  /** Logs details that help to find a bug. */
  debug(message: string, details?: Record<string, unknown>): void
  /** Logs normal events. */
  info(message: string, details?: Record<string, unknown>): void
  /** Logs something that works, but that you should change. */
  warn(message: string, details?: Record<string, unknown>): void
  /** Logs a failure. */
  error(message: string, details?: Record<string, unknown>): void
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** A log level. `debug` writes the most, `silent` nothing. */
export type LogLevel = (typeof LEVELS)[number]

/**
 * Creates the default logger. It writes one line per event to the console, for example
 * `[gravito] warn: message {"key":"value"}`. `debug` and `info` go to standard output, `warn` and
 * `error` to standard error.
 *
 * If `NODE_ENV` is not `production`, the stack of `details.error` follows, as Node prints it.
 *
 * @param level the lowest level that is written. Default: the `LOG_LEVEL` variable, or `info`
 */
export function createLogger(level: LogLevel = levelOfEnvironment()): Logger {
  const threshold = LEVELS.indexOf(level)
  const at = (name: 'debug' | 'info' | 'warn' | 'error'): Logger['info'] => {
    if (LEVELS.indexOf(name) < threshold) return () => {}
    return (message, details) => {
      console[name](`[gravito] ${name}: ${line(message, details)}`)
      const isProduction = environment('NODE_ENV') === 'production'
      const stack = isProduction ? undefined : stackOf(details?.error)
      if (stack !== undefined) console[name](stack)
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function levelOfEnvironment(): LogLevel {
  // A wrong level must not stop the boot.
  return LEVELS.find((level) => level === environment('LOG_LEVEL')) ?? 'info'
}

function line(message: string, details: Record<string, unknown> = {}): string {
  const text = Object.keys(details).length === 0 ? message : `${message} ${serialize(details)}`
  return onOneLine(text)
}

function serialize(details: Record<string, unknown>): string {
  try {
    return JSON.stringify(details, (_key, value: unknown) => {
      if (typeof value === 'bigint') return String(value)
      return isError(value) ? describe(value) : value
    })
  } catch {
    // A cycle, or a toJSON method that throws.
    return '{"details":"not serializable"}'
  }
}

/** Returns only these fields, because an error of an HTTP client may also contain the headers that it sent. */
function describe(error: Error): Record<string, unknown> {
  const { name, message, cause } = error
  return { name, code: 'code' in error ? error.code : undefined, message, cause }
}

function stackOf(error: unknown): string | undefined {
  const stacks = chainOf(error)
    .flatMap((one) => (isError(one) && one.stack) || [])
    .map(indented)
  return stacks.length > 0 ? stacks.join('\nbecause: ') : undefined
}

/** Indents all lines except the first, so that no part of a message can look like a log line. */
function indented(stack: string): string {
  return stack
    .split(/[\r\n\u2028\u2029]+/)
    .map((line, index) => (index === 0 ? '' : '    ') + onOneLine(line.trim()))
    .join('\n')
}
